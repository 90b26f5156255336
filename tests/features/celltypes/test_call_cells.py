"""Calls of cells do not depend on how the work is cut or shared."""

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
def counts(drawn: Any) -> CellCounts:
    """Three hundred cells with the genes of the rate table."""
    blood = drawn(300, 6000)
    dense = blood.counts.toarray()
    panel = dense[:, [blood.names.index(gene) for gene in TABLE.genes]]
    nothing = np.zeros(300, np.int64)
    return CellCounts(dense.sum(axis=1).astype(np.int64), nothing, nothing, panel, TABLE.genes)


def called(counts: CellCounts, processes: int = 1) -> Calls:
    """Calls by the shipped table."""
    every = np.arange(len(TABLE.genes))
    return call_cells(counts, every, tabulate(row_rates(TABLE)), processes)


@pytest.mark.parametrize("block", [1, 7, 300])
@pytest.mark.parametrize("processes", [1, 3])
def test_blocks_and_threads_change_nothing(
    counts: CellCounts, monkeypatch: pytest.MonkeyPatch, block: int, processes: int
) -> None:
    """To the bit, whatever the size of the blocks and the number of threads."""
    expected = called(counts)
    monkeypatch.setattr(calling, "BLOCK", block)
    for got, whole in zip(called(counts, processes), expected, strict=True):
        np.testing.assert_array_equal(got, whole)


def test_what_a_thread_raises_is_raised(counts: CellCounts) -> None:
    """A column outside the panel is an error with threads as without."""
    with pytest.raises(ValueError, match="broadcast"):
        call_cells(counts, np.arange(3), tabulate(row_rates(TABLE)[:, :3]), 2)


def test_a_known_cell_is_its_own_single_type(counts: CellCounts) -> None:
    """Where a type is called, it is also the likeliest type of one cell."""
    calls = called(counts)
    typed = np.isin(calls.call, range(len(CELL_TYPES)))
    assert typed.mean() > 0.8
    assert (calls.single < NAMES.index("unknown")).all()
    assert (calls.confidence[typed] >= 0.5).all()
    assert (calls.single == calls.call)[typed].mean() > 0.99
