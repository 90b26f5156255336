"""Checks of fit: whether cells called T make T-cell genes, and whether ambient RNA spoils typing.

A type without a row of its own would go silently to the nearest one: half a sample of precursor B
blasts was called T or B. Three numbers show it. T-cell genes per 10,000 UMIs of the cells called T;
the share of those cells that make none, by their zeros beyond dropout; the ambient fraction.

`features.measures.fit_limits` has the limits and the samples they were chosen on.
"""

import math
from collections.abc import Mapping

import numpy as np

from features.arrays import Bools, Floats
from features.cells.cell_counts import CellCounts
from features.celltypes.cell_types import Typing
from features.celltypes.marker_negative_profiles import T_GENES
from features.celltypes.type_profiles import LINEAGES
from features.genes.expression_rates import load_rates
from features.measures.fit_limits import (
    MAX_AMBIENT,
    MAX_DOUBLETS,
    MAX_WITHOUT_T_GENES,
    MIN_T_GENE_RATE,
)
from features.measures.pooled_expression import MIN_CELLS, MISSING, PER_10K, Estimate, influence
from features.measures.pooled_expression import rate as pooled_rate
from features.measures.standard_errors import Z_90, linearised_se
from features.measures.t_cell_scores import has_panel


def fit_features(counts: CellCounts, typing: Typing) -> dict[str, float]:
    """Rate of T-cell genes in cells called T, and the share of them that makes none, with errors.

    Both are missing under 50 cells called T, without the depth genes, and where the reference holds
    under 60 % of the T-cell genes.
    """
    return {
        **t_gene_rate(counts, typing).columns("t_gene_rate"),
        **t_without_t_genes(counts, typing).columns("t_without_t_genes_fraction"),
    }


def t_gene_rate(counts: CellCounts, typing: Typing) -> Estimate:
    """UMIs of `T_GENES` per 10,000 UMIs of the depth genes, pooled over the cells called T.

    Its error is that of a ratio of sums over cells, by linearisation.
    """
    t_cells = typing.lineage_mask("t")
    if not _measurable(counts, t_cells):
        return MISSING
    umis = counts.summed_umis(T_GENES)
    value = PER_10K * pooled_rate(umis[t_cells], counts.depth[t_cells])
    influences = influence(umis, counts.depth, t_cells)[t_cells]
    return Estimate(value, PER_10K * linearised_se(influences))


def t_without_t_genes(counts: CellCounts, typing: Typing) -> Estimate:
    """Share of cells called T that make no T-cell gene: zeros beyond those of dropout.

    (Z - Q) / (N - Q) with Z of N cells showing none of `T_GENES`, and Q the number expected to by
    dropout: the sum over cells of P(none) = product over genes of 1 / (1 + d r), at the rates r of
    the called type and the cell's depth d. Where a T-cell gene is due in every cell it is Z / N;
    it is missing where one is due in under 50 cells (N - Q). At least 0. Error by linearisation.
    """
    t_cells = typing.lineage_mask("t")
    if not _measurable(counts, t_cells):
        return MISSING
    is_zero = counts.summed_umis(T_GENES)[t_cells] == 0
    dropout = _dropout(counts.select(t_cells), typing.select(t_cells))
    due = float((1 - dropout).sum())
    if due < MIN_CELLS:
        return MISSING
    value = float((is_zero - dropout).sum()) / due
    influences = (is_zero - dropout - value * (1 - dropout)) / due
    return Estimate(max(value, 0.0), linearised_se(influences))


def _measurable(counts: CellCounts, t_cells: Bools) -> bool:
    return counts.has_depth and has_panel(counts, T_GENES) and int(t_cells.sum()) >= MIN_CELLS


def _dropout(counts: CellCounts, typing: Typing) -> Floats:
    """Probability of each cell to show no T-cell gene, at the rates of its type, shape (n,)."""
    log_probability = np.zeros(counts.n_cells)
    for name in LINEAGES["t"]:
        cells = typing.type_mask(name)
        for gene_rate in _gene_rates(counts.genes, name):
            log_probability[cells] -= np.log1p(counts.depth[cells] / PER_10K * gene_rate)
    return np.exp(log_probability)


def _gene_rates(genes: tuple[str, ...], name: str) -> list[float]:
    """Rates of the T-cell genes that the reference holds, in one type."""
    table = load_rates()
    rates = dict(zip(table.genes, table.type_rates(name).tolist(), strict=True))
    return [rates[gene] for gene in T_GENES if gene in genes]


def expected_t_gene_rate(counts: CellCounts, typing: Typing) -> float:
    """The rate table's rate of T-cell genes, over the cells called T as they were called."""
    rates = np.zeros(counts.n_cells)
    for name in LINEAGES["t"]:
        rates[typing.type_mask(name)] = sum(_gene_rates(counts.genes, name))
    t_cells = typing.lineage_mask("t")
    depth = counts.depth[t_cells]
    return float((rates[t_cells] * depth).sum() / depth.sum()) if depth.sum() else math.nan


def fit_warnings(
    counts: CellCounts, typing: Typing, features: Mapping[str, float]
) -> tuple[str, ...]:
    """Codes of the checks that a sample does not pass; a missing number passes.

    The share without T-cell genes counts from the lower end of its 90 % interval.
    """
    codes = []
    if features["t_gene_rate"] < MIN_T_GENE_RATE * expected_t_gene_rate(counts, typing):
        codes.append("few_t_genes")
    share, se = features["t_without_t_genes_fraction"], features["t_without_t_genes_fraction_se"]
    if share - Z_90 * se > MAX_WITHOUT_T_GENES:
        codes.append("t_without_t_genes")
    ambient = features["ambient_fraction"]
    if ambient > MAX_AMBIENT:
        codes.append("ambient_high")
    if math.isnan(ambient) and features["doublet_fraction"] > MAX_DOUBLETS:
        codes.append("ambient_unmeasured")
    return tuple(codes)
