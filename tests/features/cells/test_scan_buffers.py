"""Dividing a file's cells and gathering the good ones' rows."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from features.cells.quality import LEAST_GENES
from features.cells.scan_buffers import Part, State, close_gaps, divide, fresh_state, gather_rows
from features.readers.count_source import CountSource
from features.readers.open_counts import open_counts


def with_stored(source: CountSource, stored: list[int]) -> CountSource:
    """The source as if its cells held so many entries."""
    return replace(source, n_cells=len(stored), stored=np.array(stored, np.int64))


@given(stored=st.lists(st.integers(0, 3 * LEAST_GENES), min_size=1, max_size=60),
       parts=st.integers(1, 5))  # fmt: skip
def test_parts_cover_every_cell_once(stored: list[int], parts: int) -> None:
    """Ranges follow each other from the first cell to the last, with a row per possible cell."""
    source = CountSource(
        Path("x"), None, len(stored), "real", "cells", np.array(stored), iter, list
    )  # type: ignore[arg-type]  # only the numbers of entries are looked at
    got = divide(source, parts)
    assert (got[0].first, got[-1].last, len(got)) == (0, len(stored), parts)
    assert all(a.last == b.first and a.last_row == b.row for a, b in pairwise(got))
    for part in got:
        possible = sum(n >= LEAST_GENES for n in stored[part.first : part.last])
        assert part.last_row - part.row == possible


def test_parts_hold_about_as_many_entries(tenx: Path) -> None:
    """A deep half of the cells is divided by entries, not by cells."""
    source = with_stored(open_counts(tenx), [100] * 50 + [900] * 50)
    first, second = divide(source, 2)
    assert 70 <= first.last <= 75
    assert second.last == 100


def numbered(parts: list[Part]) -> State:
    """A state of three genes, the second of them tall, whose values tell their row."""
    state = fresh_state(parts, 3)
    rows = np.arange(parts[-1].last_row)
    for gene in range(3):
        state.low[gene] = 3 * rows + gene
    state.high[1], state.tall[-1, 1] = rows + 7, 1
    state.car[:], state.kept[:] = rows, rows + 5
    return state


def by_row(state: State) -> list[np.ndarray]:
    """What moves with a row, rows last."""
    return [state.low, state.high[[1]], state.car[None], state.kept[None]]


@given(st.lists(st.booleans(), min_size=1, max_size=50), st.booleans())
def test_gathering_keeps_the_chosen_rows_in_order(chosen: list[bool], shared: bool) -> None:
    """In place, as indexing would do it with a copy."""
    n = len(chosen)
    state = numbered([Part(0, n, 0, n)] * (2 if shared else 1))
    rows = np.flatnonzero(chosen)
    expected = [array[:, rows] for array in by_row(state)]
    gather_rows(state, rows)
    for array, values in zip(by_row(state), expected, strict=True):
        np.testing.assert_array_equal(array[:, : rows.size], values)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=5))
def test_parts_are_joined_without_gaps(found_and_room: list[tuple[int, int]]) -> None:
    """The rows found in each part follow each other, in order."""
    parts, rows, end = [], [], 0
    for found, spare in found_and_room:
        parts.append(Part(end, end + found + spare, end, end + found + spare))
        rows += range(end, end + found)
        end += found + spare
    state = numbered(parts)
    state.found[:] = [found for found, _ in found_and_room]
    expected = [array[:, rows] for array in by_row(state)]
    assert close_gaps(state, parts) == len(rows)
    for array, values in zip(by_row(state), expected, strict=True):
        np.testing.assert_array_equal(array[:, : len(rows)], values)
