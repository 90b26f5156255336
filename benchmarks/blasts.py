"""Leukaemia: blasts found in mixtures and in healthy samples, CD34, and what is withheld.

    python -m benchmarks.blasts

Real blasts are those of two CARPALL samples, five summed to a cell (`benchmarks.leukaemic_cells`).
Rows, priors, markers and limits were chosen while looking at CAR-T10484034, at the healthy samples
and at the patients of the arrays with an even number; CAR-T10484036 and the patients with an odd
number are the report. No real T-ALL or myeloid cells were at hand: their rows are tested on cells
drawn from the arrays of other patients (`benchmarks.leukaemia_arrays`), where these are at hand.

Before these rows (one row, cortical T) CAR-T10310324 with 1, 5, 20, 50 % of such blasts gave a
blast share of 0.001, 0.005, 0.021, 0.047 (CAR-T10484034) and 0.000, 0.000, 0.003, 0.004
(CAR-T10484036), with a B-cell share of 0.43 in the last and no warning.
"""

import warnings
from collections.abc import Iterator

import numpy as np
import pandas as pd

from benchmarks.cells import carpall, carpall_samples, eccite, joined, pbmc3k, thinned, zilionis
from benchmarks.leukaemia_arrays import FILES, T_ALL, drawn, lineage, patient_rates
from benchmarks.leukaemic_cells import LEUKAEMIC, real_blasts
from features.cells.cell_counts import CellCounts
from features.celltypes.cell_types import Typing, type_cells
from features.genes.panels import CD7
from features.measures.blasts import blast_warnings, cd34_rate
from features.measures.composition import composition_features
from features.measures.missed_blasts import (
    IMMATURE_GENES,
    LINEAGES,
    lineages_with_blasts,
    missed_blast_warnings,
    withhold_with_blasts,
)
from features.measures.pooled_expression import PER_10K, rate
from features.pipeline.cell_features import cell_features
from features.settings import data_dir

SHARES = (0.01, 0.05, 0.20, 0.50)
HALF = 0.5
KINDS = ("t_blast_fraction", "b_blast_fraction", "myeloid_blast_fraction")
HOSTS = ("pbmc3k", "eccite", "CAR-T10310324", "CAR-T10484042")  # unsorted blood
ARRAY_CELLS = 400  # drawn per patient
ARRAY_SHARE = 0.30
GATE_SHARES = (0.02, 0.05, 0.10, 0.30)
SHEET: dict[str, str | None] = {
    "enrichment": "none", "car_cd7_strategy": None, "chemistry": "10x 3' v1",
}  # fmt: skip


def healthy_sets() -> Iterator[tuple[str, CellCounts]]:
    """Samples without leukaemia: CARPALL's others, pbmc3k, ECCITE-seq, zilionis."""
    for sample in carpall_samples()["sample_id"]:
        if sample not in LEUKAEMIC:
            yield sample, carpall(sample)[0]
    yield "pbmc3k", pbmc3k()[0]
    yield "eccite", eccite()[0]
    yield "zilionis", zilionis()[0]


def shares(typing: Typing) -> dict[str, float]:
    """Blasts of leukocytes by lineage, as features."""
    columns = composition_features(typing, "none")
    return {name.removesuffix("_fraction"): columns[name] for name in KINDS}


def lineage_rates(counts: CellCounts, typing: Typing) -> dict[str, float]:
    """Genes of immature cells per 10,000 in the cells of each lineage."""
    umis = counts.summed_umis(IMMATURE_GENES)
    return {
        f"in {name}": PER_10K * rate(umis[cells], counts.depth[cells])
        for name, types in LINEAGES.items()
        for cells in [typing.type_mask(*types)]
    }


def codes(counts: CellCounts, typing: Typing) -> str:
    """Warnings of leukaemia."""
    among = missed_blast_warnings(lineages_with_blasts(counts, typing))
    return " ".join((*blast_warnings(counts, typing), *among))


def on_healthy() -> None:
    """Print blasts by lineage (goal: at most 0.001), CD34 and immature genes without leukaemia."""
    rows, rng = [], np.random.default_rng(0)
    for name, counts in (*healthy_sets(), *((s, carpall(s)[0]) for s in LEUKAEMIC)):
        for depth, cells in (("all", counts), ("half", thinned(counts, HALF, rng))):
            typing = type_cells(cells)
            cd34 = cd34_rate(cells, typing)
            rows.append(
                {
                    "sample": name, "depth": depth, "cells": cells.n_cells, **shares(typing),
                    "blasts": int(typing.lineage_mask("blast").sum()),
                    "hspc": typing.fraction("hspc"), "CD34": cd34.value, "error": cd34.se,
                    **lineage_rates(cells, typing), "warnings": codes(cells, typing),
                }
            )  # fmt: skip
    print("Samples without leukaemia, and at the end the two with it as they are")
    print(pd.DataFrame(rows).round(4).to_string(index=False))


def mixture(host: CellCounts, share: float, source: str, rng: np.random.Generator) -> CellCounts:
    """The host's cells with so many blasts that these are `share` of all."""
    n = round(host.n_cells * share / (1 - share))
    return joined(host, real_blasts(source, n, rng))


def on_mixtures() -> None:
    """Print the share of blasts that comes back (goal: within a fifth), CD34, what is withheld."""
    rows = []
    hosts = {name: counts for name, counts in healthy_sets() if name in HOSTS}
    for source in LEUKAEMIC:
        for host, counts in hosts.items():
            for share in SHARES:
                rng = np.random.default_rng(1)
                cells = mixture(counts, share, source, rng)
                n_host = counts.n_cells
                for depth, part in (("all", cells), ("half", thinned(cells, HALF, rng))):
                    typing = type_cells(part)
                    is_blast = typing.lineage_mask("blast")
                    t_cells = typing.lineage_mask("t")
                    rows.append(
                        {
                            "blasts of": source, "in": host, "share": share, "depth": depth,
                            "returned": is_blast.mean() / (1 - n_host / part.n_cells),
                            **shares(typing),
                            "in T (true)": t_cells[n_host:].sum() / max(t_cells.sum(), 1),
                            "CD34": cd34_rate(part, typing).value,
                            **lineage_rates(part, typing), "warnings": codes(part, typing),
                        }
                    )  # fmt: skip
    table = pd.DataFrame(rows)
    print("\nMixtures with real blasts: `returned` is called blasts over true ones")
    print(table.round(3).to_string(index=False))
    inside = table["returned"].between(0.8, 1.2)
    print(inside.groupby([table["blasts of"], table["depth"], table["share"]]).mean().to_string())


def on_arrays() -> None:
    """Print what becomes of cells drawn from other patients' arrays, alone and in pbmc3k."""
    rates, host, rows = patient_rates(), pbmc3k()[0], []
    depths = carpall("CAR-T10310324")[0].depth
    for patient in sorted(int(number) for number in rates.columns):
        rng = np.random.default_rng(patient)
        blasts = drawn(rates[patient].to_numpy(), rng.choice(depths, ARRAY_CELLS), rng)
        n = round(ARRAY_CELLS * (1 - ARRAY_SHARE) / ARRAY_SHARE)
        cells = joined(blasts, host.select(rng.choice(host.n_cells, n, replace=False)))
        typing = type_cells(cells)
        array_typing = typing.select(np.arange(ARRAY_CELLS))
        rows.append(
            {
                "patient": patient, "set": ("chosen on", "reported")[patient % 2],
                "lineage": lineage(patient), **shares(array_typing),
                "hspc": array_typing.fraction("hspc"), "t": array_typing.fraction(*LINEAGES["t"]),
                "b": array_typing.fraction("b"), "warnings": codes(cells, typing),
            }
        )  # fmt: skip
    _print_arrays(pd.DataFrame(rows))


def _print_arrays(table: pd.DataFrame) -> None:
    print("\nCells drawn from arrays of 72 patients (Golub 1999), 30 % among pbmc3k's")
    print(table[table["lineage"] == "t"].round(2).to_string(index=False))
    numbers = [*(name.removesuffix("_fraction") for name in KINDS), "hspc", "t", "b"]
    print(table.groupby(["lineage", "set"])[numbers].median().round(2).to_string())
    table["warned"] = table["warnings"] != ""
    table["T withheld"] = table["warnings"].str.contains("blasts_among_t")
    print(table.groupby(["lineage", "set"])[["warned", "T withheld"]].mean().round(2).to_string())


def on_cd7() -> None:
    """Print the CD7-negative share with CD7-negative T-ALL cells in pbmc3k, or that it is withheld.

    Drawn from the arrays with no CD7; `in T` is their true share of the cells called T.
    """
    rates, host, rows = patient_rates(), pbmc3k()[0], []
    depths = carpall("CAR-T10310324")[0].depth
    for share in GATE_SHARES:
        for patient in T_ALL:
            rng = np.random.default_rng(patient)
            n = round(host.n_cells * share / (1 - share))
            blasts = drawn(rates[patient].to_numpy(), rng.choice(depths, n), rng)
            cells = joined(host, with_gene(blasts, CD7))
            typing = type_cells(cells)
            t_cells = typing.lineage_mask("t")
            features = withhold_with_blasts(
                cell_features(cells, typing, SHEET), lineages_with_blasts(cells, typing)
            )
            rows.append(
                {
                    "share": share, "patient": patient,
                    "in T": t_cells[host.n_cells :].sum() / t_cells.sum(),
                    "CD7-negative": features["cd7neg_t_fraction"],
                }
            )  # fmt: skip
    print("\nCD7-negative T-ALL cells in pbmc3k (0.08 without them): share given, NaN withheld")
    table = pd.DataFrame(rows).pivot_table(index="patient", columns="share", dropna=False)
    print(table.round(3).to_string())


def with_gene(counts: CellCounts, gene: str) -> CellCounts:
    """The cells with a gene that they do not express."""
    panel = np.column_stack([counts.panel, np.zeros(counts.n_cells, np.int32)])
    genes = (*counts.genes, gene)
    return CellCounts(counts.total, counts.n_genes, counts.mito, panel, genes, depth=counts.depth)


def main() -> None:
    """Print all tables."""
    warnings.simplefilter("ignore")
    on_healthy()
    on_mixtures()
    if all((data_dir() / "golub" / name).exists() for name in FILES):
        on_arrays()
        on_cd7()
    else:
        print("\nNo arrays of other patients at hand (data folder golub): T and myeloid untested")


if __name__ == "__main__":
    main()
