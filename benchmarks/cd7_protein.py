"""CD7-negative T cells from a CD7 antibody, beside RNA: mixtures of known share, and whole samples.

    python -m benchmarks.cd7_protein

Mixtures: T cells of the lowest third of CD7 protein (taken for negative) and of the highest third,
at shares from 0 to 1. One half of the lowest third is the background from which the gate is set, as
monocytes and B cells are in a sample; the mixtures come from the other halves. RNA: its two rates
calibrated on the first halves, so that both know the same cells. 40 halves. The gate was chosen on
ECCITE-seq PBMC; the lymphoma (CTCL) is a second donor, on which nothing was chosen.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import anndata
import numpy as np
import pandas as pd
from scipy import sparse

from benchmarks.cells import are_good, from_matrix
from features.arrays import Bools, Floats, Ints
from features.cells.cell_counts import CellCounts
from features.celltypes.cell_types import Typing, type_cells
from features.genes.antibodies import antibody_columns
from features.genes.panels import CD7
from features.measures.cd7.component_rates import TwoComponentRates, calibrate
from features.measures.cd7.mixture import mle_share
from features.measures.cd7.protein import (
    antibody_capture,
    fit_background,
    gated_share,
    protein_share,
)
from features.measures.cd7.rna_share import cd7_features
from features.settings import data_dir

FILES = {"ECCITE": Path("eccite", "eccite_pbmc_500.h5ad"), "CTCL": Path("ctcl", "ctcl_173.h5ad")}
HALVES = 40
SHARES = np.linspace(0, 1, 11)
BACKGROUND = ("cd14_monocyte", "cd16_monocyte", "b")


class ProteinCells(NamedTuple):
    """Good cells with their antibodies as columns of their counts, and their types."""

    counts: CellCounts
    typing: Typing


def load(name: str) -> ProteinCells:
    """One data set with proteins, as after a scan of a file that holds them."""
    data = anndata.read_h5ad(data_dir() / FILES[name])
    names = list(data.var_names)
    counts = from_matrix(sparse.csr_matrix(data.X), names, names)
    frame = data.obsm["protein_counts"]
    columns = antibody_columns(enumerate(frame.columns))
    values = frame.to_numpy()
    sums = [values[:, rows].sum(axis=1) for rows in columns.values()]
    proteins = np.stack(sums, axis=1).astype(np.int32)
    counts = replace(counts, low=np.hstack([counts.low, proteins]), proteins=tuple(columns))
    counts = counts.select(are_good(counts))
    return ProteinCells(counts, type_cells(counts))


def without(counts: CellCounts, *proteins: str) -> CellCounts:
    """The counts without some antibodies."""
    first = len(counts.genes)
    columns = [first + i for i, name in enumerate(counts.proteins) if name not in proteins]
    antibodies = tuple(name for name in counts.proteins if name not in proteins)
    low = counts.low[:, [*range(first), *columns]]
    return replace(counts, low=low, proteins=antibodies)


def whole_samples() -> pd.DataFrame:
    """Share of CD7-negative T cells in percent, by what there is to tell the background."""
    rows = {}
    for name in FILES:
        counts, typing = load(name)
        t_cells = typing.lineage_mask("t")
        others = typing.type_mask(*BACKGROUND)
        cells = {"monocytes and B cells": ~np.zeros_like(t_cells), "isotype control": ~others}
        for background, selection in cells.items():
            part, part_typing = counts.select(selection), typing.select(selection)
            rows[name, background] = _share(part, part_typing)
        alone = without(counts, *(p for p in counts.proteins if p != CD7))
        rows[name, "no other antibody"] = _share(alone, typing)
        rna = cd7_features(counts, typing, None)[0]
        rows[name, "RNA"] = [100 * rna[f"cd7neg_t_fraction{end}"] for end in ("", "_low", "_high")]
    return pd.DataFrame(rows, index=["share", "low", "high"]).T


def _share(counts: CellCounts, typing: Typing) -> list[float]:
    result = protein_share(counts, typing, typing.lineage_mask("t"))
    assert result is not None
    return [100 * result.share.value, 100 * result.interval[0], 100 * result.interval[1]]


class Halves(NamedTuple):
    """Cells of the two thirds: to learn from (`background`, `positive`) and to be mixed."""

    background: Ints
    positive: Ints
    low: Ints
    high: Ints


def halves(order: Ints, rng: np.random.Generator) -> Iterator[Halves]:
    """Random halves of the lowest and the highest third of cells in order of CD7 protein."""
    third = order.size // 3
    for _ in range(HALVES):
        low, high = rng.permutation(order[:third]), rng.permutation(order[-third:])
        yield Halves(low[: third // 2], high[: third // 2], low[third // 2 :], high[third // 2 :])


def mixtures(cells: ProteinCells, by: str, rng: np.random.Generator) -> pd.DataFrame:
    """One row per half and share: both estimates, and the protein's interval.

    `by` orders T cells by "share" of all antibody counts or by "count".
    """
    counts, typing = cells
    k, capture = counts.protein_counts(CD7).astype(np.int64), antibody_capture(counts)
    rna, depth = counts.gene_umis(CD7).astype(np.int64), counts.total / 1e4
    t_cells = np.flatnonzero(typing.lineage_mask("t"))
    rows = []
    for half in halves(t_cells[_order(k[t_cells], capture[t_cells], by, rng)], rng):
        background = fit_background(k[half.background], capture[half.background])
        rates = TwoComponentRates(
            calibrate(rna[half.background], depth[half.background]),
            calibrate(rna[half.positive], depth[half.positive]),
        )
        for share in SHARES:
            mixed, true = _mix(half, share, rng)
            result = gated_share(k[mixed], capture[mixed], background)
            rows.append(
                {
                    "true": true, "share": round(share, 1), "protein": result.share.value,
                    "low": result.interval[0], "high": result.interval[1],
                    "RNA": mle_share(rna[mixed], depth[mixed], rates)[0],
                }
            )  # fmt: skip
    return pd.DataFrame(rows)


def _order(k: Ints, capture: Floats, by: str, rng: np.random.Generator) -> Ints:
    level = k / (1e3 * capture + k) if by == "share" else k
    return np.lexsort((rng.random(k.size), level))


def _mix(half: Halves, share: float, rng: np.random.Generator) -> tuple[Ints, float]:
    n = half.low.size
    n_low = round(n * share)
    chosen = [rng.choice(half.low, n_low, replace=False)]
    chosen.append(rng.choice(half.high, n - n_low, replace=False))
    return np.concatenate(chosen), n_low / n


def errors(estimates: pd.DataFrame) -> pd.Series:
    """Mean absolute errors and bias in points, and how often the interval covers, in percent."""
    protein, rna = (100 * (estimates[name] - estimates["true"]) for name in ("protein", "RNA"))
    covers: Bools = (
        estimates["true"].between(estimates["low"] - 0.005, estimates["high"] + 0.005).to_numpy()
    )  # the grid of shares has steps of one point
    return pd.Series(
        {
            "|error| protein": protein.abs().mean(), "bias protein": protein.mean(),
            "interval covers %": 100 * covers.mean(), "|error| RNA": rna.abs().mean(),
        }
    )  # fmt: skip


def mixture_table(names: Sequence[str] = tuple(FILES)) -> pd.DataFrame:
    """Errors of mixtures by data set and by how cells are put in order of CD7 protein."""
    rng = np.random.default_rng(1)
    rows = {}
    for name in names:
        cells = load(name)
        for by in ("share", "count"):
            rows[name, by] = errors(mixtures(cells, by, rng))
    return pd.DataFrame(rows).T


def main() -> None:
    """Print both tables."""
    print("Mixtures of T cells from the lowest and highest thirds of CD7 protein, in points")
    print(mixture_table().round(2).to_string())
    print("\nWhole samples: CD7-negative T cells in percent, by what tells the background")
    print(whole_samples().round(1).to_string())


if __name__ == "__main__":
    main()
