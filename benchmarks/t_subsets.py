"""T-cell subsets against surface proteins in the same cells, published labels, and known shares.

    python -m benchmarks.t_subsets

ECCITE-seq: component rates are made from one random half of the gated T cells, samples of 400 cells
with a given true share are drawn from the other half; 40 halves. pbmc3k is held out. The baseline
counts the cells that the typing calls (CD4 over CD4 and CD8; none of the other subsets has a call).
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from benchmarks._subset_mixtures import (
    HALVES,
    ROW,
    TRUE,
    Mixture,
    called_cd4,
    draw,
    errors,
    estimates,
    mixtures,
    other_laboratory,
)
from benchmarks.cells import carpall, carpall_samples, eccite, joined, pbmc3k, thinned
from benchmarks.make_subset_rates import GatedCells, gated_cells
from features.cells.cell_counts import CellCounts
from features.celltypes.cell_types import NAMES, Typing, type_cells
from features.measures.ambient import estimate_ambient
from features.settings import data_dir
from features.subsets.component_rates import load_component_rates
from features.subsets.plasmablasts import plasmablast_features
from features.subsets.t_cell_subsets import subset_features


def labelled_mixtures(rng: np.random.Generator) -> pd.DataFrame:
    """pbmc3k, held out: T cells drawn by published label; its "naive CD4" holds naive CD8 too."""
    counts, labels = pbmc3k()
    typing = type_cells(counts)
    calls, t_cells = np.array(typing.names()), typing.lineage_mask("t")
    parts = {
        "CD4 labels among CD8": Mixture("cd4_t_fraction", ("Memory CD4 T",), ("CD8 T",), TRUE),
        "naive among memory CD4": Mixture(
            "naive_t_fraction", ("Naive CD4 T",), ("Memory CD4 T",), TRUE
        ),
    }
    rows = []
    for _ in range(HALVES):
        for name, mixture in parts.items():
            kind = "t_lineage" if mixture.column == "cd4_t_fraction" else "t_state"
            rates = load_component_rates(kind).within(counts.genes)
            if kind == "t_lineage":
                rates = rates.without("vd2", "other_gd")
            for true in mixture.true:
                cell_rows = draw(labels, t_cells, mixture, true, rng)
                estimate = estimates(counts.select(cell_rows), rates)[mixture.column]
                called = called_cd4(calls[cell_rows]) if kind == "t_lineage" else np.nan
                rows.append((name, true, estimate.value, estimate.se, called))
    return pd.DataFrame(rows, columns=ROW)


def regulatory_mixtures(
    cells: GatedCells, rng: np.random.Generator, n: int = HALVES
) -> pd.DataFrame:
    """CD4 T cells, some of which were given FOXP3 at the literature's rate times 0.7, 1 and 1.4."""
    pool = np.flatnonzero((cells.lineage == "cd4") & (cells.counts.gene_umis("FOXP3") == 0))
    column = cells.counts.genes.index("FOXP3")
    rates, rows = load_component_rates("t_lineage"), []
    for _ in range(n):
        for factor in (0.7, 1.0, 1.4):
            for true in (0.0, 0.05, 0.10, 0.20):
                cd4_cells = cells.counts.select(rng.choice(pool, 2000))
                panel, depth = cd4_cells.panel, cd4_cells.depth / 1e4
                regulatory = np.arange(2000) < round(2000 * true)
                mean = depth * np.where(regulatory, 2.0 * factor, 0.05)
                panel[:, column] = rng.negative_binomial(1.0, 1 / (1 + mean))
                sample = CellCounts(
                    cd4_cells.total, cd4_cells.n_genes, cd4_cells.mito, panel, cd4_cells.genes,
                    depth=cd4_cells.depth,
                )  # fmt: skip
                estimate = estimates(sample, rates)["regulatory_t_fraction"]
                rows.append(
                    (f"regulatory, FOXP3 x {factor}", true, *estimate.columns("x").values(), np.nan)
                )
    return pd.DataFrame(rows, columns=ROW)


def dividing_mixtures(rng: np.random.Generator, n: int = HALVES) -> pd.DataFrame:
    """Resting T cells of healthy blood and dividing ones of a product, taken for plasma cells.

    Those have much TUBA1B, which the estimate does not use.
    """
    product, blood = (
        counts.select(type_cells(counts).lineage_mask("t"))
        for counts in (carpall("CAR-T11141510")[0], eccite()[0])
    )
    dividing = np.flatnonzero(1e4 * product.gene_umis("TUBA1B") / product.depth > 25)
    rows = []
    for _ in range(n):
        for true in TRUE:
            m = round(40 * true)
            parts = (
                product.select(rng.choice(dividing, m)),
                blood.select(rng.integers(0, blood.n_cells, 40 - m)),
            )
            typing = Typing(np.full(40, NAMES.index("plasma"), np.int8), np.ones(40, np.float32))
            columns = plasmablast_features(joined(*parts), typing, "none")
            rows.append(("dividing of 40 cells", true, *columns.values(), np.nan))
    return pd.DataFrame(rows, columns=ROW)


def real_samples() -> Iterator[tuple[str, CellCounts]]:
    """Samples at hand."""
    yield "ECCITE", eccite()[0]
    yield "pbmc3k", pbmc3k()[0]
    for sample in carpall_samples()["sample_id"]:
        counts = carpall(sample)[0]
        if counts.n_cells >= 200:
            yield sample, counts


def features_of(counts: CellCounts) -> dict[str, float]:
    """All columns of a sample as the pipeline computes them, unsorted."""
    typing = type_cells(counts)
    return subset_features(
        counts, typing, "none", estimate_ambient(counts, typing).fraction().value
    )


def authors_types() -> pd.DataFrame:
    """CD4 share of the CAR-T cells that the authors of CARPALL typed, by them, by calls and by us.

    Their types follow the RNA of CD4 and CD8A (none of their "gdT" cells shows more TRDC than the
    others, and their "DN" cells show CD8B), so that they are no truth.
    """
    cells = pd.read_csv(data_dir() / "carpall" / "cart_barcodes.tsv", sep="\t")
    labels = cells.set_index("CellID")["CellType1"]
    table = {}
    for sample in ("CAR-T10310322", "CAR-T10310323"):
        counts, barcodes = carpall(sample)
        types = labels.reindex([f"{sample}_{barcode}" for barcode in barcodes])
        typed = types.notna().to_numpy()
        counts, types = counts.select(typed), types[typed]
        typing = type_cells(counts)
        columns = subset_features(counts, typing, "sorted")
        is_cd4, is_cd8 = (types.str.startswith(name) for name in ("CD4", "CD8"))
        table[sample] = {
            "cells": float(len(types)), "authors: CD4": is_cd4.mean(),
            "authors: CD8": is_cd8.mean(),
            "CD4 of called": called_cd4(np.array(typing.names())),
            "CD4": columns["cd4_t_fraction"], "+-": columns["cd4_t_fraction_se"],
            "CD8": columns["cd8_t_fraction"], "gamma-delta": columns["gamma_delta_t_fraction"],
        }  # fmt: skip
    return pd.DataFrame(table).T


def half_depth(rng: np.random.Generator) -> pd.DataFrame:
    """Change of each column at half the depth, in its standard errors there, by sample."""
    table = {}
    for name, counts in real_samples():
        full_columns, half_columns = features_of(counts), features_of(thinned(counts, 0.5, rng))
        table[name] = {
            column: (half_columns[column] - value) / half_columns[f"{column}_se"]
            for column, value in full_columns.items()
            if not column.endswith("_se") and half_columns[f"{column}_se"] != 0
        }
    return pd.DataFrame(table).T


def whole_samples() -> pd.DataFrame:
    """Columns of the real samples, beside counted calls."""
    table = {}
    for name, counts in real_samples():
        calls = np.array(type_cells(counts).names())
        columns = features_of(counts)
        table[name] = {
            "T cells": f"{np.isin(calls, ['cd4_t', 'cd8_t', 'other_t']).sum()}",
            "CD4 of called": f"{called_cd4(calls):.3f}",
            **{
                column.removesuffix("_fraction"): f"{value:.3f} +- {columns[column + '_se']:.3f}"
                for column, value in columns.items()
                if not column.endswith("_se")
            },
        }
    return pd.DataFrame(table).T


def main() -> None:
    """Print all tables."""
    rng, cells = np.random.default_rng(1), gated_cells()
    print("ECCITE-seq: mixtures of 400 cells of the other half, true by protein; points")
    print(errors(mixtures(cells, rng)).round(1).to_string())
    print("\nThe same at half the depth (about 1,300 UMIs a cell)")
    print(
        errors(mixtures(cells, rng, lambda counts: thinned(counts, 0.5, rng))).round(1).to_string()
    )
    print("\nThe same where a laboratory shows CD8, TRDC and naive genes at 0.7 of their rates")
    print(errors(mixtures(cells, rng, other_laboratory(0.7, rng))).round(1).to_string())
    print("\npbmc3k, held out, by published labels")
    print(errors(labelled_mixtures(rng)).round(1).to_string())
    print("\nRegulatory T cells: FOXP3 drawn at rates of the literature, 2,000 CD4 T cells")
    print(errors(regulatory_mixtures(cells, rng)).round(1).to_string())
    print("\nDividing cells of an infusion product in the place of plasma cells")
    print(errors(dividing_mixtures(rng)).round(1).to_string())
    print("\nCAR-T cells typed by the authors of CARPALL")
    print(authors_types().round(3).to_string())
    print("\nChange at half depth, in standard errors")
    print(half_depth(rng).round(2).to_string())
    print("\nWhole samples")
    print(whole_samples().to_string())


if __name__ == "__main__":
    main()
