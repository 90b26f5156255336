"""Calls of cells do not depend on block size or number of threads."""

from typing import Any

import numpy as np
import pytest

from features.cells.cell_counts import CellCounts
from features.celltypes import call_cells as calling
from features.celltypes.call_cells import CELL_TYPES, NAMES, Calls, call_cells
from features.celltypes.likelihood import tabulate
from features.celltypes.type_profiles import row_rates
from features.genes.expression_rates import load_rates

TABLE = load_rates()


@pytest.fixture(scope="module")
def counts(draw_sample: Any) -> CellCounts:
    """Three hundred cells with the genes of the rate table."""
    blood = draw_sample(300, 6000)
    dense = blood.counts.toarray()
    panel = dense[:, [blood.names.index(gene) for gene in TABLE.genes]]
    nothing = np.zeros(300, np.int64)
    return CellCounts(dense.sum(axis=1).astype(np.int64), nothing, nothing, panel, TABLE.genes)


def call_by_table(counts: CellCounts, processes: int = 1) -> Calls:
    """Calls by the shipped table."""
    columns = np.arange(len(TABLE.genes))
    return call_cells(counts, columns, tabulate(row_rates(TABLE)), processes)


@pytest.mark.parametrize("block", [1, 7, 300])
@pytest.mark.parametrize("processes", [1, 3])
def test_blocks_and_threads_change_nothing(
    counts: CellCounts, monkeypatch: pytest.MonkeyPatch, block: int, processes: int
) -> None:
    """To the bit, whatever the size of the blocks and the number of threads."""
    expected = call_by_table(counts)
    monkeypatch.setattr(calling, "BLOCK", block)
    for array, other in zip(call_by_table(counts, processes), expected, strict=True):
        np.testing.assert_array_equal(array, other)


def test_what_a_thread_raises_is_raised(counts: CellCounts) -> None:
    """A column outside the panel is an error with threads as without."""
    with pytest.raises(ValueError, match="broadcast"):
        call_cells(counts, np.arange(3), tabulate(row_rates(TABLE)[:, :3]), 2)


def test_a_known_cell_is_its_own_single_type(counts: CellCounts) -> None:
    """Where a type is called, it is also the likeliest type of one cell."""
    calls = call_by_table(counts)
    is_typed = np.isin(calls.call, range(len(CELL_TYPES)))
    assert is_typed.mean() > 0.8
    assert (calls.single < NAMES.index("unknown")).all()
    assert (calls.confidence[is_typed] >= 0.5).all()
    assert (calls.single == calls.call)[is_typed].mean() > 0.99
