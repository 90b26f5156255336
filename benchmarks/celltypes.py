"""Cell typing on cells that are not in the rate table, against scanpy's score_genes.

    python -m benchmarks.celltypes

pbmc3k (10x Genomics, labels of the Seurat tutorial) and CARPALL samples not used for the rates.
The table was made from ECCITE-seq, pbmc68k_reduced, CAR-T10310325 and CAR-T10484042; each of the
first two is also scored with a table made without it.

Limitation: pbmc3k's scores and misclassified cells were examined while rules were chosen, so it is
not an untouched test set. No rate, prior or rule was fitted to it: a rule was kept only for its
effect on the other samples (the doublet rule for CAR-T10484040; protein gates that name
ECCITE-seq's cells better, which raised its score below through its labels, not the table). Tried
and rejected: negative binomial size 1.5, 2 and 4 and a doublet prior of 0.05 (no better); markers
for cDC (in CAR-T10484040 they made cells without S100A8/9 into monocytes); naming cells for a
gene's rate without that gene (no better). Remaining differences on pbmc3k are printed with genes
that support the label or the call: its labels are of clusters, not of cells.
"""

import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from anndata import AnnData
from scipy import sparse

from benchmarks.cells import car_t_cells, carpall, carpall_samples, pbmc3k, thinned
from benchmarks.make_cell_type_rates import (
    SOURCE_SAMPLES,
    eccite_cells,
    pbmc68k_cells,
    sources,
    write,
)
from features.arrays import Texts
from features.cells.cell_counts import CellCounts
from features.celltypes.cell_types import Typing, type_cells
from features.measures.cd7.component_rates import log_pmf
from features.measures.composition import FRACTIONS

CLASSES = ("monocyte", "T", "NK", "B", "DC", "platelet")
OF_LABEL = {
    "Naive CD4 T": "T", "Memory CD4 T": "T", "CD8 T": "T", "CD14+ Mono": "monocyte",
    "FCGR3A+ Mono": "monocyte", "B": "B", "NK": "NK", "DC": "DC", "Platelet": "platelet",
}  # fmt: skip
OF_TYPE = {
    "cd14_monocyte": "monocyte", "cd16_monocyte": "monocyte", "cdc": "DC", "pdc": "DC",
    "cd4_t": "T", "cd8_t": "T", "other_t": "T", "nk": "NK", "b": "B", "plasma": "B",
}  # fmt: skip
# Short panels, as a notebook would score them.
SHORT_PANELS = {
    "monocyte": ["LYZ", "CD14", "FCGR3A", "MS4A7", "CST3"], "T": ["CD3D", "CD3E", "CD3G", "IL7R"],
    "NK": ["GNLY", "NKG7", "KLRD1", "PRF1"], "B": ["CD79A", "MS4A1", "CD79B"],
    "DC": ["FCER1A", "CLEC10A", "CD1C"], "platelet": ["PPBP", "PF4", "GNG11"],
}  # fmt: skip


GENES_SHOWN = {
    "S100A8/9": ("S100A8", "S100A9"), "FCER1A CD1C": ("FCER1A", "CD1C"),
    "FCGR3A CDKN1C": ("FCGR3A", "CDKN1C"), "CD3D CD3G CD8A CD8B": ("CD3D", "CD3G", "CD8A", "CD8B"),
    "TYROBP FCER1G KLRF1": ("TYROBP", "FCER1G", "KLRF1"),
}  # fmt: skip
OF_S100 = {"CD14+ Mono": "cd14_monocyte", "FCGR3A+ Mono": "cd16_monocyte", "DC": "cdc"}


def f1(true: Texts, calls: Texts) -> dict[str, float]:
    """F1 of each class."""
    scores = {}
    for name in CLASSES:
        true_positives = float(((true == name) & (calls == name)).sum())
        scores[name] = (
            2 * true_positives / max(float((true == name).sum() + (calls == name).sum()), 1.0)
        )
    return scores


def by_score_genes(counts: CellCounts) -> Texts:
    """Baseline: argmax of scanpy score_genes over the short panels (the panel genes kept here)."""
    import scanpy  # takes seconds, and only the baseline needs it

    data = AnnData(sparse.csr_matrix(counts.panel.astype(np.float32)))
    data.var_names = list(counts.genes)
    data.X = data.X.multiply(1e4 / counts.total[:, None]).tocsr()
    scanpy.pp.log1p(data)
    for name, genes in SHORT_PANELS.items():
        scanpy.tl.score_genes(data, genes, score_name=name, ctrl_size=50)
    return np.array(CLASSES)[data.obs[list(CLASSES)].to_numpy().argmax(axis=1)]


def by_rates(typing: Typing) -> Texts:
    """Our calls in the classes of the labels; doublets and unknown count as errors."""
    return np.array([OF_TYPE.get(name, name) for name in typing.names()])


def on_pbmc3k() -> None:
    """Print F1 by class, monocyte share and recalls."""
    counts, labels = pbmc3k()
    is_labelled = labels != "unlabelled"
    true = np.array([OF_LABEL.get(label, "") for label in labels])
    typing = type_cells(counts)
    ours, scored = by_rates(typing), by_score_genes(counts)
    single = is_labelled & (ours != "doublet")
    table = pd.DataFrame(
        {
            "score_genes argmax": f1(true[is_labelled], scored[is_labelled]),
            "rate table": f1(true[is_labelled], ours[is_labelled]),
            "rate table, doublets set aside": f1(true[single], ours[single]),
        }
    )
    table.loc["macro"] = table.mean()
    print("pbmc3k, F1 (goal: macro 0.975)\n", table.round(3).to_string(), sep="")
    print(
        f"monocyte share of labelled cells: labels {(true[is_labelled] == 'monocyte').mean():.4f}, "
        f"score_genes {(scored[is_labelled] == 'monocyte').mean():.4f}, "
        f"rate table {(ours[single] == 'monocyte').mean():.4f} (goal: within 0.01)"
    )
    for label, name in (("CD14+ Mono", "cd14_monocyte"), ("FCGR3A+ Mono", "cd16_monocyte")):
        of_label = labels == label
        print(
            f"recall of {label}: {typing.type_mask(name)[of_label].mean():.3f}, doublets set aside "
            f"{typing.type_mask(name)[of_label & single].mean():.3f} (goal 0.95)"
        )
    print(f"called doublet: {typing.type_mask('doublet').mean():.4f} of all cells")


def s100_by_type() -> dict[str, float]:
    """S100A8 + S100A9 per 10,000 UMIs in the types of `OF_S100`, over the table's own cells."""
    umis, depth = dict.fromkeys(OF_S100.values(), 0.0), dict.fromkeys(OF_S100.values(), 0.0)
    for cells in sources():
        if set(GENES_SHOWN["S100A8/9"]) <= set(cells.counts.genes):
            for name in umis:
                is_type = cells.types == name
                umis[name] += cells.counts.summed_umis(GENES_SHOWN["S100A8/9"])[is_type].sum()
                depth[name] += cells.counts.depth[is_type].sum() / 1e4
    return {name: umis[name] / depth[name] for name in umis}


def on_disagreements() -> None:
    """Print what cells show whose call differs from pbmc3k's label, beside cells that agree.

    S100A8/9 took no part in typing: high in CD14 monocytes, low in CD16 monocytes and DC. Where
    label and call are two such types, each cell's S100 is asked under which it is likelier.
    """
    counts, labels = pbmc3k()
    names = np.array(type_cells(counts).names())
    s100 = s100_by_type()
    pairs = (
        ("CD14+ Mono", "cd14_monocyte"), ("CD14+ Mono", "cd16_monocyte"), ("CD14+ Mono", "cdc"),
        ("FCGR3A+ Mono", "cd16_monocyte"), ("DC", "cdc"), ("CD8 T", "other_t"), ("CD8 T", "nk"),
        ("NK", "other_t"), ("NK", "nk"),
    )  # fmt: skip
    rows = []
    for label, name in pairs:
        cells = (labels == label) & (names == name)
        row: dict[str, object] = {"label": label, "call": name, "cells": int(cells.sum())}
        for title, genes in GENES_SHOWN.items():
            row[title] = 1e4 * counts.summed_umis(genes)[cells].sum() / counts.depth[cells].sum()
        if OF_S100.get(label, name) != name:
            x, depth = counts.summed_umis(GENES_SHOWN["S100A8/9"])[cells], counts.depth[cells] / 1e4
            of_call, of_label = (log_pmf(x, depth * s100[t], 1.0) for t in (name, OF_S100[label]))
            row["S100 sides with the call"] = f"{(of_call > of_label).sum()} of {cells.sum()}"
        rows.append(row)
    print("\npbmc3k, UMIs per 10,000 by label and call")
    print(pd.DataFrame(rows).round(1).fillna("").to_string(index=False))


def draw_pairs(counts: CellCounts, rng: np.random.Generator) -> CellCounts:
    """Sums of two random cells of different lineages (of those that have a doublet row)."""
    typing = type_cells(counts)
    lineage = np.full(counts.n_cells, -1)
    for i, name in enumerate(("monocyte", "b", "t", "nk")):
        lineage[typing.lineage_mask(name)] = i
    one, other = rng.integers(0, counts.n_cells, (2, 5000))
    low, high = np.sort([lineage[one], lineage[other]], axis=0)
    apart = (low >= 0) & (low != high) & ~((low == 2) & (high == 3))
    a, b = counts.select(one[apart]), counts.select(other[apart])
    return CellCounts(
        a.total + b.total, a.n_genes, a.mito, a.panel + b.panel, counts.genes,
        depth=a.depth + b.depth,
    )  # fmt: skip


def on_doublets() -> None:
    """Print the depth of cells called doublet (two cells have about twice one's UMIs).

    And how many of added-up pairs are found, mixed into their sample as one cell in twenty.
    """
    rows, rng = [], np.random.default_rng(0)
    for sample in ("CAR-T10310322", "CAR-T10310324", "CAR-T10484040", "CAR-T10593342"):
        counts, _ = carpall(sample)
        is_doublet = type_cells(counts).type_mask("doublet")
        pairs = draw_pairs(counts, rng).select(np.arange(counts.n_cells // 20))
        mixed = CellCounts(
            *(np.concatenate([getattr(counts, part), getattr(pairs, part)])
              for part in ("total", "n_genes", "mito", "panel")), counts.genes,
            depth=np.concatenate([counts.depth, pairs.depth]),
        )  # fmt: skip
        rows.append(
            {
                "sample": sample, "called doublet": is_doublet.mean(),
                "their UMIs over the others'": np.median(counts.total[is_doublet])
                / np.median(counts.total[~is_doublet]),
                "found of added pairs": type_cells(mixed)
                .type_mask("doublet")[counts.n_cells :]
                .mean(),
            }
        )  # fmt: skip
    print("\nDoublets\n", pd.DataFrame(rows).round(3).to_string(index=False), sep="")


def on_sources_left_out() -> None:
    """Print F1 on cells named without RNA clusters, by tables made without them.

    ECCITE-seq named by protein, pbmc68k_reduced (95 of the genes) by its labels; plasma as B.
    """
    all_sources = list(sources())
    for cells in (eccite_cells(), pbmc68k_cells()):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "rates.csv"
            write(path, [other for other in all_sources if other.source != cells.source])
            calls = by_rates(type_cells(cells.counts, path))
        is_typed = cells.types != ""
        true = np.array([OF_TYPE.get(name, name) for name in cells.types])
        scores = {k: v for k, v in f1(true[is_typed], calls[is_typed]).items() if k in set(true)}
        print(
            f"\n{cells.source} left out: macro-F1 {np.mean(list(scores.values())):.3f}, "
            f"{ {name: round(value, 3) for name, value in scores.items()} }, "
            f"monocyte share {(calls[is_typed] == 'monocyte').mean():.3f} for a true "
            f"{(true[is_typed] == 'monocyte').mean():.3f}"
        )


def monocytes(typing: Typing) -> float:
    """Monocytes among all cells."""
    return float(typing.type_mask(*FRACTIONS["monocyte_fraction"]).mean())


def on_carpall() -> None:
    """Print T share of the authors' CAR-T cells, and rare calls in every sample."""
    rows, rng = [], np.random.default_rng(0)
    for sample in carpall_samples()["sample_id"]:
        counts, barcodes = carpall(sample)
        if counts.n_cells < 200:
            continue
        typing, car = type_cells(counts), car_t_cells(sample, barcodes)
        rows.append(
            {
                "sample": sample, "made the table": sample in SOURCE_SAMPLES,
                "cells": counts.n_cells, "median genes": int(np.median(counts.n_genes)),
                "CAR-T called T": typing.lineage_mask("t")[car].mean() if car.any() else np.nan,
                "blast-like": typing.type_mask("blast_like_t").mean(),
                "hspc": typing.type_mask("hspc").mean(),
                "doublet": typing.type_mask("doublet").mean(), "unsure": typing.unsure_fraction(),
                "monocytes": monocytes(typing),
                "at half depth": monocytes(type_cells(thinned(counts, 0.5, rng))),
            }
        )  # fmt: skip
    print("\nCARPALL (goals: CAR-T called T >= 0.95; blast-like <= 0.02 above 400 genes)")
    print(pd.DataFrame(rows).round(3).to_string(index=False))


def on_speed() -> None:
    """Print the time of typing 500 and 5,000 cells."""
    counts, _ = pbmc3k()
    for n in (500, 5000):
        cells = counts.select(np.random.default_rng(0).integers(0, counts.n_cells, n))
        times = []
        for _ in range(9):
            start = time.perf_counter()
            type_cells(cells)
            times.append(time.perf_counter() - start)
        print(f"typing {n} cells: {np.median(times) * 1000:.0f} ms")


def main() -> None:
    """Print all tables."""
    warnings.simplefilter("ignore")
    on_pbmc3k()
    on_disagreements()
    on_doublets()
    on_sources_left_out()
    on_carpall()
    on_speed()


if __name__ == "__main__":
    main()
