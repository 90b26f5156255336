"""Figures of all barcodes of a sample: what its counts are, and which limits its cells fail."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from features.arrays import Ints32
from features.cells.quality import MAX_EMPTY_UMIS, CellLimits, cell_limits


class BarcodeFigures(NamedTuple):
    """Figures of the barcodes that are no empty droplets, `n_filled` of `n_barcodes`.

    Each barcode that is not good is counted once, by the first limit it fails: `n_few_umis`,
    `n_few_genes`, `n_high_mito`. `median_umis`, `median_genes` and `median_mito` (a share; NaN
    without mitochondrial genes) are theirs all.

    Of the cells with enough genes (`n_cells`): `ones_share` of their detected genes have a count of
    1, `n_without_ones` of the cells none. `total_spread` is the interquartile range of their totals
    over their median, `median_total`.
    """

    n_barcodes: int
    n_filled: int
    n_few_umis: int
    n_few_genes: int
    n_high_mito: int
    median_umis: float
    median_genes: float
    median_mito: float
    n_cells: int
    ones_share: float
    n_without_ones: int
    median_total: float
    total_spread: float


def measure_barcodes(
    total: Ints32,
    n_genes: Ints32,
    mito: Ints32,
    *,
    ones: Ints32,
    has_mito: bool,
    limits: CellLimits | None = None,
) -> BarcodeFigures:
    """Figures of barcodes from their UMIs, detected genes, mitochondrial UMIs and counts of 1.

    `limits` are those of a good cell, the usual ones unless given.

    >>> figures = measure_barcodes(
    ...     np.array([900, 300, 50]), np.array([400, 250, 40]), np.array([9, 9, 9]),
    ...     ones=np.array([300, 200, 40]), has_mito=True)
    >>> figures.n_filled, figures.n_few_umis, figures.median_umis
    (2, 1, 600.0)
    """
    limits = limits or cell_limits()
    not_empty = np.flatnonzero(total > MAX_EMPTY_UMIS)
    umis, genes = total[not_empty].astype(np.int64), n_genes[not_empty]
    enough_umis, enough_genes = umis >= limits.umis, genes >= limits.genes
    high_mito = 100 * mito[not_empty].astype(np.int64) > limits.mito_percent * umis
    cells = np.flatnonzero(enough_genes)
    cell_totals, cell_ones = umis[cells], ones[not_empty[cells]]
    low, middle, high = np.quantile(cell_totals, [0.25, 0.5, 0.75]) if cells.size else [0, 0, 0]
    return BarcodeFigures(
        n_barcodes=int(total.size),
        n_filled=int(not_empty.size),
        n_few_umis=int((~enough_umis).sum()),
        n_few_genes=int((enough_umis & ~enough_genes).sum()),
        n_high_mito=int((enough_umis & enough_genes & high_mito).sum()) if has_mito else 0,
        median_umis=_median(umis),
        median_genes=_median(genes),
        median_mito=_median(mito[not_empty] / umis) if has_mito else float("nan"),
        n_cells=int(cells.size),
        ones_share=float(cell_ones.sum() / max(1, genes[cells].sum())),
        n_without_ones=int((cell_ones == 0).sum()),
        median_total=float(middle),
        total_spread=float((high - low) / max(1, middle)),
    )


def _median(values: NDArray[Any]) -> float:
    return float(np.median(values)) if values.size else float("nan")
