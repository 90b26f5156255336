"""Cells of several samples together."""

import numpy as np

from benchmarks.cells import joined
from features.cells.cell_counts import CellCounts


def cells(genes: tuple[str, ...], n: int, missing: tuple[str, ...] = ()) -> CellCounts:
    """Cells whose counts are 0, 1, 2 and so on."""
    panel = np.arange(n * len(genes), dtype=np.int32).reshape(n, -1)
    total = np.arange(100, 100 + n)
    return CellCounts(total, total, total // 50, panel, genes, missing, depth=total // 2)


def test_joined_samples_keep_common_genes() -> None:
    """In order of samples, the genes that all references hold, in the first one's order."""
    both = joined(cells(("CD34", "CD7", "LYZ"), 4), cells(("LYZ", "CD34"), 2, ("CD7",)))
    assert both.genes == ("CD34", "LYZ")
    assert both.missing_genes == ("CD7",)
    assert both.n_cells == 6
    np.testing.assert_array_equal(both.panel[4:], [[1, 0], [3, 2]])
    np.testing.assert_array_equal(both.depth, [50, 50, 51, 51, 50, 50])
