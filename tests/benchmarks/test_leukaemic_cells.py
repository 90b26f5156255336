"""Leukaemic cells made for the benchmark: sums of shallow cells."""

from pathlib import Path

import numpy as np

from benchmarks.leukaemic_cells import REPORTED_ON, real_blasts, shallow_blasts, summed
from features.cells.cell_counts import CellCounts


def cells(genes: tuple[str, ...], n: int = 4) -> CellCounts:
    """Cells whose counts are 0, 1, 2 and so on."""
    panel = np.arange(n * len(genes), dtype=np.int32).reshape(n, -1)
    total = np.arange(100, 100 + n)
    return CellCounts(total, total, total // 50, panel, genes, depth=total // 2)


def test_a_sum_adds_counts_and_depth() -> None:
    """Of the cells that the row names."""
    counts = cells(("CD34", "CD7"))
    one = summed(counts, np.array([[0, 2], [1, 3]]))
    np.testing.assert_array_equal(one.panel, counts.panel[:2] + counts.panel[2:])
    np.testing.assert_array_equal(one.depth, [50 + 51, 50 + 51])
    np.testing.assert_array_equal(one.total, [202, 204])


def test_real_blasts_have_the_depth_of_cells(carpall: Path) -> None:
    """Five shallow cells make one of over 1,000 UMIs."""
    assert np.median(shallow_blasts(REPORTED_ON).depth) < 500
    assert np.median(real_blasts(REPORTED_ON, 50, np.random.default_rng(0)).depth) > 1000
