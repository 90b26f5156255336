"""Make the component rates of features/subsets from T cells with proteins, and dividing T cells.

    python -m benchmarks.make_subset_rates

ECCITE-seq healthy PBMC (Mimitou et al., Nat Methods 2019, GSE126310), whose CD4, CD8, CD27, CD2 and
CD127 antibodies work. Its antibodies to CD45RA, CD45RO, CCR7, TCRb and TCRg hardly mark any T cell
(medians of 7, 2, 13, 2 and 1 counts; monocytes, which have no TCR, show as many), so that
CD27 and CD2 tell naive from memory: naive T cells are CD27 high and CD2 low, and the cells so gated
have the most CD62L, CD45RA and CD31. Effectors are CD127low: all such CD8 cells that are not naive,
and CD27- CD4 cells (CD127low CD27+ CD4 cells include regulatory ones).
"""

import json
from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypedDict

import numpy as np
import pandas as pd

from benchmarks.cells import carpall, eccite
from features.arrays import Bools, Floats, Texts
from features.atomic_write import replacing
from features.cells.cell_counts import CellCounts
from features.celltypes.cell_types import type_cells
from features.measures.cd7.component_rates import calibrate
from features.subsets.component_rates import FOLDER, RatesFile, SetEntry

PROTEIN_CUT = 60  # CD4 and CD8 counts: T cells show under 30 or over 100
NAIVE_ABOVE, CD27_NEGATIVE = 0.1, -0.9  # log10 of (CD27 + 3) / (CD2 + 10)
CD127_LOW = 10  # counts
MOST_SIZE = 3.0
GD_SIZES = {"delta": 1.5, "v_regions": 1.5}  # too few cells to measure them

# Gene sets, and the log-SD by which laboratories' rates differ (see `benchmarks.t_subsets`).
LINEAGE_SETS: Mapping[str, tuple[tuple[str, ...], float]] = {
    "cd4": (("CD4",), 0.35),
    "cd40lg": (("CD40LG",), 0.35),
    "cd8a": (("CD8A",), 0.30),
    "cd8b": (("CD8B",), 0.30),
    "delta": (("TRDC",), 0.35),
    "v_regions": (("TRDV2", "TRGV9"), 0.70),
    "foxp3": (("FOXP3",), 0.35),
}
STATE_SETS: Mapping[str, tuple[tuple[str, ...], float]] = {
    "naive": (("CCR7", "LEF1", "TCF7", "SELL", "NELL2", "ACTN1", "MAL"), 0.25),
    "effector": (("GZMB", "GZMH", "PRF1", "FGFBP2", "CX3CR1"), 0.25),
    "memory": (("S100A4", "ANXA1", "GZMK", "KLRB1"), 0.25),
    "il7r": (("IL7R",), 0.25),
}
LINEAGES = ("cd4", "treg", "cd8_naive", "cd8_memory", "vd2", "other_gd")
STATES = ("naive", "cd4_memory", "cd8_memory", "cd4_effector", "cd8_effector")
# No cells at hand. FOXP3 is seen in about a quarter of regulatory T cells at 2,000 UMIs. IKZF2,
# RTKN2, IL2RA and CTLA4 are no help: activated CD4 T cells show them too (an infusion product with
# as much FOXP3 as blood read as 40 % regulatory by IKZF2 and RTKN2). Gamma-delta T cells other than
# Vd2 have TRDC alike, CD8A at times, and neither TRDV2 nor TRGV9.
REGULATORY_RATES = {"FOXP3": 2.0}
CONVENTIONAL_FOXP3 = 0.05
OTHER_GD_RATES = {"CD8A": 3.0, "CD8B": 0.3, "TRDV2": 0.05, "TRGV9": 0.6}

ORIGIN = (
    "T cells of ECCITE-seq healthy PBMC (Mimitou et al., Nat Methods 2019, GSE126310), gated by "
    "protein; treg and other_gd by the literature"
)
# Dividing cells: T cells of four samples after CAR-T; no plasmablasts are at hand.
DIVIDING_SAMPLES = ("CAR-T10310322", "CAR-T10310323", "CAR-T10310324", "CAR-T10310325")
CYCLE, SYNTHESIS = ("MKI67", "TOP2A"), ("TYMS", "PCNA")
DIVISION_SIZES = [1.0, 2.0]  # cells chosen by some of these genes do not show the size of their sum
DIVISION_ORIGIN = (
    "dividing and resting T cells of CARPALL samples " + ", ".join(DIVIDING_SAMPLES)
    + " (Anderson et al., Nat Med 2023)"
)  # fmt: skip


class GatedCells(NamedTuple):
    """ECCITE's T cells and, for each, its subsets by protein ("" where it is in none)."""

    counts: CellCounts
    lineage: Texts
    state: Texts


def gated_cells() -> GatedCells:
    """T cells with CD4 or CD8 protein and not both, or Vd2 T cells, and their state."""
    counts, proteins = eccite()
    t_cells = type_cells(counts).lineage_mask("t")
    counts, proteins = counts.select(t_cells), proteins[t_cells]
    lineage = lineage_by_protein(counts, proteins)
    return GatedCells(counts, lineage, state_by_protein(proteins, lineage))


def naive_level(proteins: pd.DataFrame) -> Floats:
    """log10 of CD27 over CD2 protein: high in naive cells, low in effectors."""
    cd27, cd2 = (proteins[name].to_numpy() for name in ("CD27", "CD2"))
    return np.asarray(np.log10((cd27 + 3) / (cd2 + 10)))


def lineage_by_protein(counts: CellCounts, proteins: pd.DataFrame) -> Texts:
    """Lineage by CD4 and CD8 protein; Vd2 by both its V regions' RNA, as TCR antibodies failed."""
    cd4, cd8 = (proteins[name].to_numpy() > PROTEIN_CUT for name in ("CD4", "CD8"))
    vd2 = (counts.gene_umis("TRDV2") >= 2) | (
        (counts.gene_umis("TRDV2") >= 1) & (counts.gene_umis("TRGV9") >= 1)
    )
    delta = counts.gene_umis("TRDC") >= 2
    naive = naive_level(proteins) > NAIVE_ABOVE
    cd8_type = np.where(naive, "cd8_naive", "cd8_memory")
    lineage = np.where(cd4 & ~cd8, "cd4", np.where(cd8 & ~cd4 & ~delta, cd8_type, ""))
    return np.where(vd2 & ~cd4, "vd2", lineage)


def state_by_protein(proteins: pd.DataFrame, lineage: Texts) -> Texts:
    """Naive, memory or effector of CD4 and CD8 T cells."""
    level = naive_level(proteins)
    is_cd4, low_il7r = lineage == "cd4", proteins["IL7Ralpha (CD127)"].to_numpy() <= CD127_LOW
    state = np.where(is_cd4, "cd4_memory", "cd8_memory")
    state = np.where(is_cd4 & (level < CD27_NEGATIVE) & low_il7r, "cd4_effector", state)
    state = np.where(~is_cd4 & low_il7r, "cd8_effector", state)
    state = np.where(level > NAIVE_ABOVE, "naive", state)
    return np.where(np.isin(lineage, ["cd4", "cd8_naive", "cd8_memory"]), state, "")


def calibrated(
    counts: CellCounts,
    labels: Texts,
    components: Sequence[str],
    sets: Mapping[str, tuple[tuple[str, ...], float]],
) -> dict[str, SetEntry]:
    """Rates of each gene and size of each set's sum in every component, as the file holds them."""
    depth = counts.depth / 1e4
    data: dict[str, SetEntry] = {}
    for name, (genes, log_sd) in sets.items():
        fits = [_set_rates(counts, depth, labels == component, genes) for component in components]
        data[name] = {
            "log_sd": log_sd,
            "sizes": [round(size, 3) for _, size in fits],
            "rates": {
                gene: [round(rates[i], 4) for rates, _ in fits] for i, gene in enumerate(genes)
            },
        }
    return data


def _set_rates(
    counts: CellCounts, depth: Floats, cells: Bools, genes: Sequence[str]
) -> tuple[list[float], float]:
    umis = [counts.gene_umis(gene)[cells].astype(np.int64) for gene in genes]
    total = np.sum(umis, axis=0)
    # A size from few cells, and Vd2 cells chosen by a count of their V regions, are overconfident.
    size = min(calibrate(total, depth[cells]).size, MOST_SIZE)
    half = 0.5 / len(genes)  # half a UMI for the set
    return [float(k.sum() + half) / float(depth[cells].sum()) for k in umis], size


def lineage_rates(counts: CellCounts, labels: Texts) -> RatesFile:
    """Rates of the lineages from cells whose lineage is known; two of them from the literature."""
    components = ("cd4", "cd8_naive", "cd8_memory", "vd2")
    sets = calibrated(counts, labels, components, LINEAGE_SETS)
    for name, entry in sets.items():
        cd4, naive, memory, vd2 = range(4)
        order = (cd4, cd4, naive, memory, vd2, vd2)
        entry["sizes"] = [entry["sizes"][i] for i in order]
        if name in GD_SIZES:
            entry["sizes"][4] = GD_SIZES[name]
            entry["sizes"][5] = GD_SIZES["delta"] if name == "delta" else 1.0
        if name == "foxp3":
            entry["sizes"] = [1.0] * len(order)
        for gene, rates in entry["rates"].items():
            row = [rates[i] for i in order]
            if gene == "FOXP3":
                row = [CONVENTIONAL_FOXP3] * len(row)
            row[1] = REGULATORY_RATES.get(gene, row[1])
            row[5] = OTHER_GD_RATES.get(gene, row[5])
            entry["rates"][gene] = row
    return {"components": list(LINEAGES), "gene_sets": sets}


def state_rates(counts: CellCounts, labels: Texts) -> RatesFile:
    """Rates of naive, memory and effector T cells."""
    return {
        "components": list(STATES),
        "gene_sets": calibrated(counts, labels, STATES, STATE_SETS),
    }


class DividingCells(NamedTuple):
    """T cells of a sample that divide by MKI67 and TOP2A, by TYMS and PCNA, and that rest.

    Chosen by one pair of genes, so that the rates of all others are not those of the choice.
    """

    counts: CellCounts
    by_cycle: Bools
    by_synthesis: Bools
    resting: Bools


def dividing_cells(sample: str) -> DividingCells:
    """T cells of a CARPALL sample with two UMIs of either pair of genes, and those without."""
    counts, _ = carpall(sample)
    counts = counts.select(type_cells(counts).lineage_mask("t"))
    cycle, synthesis = (counts.summed_umis(genes) for genes in (CYCLE, SYNTHESIS))
    resting = np.asarray((cycle == 0) & (synthesis <= 1))
    return DividingCells(counts, np.asarray(cycle >= 2), np.asarray(synthesis >= 2), resting)


def division_rates(samples: Sequence[str] = DIVIDING_SAMPLES) -> RatesFile:
    """Rates of resting and of dividing cells."""
    parts = [dividing_cells(sample) for sample in samples]
    rates = {}
    for gene in (*CYCLE, *SYNTHESIS, "STMN1"):
        dividing = [part.by_synthesis if gene in CYCLE else part.by_cycle for part in parts]
        counts = [part.counts for part in parts]
        rates[gene] = [
            round(_pooled_rate(counts, cells, gene), 4)
            for cells in ([part.resting for part in parts], dividing)
        ]
    entry: SetEntry = {"log_sd": 0.35, "sizes": DIVISION_SIZES, "rates": rates}
    return {"components": ["resting", "dividing"], "gene_sets": {"division": entry}}


def _pooled_rate(counts: Sequence[CellCounts], cells: Sequence[Bools], gene: str) -> float:
    pairs = list(zip(counts, cells, strict=True))
    umis = sum(int(part.gene_umis(gene)[chosen].sum()) for part, chosen in pairs)
    return 1e4 * (umis + 0.5) / sum(int(part.depth[chosen].sum()) for part, chosen in pairs)


class RatesOrigin(TypedDict):
    """Where a file's rates come from, and the cells of each component."""

    origin: str
    cells: dict[str, int]


def write(name: str, origin: RatesOrigin, rates: RatesFile) -> None:
    """Write one file of rates, and print its cells."""
    file = FOLDER / f"{name}_rates.json"
    with replacing(file) as path:
        path.write_text(json.dumps({**origin, **rates}, indent=1) + "\n")
    print(file.name, origin["cells"])


def main() -> None:
    """Write the three files."""
    cells = gated_cells()
    for name, rates, labels in (
        ("t_lineage", lineage_rates(cells.counts, cells.lineage), cells.lineage),
        ("t_state", state_rates(cells.counts, cells.state), cells.state),
    ):
        numbers = {key: int((labels == key).sum()) for key in rates["components"]}
        write(name, {"origin": ORIGIN, "cells": numbers}, rates)
    parts = [dividing_cells(sample) for sample in DIVIDING_SAMPLES]
    numbers = {
        "resting": sum(int(part.resting.sum()) for part in parts),
        "dividing": sum(int(part.by_cycle.sum()) for part in parts),
    }
    write("division", {"origin": DIVISION_ORIGIN, "cells": numbers}, division_rates())


if __name__ == "__main__":
    main()
