"""Cells of types that have no row: where they go, with and without the marker-negative profiles.

    python -m benchmarks.other_cells

1. One type's row of the table is made unfit at a time, and its real cells are typed again: pbmc3k
   by its labels, ECCITE-seq by its proteins, zilionis by its authors' types, CARPALL's samples
   outside the table's sources by their own calls at posterior >= 0.9.
2. Cells drawn from profiles of other types: blood cells and cell lines of the Human Protein Atlas
   (`hpa` in the data folder), at the depth of real cells and with 3 % of their sample's pooled RNA.
   None of the Atlas is in the rate table.
3. What the rule costs: macro-F1 on pbmc3k and CAR-T cells called T, at full and half depth; and
   genes that take no part in typing (S100A8/A9, CD7) in the cells that it sets aside.

The markers and their prior were chosen on 2 and 3 with CARPALL's samples; 1 is reported only.
"""

import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

import numpy as np
import pandas as pd
from scipy import sparse

from benchmarks.cells import (
    car_t_cells,
    carpall,
    carpall_samples,
    eccite,
    from_matrix,
    h5ad_labels,
    pbmc3k,
    thinned,
)
from benchmarks.celltypes import CLASSES, OF_LABEL, by_rates, f1
from benchmarks.make_cell_type_rates import SOURCE_SAMPLES, eccite_cells
from features.arrays import Bools, Floats, Texts
from features.cells.cell_counts import CellCounts
from features.celltypes import cell_types, type_profiles
from features.celltypes.cell_types import CELL_TYPES, Typing, type_cells
from features.celltypes.marker_negative_profiles import MARKERS
from features.celltypes.type_profiles import LINEAGES
from features.genes.depth_genes import load_depth_genes
from features.genes.expression_rates import TABLE, RateTable
from features.genes.panels import S100, gene_ids
from features.settings import data_dir

UNFIT = 1e4  # a rate of every gene that no cell shows: the row is never the likeliest
LEUKAEMIC = ("CAR-T10484034", "CAR-T10484036")
LINEAGE_OF = {name: lineage for lineage, types in LINEAGES.items() for name in types}
SHOWN = ("t", "nk", "b", "monocyte", "unknown")
OTHER: Mapping[str, tuple[str, ...]] = {
    "RNAtableBlood": ("basophil", "eosinophil"),
    "RNAtableExtended": (
        "HMC-1", "BJ", "HHSteC", "ASC TERT1", "HUVEC TERT2", "HSkMC", "A549", "MCF7", "HaCaT",
        "Hep G2", "SH-SY5Y", "SK-MEL-30", "HEL", "K-562",
    ),
}  # fmt: skip
HAS_ROW: Mapping[str, tuple[str, ...]] = {
    "RNAtableBlood": (
        "naive_CD4_T_cell", "memory_CD8_T_cell", "MAIT_T_cell", "gdT_cell", "T_reg", "NK_cell",
        "naive_B_cell", "classical_monocyte", "neutrophil", "plasmacytoid_DC",
    ),
}  # fmt: skip
# Genes that take no part in typing and tell a lineage's real cells from others.
UNTYPED_GENES = {"t": ("CD7", ("CD7",)), "nk": ("CD7", ("CD7",)), "monocyte": ("S100A8/9", S100)}
DRAWN = 300
POOLED_SHARE = 0.03
GAMMA_SHAPE = 1.5  # of a gene's rate between cells of one type


class Labelled(NamedTuple):
    """Real cells and each one's type, "" where it has none."""

    name: str
    counts: CellCounts
    types: Texts


@contextmanager
def no_marker_negative_profiles() -> Iterator[None]:
    """Type as before: the marker-negative profiles fit no cell."""

    def unfit(table: RateTable) -> Floats:
        return np.full((len(table.genes), len(MARKERS)), UNFIT)

    with patch.object(type_profiles, "marker_negative_rates", unfit):
        cell_types._present_rates.cache_clear()
        yield
    cell_types._present_rates.cache_clear()


def old_and_new(counts: CellCounts, rates: Path = TABLE) -> tuple[Typing, Typing]:
    """Typing without and with the marker-negative profiles."""
    with no_marker_negative_profiles():
        old = type_cells(counts, rates)
    return old, type_cells(counts, rates)


def shares(typing: Typing, cells: Bools | None = None) -> dict[str, float]:
    """Share of the cells by lineage; the rare lineages together."""
    names = pd.Series(typing.names())[slice(None) if cells is None else cells]
    by_lineage = names.map(LINEAGE_OF).value_counts(normalize=True)
    row = {lineage: float(by_lineage.get(lineage, 0.0)) for lineage in SHOWN}
    return row | {"others": 1 - sum(row.values())}


def real_cells() -> Iterator[Labelled]:
    """Real cells outside the rate table's sources, and ECCITE-seq, named by their own study."""
    counts, labels = pbmc3k()
    of_label = {
        "Naive CD4 T": "cd4_t", "Memory CD4 T": "cd4_t", "CD8 T": "cd8_t", "B": "b", "NK": "nk",
        "CD14+ Mono": "cd14_monocyte", "FCGR3A+ Mono": "cd16_monocyte", "DC": "cdc",
        "Platelet": "platelet",
    }  # fmt: skip
    yield Labelled("pbmc3k", counts, np.array([of_label.get(label, "") for label in labels]))
    yield Labelled("eccite", eccite()[0], eccite_cells().types)
    matrix, names, labels = h5ad_labels("zilionis/blood_61.h5ad", "major")
    of_label = {
        "bT cells": "cd4_t", "bNK cells": "nk", "bNeutrophils": "neutrophil_like",
        "bMonocytes": "cd14_monocyte", "bB cells": "b", "bBasophils": "basophil",
    }  # fmt: skip
    types = np.array([of_label.get(label, "") for label in labels])
    yield Labelled("zilionis", from_matrix(sparse.csr_matrix(matrix), names, names), types)
    for sample in carpall_samples()["sample_id"]:
        if sample not in (*SOURCE_SAMPLES, *LEUKAEMIC):
            counts, _ = carpall(sample)
            typing = type_cells(counts)
            types = np.where(typing.confidence >= 0.9, typing.names(), "")
            yield Labelled(sample, counts, types)


def table_without(path: Path, types: tuple[str, ...]) -> None:
    """Write the rate table with the columns of these types unfit."""
    table = pd.read_csv(TABLE)
    table[list(types)] = UNFIT
    table.to_csv(path, index=False)


def on_dropped_types() -> None:
    """Print where a type's real cells go without its row, over all sets together."""
    sets, rows = list(real_cells()), []
    dropped = [(name,) for name in CELL_TYPES if name not in LINEAGES["t"]]
    with tempfile.TemporaryDirectory() as folder:
        for types in (*dropped, LINEAGES["t"]):
            path = Path(folder) / f"{types[0]}.csv"
            table_without(path, types)
            parts = [s.counts.select(np.isin(s.types, types)) for s in sets]
            calls = [old_and_new(s.counts, path) for s in sets]
            n = sum(part.n_cells for part in parts)
            for rule, side in (("without", 0), ("with", 1)):
                counted = pd.DataFrame(
                    [
                        pd.Series(shares(call[side], np.isin(s.types, types))) * part.n_cells
                        for s, call, part in zip(sets, calls, parts, strict=True)
                        if part.n_cells
                    ]
                )
                row = {str(lineage): value for lineage, value in (counted.sum() / n).items()}
                rows.append({"row left out": "+".join(types), "cells": n, "rule": rule} | row)
    print("\nReal cells of a type whose row is left out, shares by call")
    print(pd.DataFrame(rows).round(3).to_string(index=False))
    basophils = next(s for s in sets if s.name == "zilionis")
    is_basophil = basophils.types == "basophil"
    print(
        f"zilionis, basophils ({is_basophil.sum()}): "
        f"{np.array(type_cells(basophils.counts).names())[is_basophil].tolist()}"
    )


def profiles(choice: Mapping[str, tuple[str, ...]]) -> dict[str, pd.Series]:
    """Profiles of the Human Protein Atlas, transcripts per million by Ensembl id."""
    series: dict[str, pd.Series] = {}
    for table, names in choice.items():
        data = pd.read_csv(data_dir() / "hpa" / f"{table}.tsv.gz", sep="\t", index_col=0)
        data = data[~data.index.duplicated()]
        series |= {name: data[name] for name in names}
    return series


def drawn_cells(profile: pd.Series, host: CellCounts, rng: np.random.Generator) -> CellCounts:
    """Cells of a profile at the depth of the host's cells, with some of its pooled RNA."""
    depth_total = profile.reindex(list(load_depth_genes().ensembl_ids)).fillna(0).sum()
    ids = gene_ids()
    rates = np.array([profile.get(ids[gene], 0.0) for gene in host.genes]) / depth_total
    pooled_profile = host.panel_sums() / host.depth.sum()
    cells = host.select(rng.integers(0, host.n_cells, DRAWN))
    mean = cells.depth[:, None] * ((1 - POOLED_SHARE) * rates + POOLED_SHARE * pooled_profile)
    spread = rng.gamma(GAMMA_SHAPE, 1 / GAMMA_SHAPE, mean.shape)
    panel = rng.poisson(mean * spread).astype(np.int32)
    return CellCounts(
        cells.total, cells.n_genes, cells.mito, panel, host.genes, host.missing_genes,
        depth=cells.depth,
    )  # fmt: skip


def on_other_types() -> None:
    """Print where cells of other types' profiles go, and cells of types that have a row."""
    for host_name, host in (("eccite", eccite()[0]), ("pbmc3k", pbmc3k()[0])):
        for title, choice in (("without", OTHER), ("with", HAS_ROW)):
            rows = []
            for name, profile in profiles(choice).items():
                counts = drawn_cells(profile, host, np.random.default_rng(1))
                for rule, typing in zip(("without", "with"), old_and_new(counts), strict=True):
                    rows.append({"profile": name, "rule": rule} | shares(typing))
            table = pd.DataFrame(rows)
            mean = table.groupby("rule", sort=False).mean(numeric_only=True)
            print(f"\nProfiles {title} a row, at the depth of {host_name}'s cells, shares by call")
            print(table.round(3).to_string(index=False))
            print("mean\n", mean.round(3).to_string(), sep="")


def on_recall() -> None:
    """Print macro-F1 on pbmc3k and CAR-T cells called T, old and new."""
    rng = np.random.default_rng(0)
    counts, labels = pbmc3k()
    true = np.array([OF_LABEL.get(label, "") for label in labels])
    rows = []
    for depth, cells in (("full", counts), ("half", thinned(counts, 0.5, rng))):
        for rule, typing in zip(("without", "with"), old_and_new(cells), strict=True):
            calls = by_rates(typing)
            single = (true != "") & (calls != "doublet")
            scores = f1(true[single], calls[single])
            macro = np.mean([scores[name] for name in CLASSES])
            rows.append({"depth": depth, "rule": rule, "macro-F1, doublets set aside": macro})
    print("\npbmc3k\n", pd.DataFrame(rows).round(4).to_string(index=False), sep="")


def level(counts: CellCounts, genes: tuple[str, ...], cells: Bools) -> float:
    """UMIs of the genes per 10,000, pooled over the cells; NaN without cells."""
    depth = counts.depth[cells].sum()
    return float(1e4 * counts.summed_umis(genes)[cells].sum() / depth) if depth else float("nan")


def on_samples() -> None:
    """Print for CARPALL's samples what becomes unknown, and genes that take no part in typing."""
    rng, rows = np.random.default_rng(0), []
    for sample in carpall_samples()["sample_id"]:
        counts, barcodes = carpall(sample)
        if counts.n_cells < 200:
            continue
        car, half = car_t_cells(sample, barcodes), thinned(counts, 0.5, rng)
        old, new = old_and_new(counts)
        halves = old_and_new(half)
        is_new = new.type_mask("unknown") & ~old.type_mask("unknown")
        row: dict[str, object] = {"sample": sample, "unknown": old.fraction("unknown"),
               "now": new.fraction("unknown")}  # fmt: skip
        for lineage, (title, genes) in UNTYPED_GENES.items():
            called = old.lineage_mask(lineage)
            row[f"{lineage} lost"] = f"{(called & is_new).sum()} of {called.sum()}"
            rates = [level(counts, genes, part) for part in (called & is_new, called & ~is_new)]
            row[f"{lineage}: {title}"] = " / ".join(f"{rate:.1f}" for rate in rates)
        if car.any():
            row["CAR-T called T"] = (
                " ".join(f"{typing.lineage_mask('t')[car].sum()}" for typing in (old, new, *halves))
                + f" of {car.sum()}"
            )
        rows.append(row)
    print(
        "\nCARPALL: cells that become unknown, and what they show per 10,000 / what the rest shows"
    )
    print(pd.DataFrame(rows).round(3).fillna("").to_string(index=False))


def main() -> None:
    """Print all tables."""
    warnings.simplefilter("ignore")
    on_recall()
    on_samples()
    on_dropped_types()
    on_other_types()


if __name__ == "__main__":
    main()
