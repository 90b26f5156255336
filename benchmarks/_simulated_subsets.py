"""Cells drawn from the component rates of a T-cell mixture: their true shares are known."""

import numpy as np

from features.arrays import Floats
from features.cells.cell_counts import CellCounts
from features.subsets.component_rates import ComponentRates


def simulated_cells(
    rates: ComponentRates, shares: Floats, n: int, rng: np.random.Generator, depth: float = 1500.0
) -> CellCounts:
    """`n` cells, a share of them of each component, in random order; depth log-normal (log-SD 0.4).

    The sum of a gene set is negative binomial at its rate and size; its UMIs fall on the set's
    genes by their rates.
    """
    component = rng.choice(len(rates.components), n, p=shares)
    depths = np.maximum(rng.lognormal(np.log(depth), 0.4, n), 100).astype(np.int64)
    genes: list[str] = []
    columns = []
    for gene_set in rates.gene_sets:
        mean = depths / 1e4 * gene_set.rates.sum(axis=0)[component]
        size = gene_set.sizes[component]
        umis = rng.negative_binomial(size, size / (size + mean))
        by_gene = gene_set.rates / gene_set.rates.sum(axis=0)
        columns.append(
            [rng.multinomial(k, by_gene[:, c]) for k, c in zip(umis, component, strict=True)]
        )
        genes += gene_set.genes
    panel = np.concatenate([np.array(column) for column in columns], axis=1).astype(np.int32)
    total = np.round(depths * 1.7).astype(np.int64)
    return CellCounts(total, total // 2, total * 0, panel, tuple(genes), depth=depths)
