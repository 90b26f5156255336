"""Dividing a file's cells and gathering the good ones' rows."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from features.cells.quality import MIN_GENES
from features.cells.scan_buffers import (
    CellRange,
    ScanBuffers,
    allocate_buffers,
    close_gaps,
    divide_cells,
    gather_rows,
)
from features.readers.count_source import CountSource
from features.readers.open_counts import open_counts


def with_entries(source: CountSource, entries: list[int]) -> CountSource:
    """The source as if its cells held so many entries."""
    return replace(source, n_cells=len(entries), entries_per_cell=np.array(entries, np.int64))


@given(entries=st.lists(st.integers(0, 3 * MIN_GENES), min_size=1, max_size=60),
       parts=st.integers(1, 5))  # fmt: skip
def test_parts_cover_every_cell_once(entries: list[int], parts: int) -> None:
    """Ranges follow each other from the first cell to the last, with a row per possible cell."""
    source = CountSource(
        Path("x"), None, len(entries), "real", "cells", np.array(entries), iter, list, list
    )  # type: ignore[arg-type]  # only the numbers of entries are looked at
    ranges = divide_cells(source, parts)
    assert (ranges[0].first, ranges[-1].last, len(ranges)) == (0, len(entries), parts)
    assert all(a.last == b.first and a.last_row == b.row for a, b in pairwise(ranges))
    for part in ranges:
        possible = sum(n >= MIN_GENES for n in entries[part.first : part.last])
        assert part.last_row - part.row == possible


def test_parts_hold_about_as_many_entries(tenx: Path) -> None:
    """A deep half of the cells is divided by entries, not by cells."""
    source = with_entries(open_counts(tenx), [100] * 50 + [900] * 50)
    first, second = divide_cells(source, 2)
    assert 70 <= first.last <= 75
    assert second.last == 100


def numbered_buffers(parts: list[CellRange]) -> ScanBuffers:
    """Buffers of three genes, the second with counts over 255, whose values identify their row."""
    buffers = allocate_buffers(parts, 3)
    rows = np.arange(parts[-1].last_row)
    for gene in range(3):
        buffers.low[gene] = 3 * rows + gene
    buffers.high[1], buffers.over_255[-1, 1] = rows + 7, 1
    buffers.car[:], buffers.cell_of_row[:] = rows, rows + 5
    return buffers


def by_row(buffers: ScanBuffers) -> list[np.ndarray]:
    """Arrays by row, rows last."""
    return [buffers.low, buffers.high[[1]], buffers.car[None], buffers.cell_of_row[None]]


@given(st.lists(st.booleans(), min_size=1, max_size=50), st.booleans())
def test_gathering_keeps_the_chosen_rows_in_order(is_good: list[bool], shared: bool) -> None:
    """In place, as indexing would do it with a copy."""
    n = len(is_good)
    buffers = numbered_buffers([CellRange(0, n, 0, n)] * (2 if shared else 1))
    rows = np.flatnonzero(is_good)
    expected = [array[:, rows] for array in by_row(buffers)]
    gather_rows(buffers, rows)
    for array, values in zip(by_row(buffers), expected, strict=True):
        np.testing.assert_array_equal(array[:, : rows.size], values)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=5))
def test_parts_are_joined_without_gaps(good_and_spare: list[tuple[int, int]]) -> None:
    """The rows found in each part follow each other, in order."""
    parts, rows, end = [], [], 0
    for n, spare in good_and_spare:
        parts.append(CellRange(end, end + n + spare, end, end + n + spare))
        rows += range(end, end + n)
        end += n + spare
    buffers = numbered_buffers(parts)
    buffers.n_good[:] = [n for n, _ in good_and_spare]
    expected = [array[:, rows] for array in by_row(buffers)]
    assert close_gaps(buffers, parts) == len(rows)
    for array, values in zip(by_row(buffers), expected, strict=True):
        np.testing.assert_array_equal(array[:, : len(rows)], values)
