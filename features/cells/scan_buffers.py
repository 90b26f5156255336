"""The arrays that one pass over a file adds to, and how good cells are gathered in them.

About 12 bytes a barcode, and a byte for each panel gene of a cell that may be good; two more for a
gene that some cell shows over 255 times. Pages that are never written cost nothing.
"""

import mmap
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.arrays import Bytes, Ints, Ints32, UInts16
from features.cells.quality import LEAST_GENES, LEAST_UMIS, MOST_MITO_PERCENT
from features.kernels.counting import Sums
from features.readers.count_source import CountSource


@dataclass(frozen=True)
class State:
    """Totals by cell and panel counts by row, as `Sums` has them, and which cell a row holds.

    `tall` (parts, width) is `Sums.tall` of each part of the file; `kept` (rows,) numbers the cell
    in each row. `empty` (parts, width + 2) are panel sums, CAR and UMIs of empty droplets, `found`
    (parts,) the good cells in each part.
    """

    total: Ints32
    n_genes: Ints32
    mito: Ints32
    low: Bytes
    high: UInts16
    tall: Bytes
    car: Ints32
    kept: Ints32
    empty: Ints
    found: Ints

    def sums(self, part: int) -> Sums:
        """What the loops add to while they read one part."""
        return Sums(
            self.total, self.n_genes, self.mito, self.low, self.high, self.tall[part], self.car
        )

    def tall_genes(self) -> Ints:
        """Columns with a count over 255."""
        return np.flatnonzero(self.tall.any(axis=0))


@dataclass(frozen=True)
class Part:
    """Cells first:last of a file, whose good ones go into rows row:last_row of the state."""

    first: int
    last: int
    row: int
    last_row: int


def divide(source: CountSource, parts: int) -> list[Part]:
    """Ranges of cells that hold about as many stored entries each, with room for their rows.

    A cell with fewer stored entries than genes needed cannot be good: it gets no row. One part
    with a row for every cell where the format does not tell.
    """
    if source.stored is None:
        return [Part(0, source.n_cells, 0, source.n_cells)]
    reached = np.cumsum(source.stored)
    whole = int(reached[-1]) if reached.size else 0
    cuts = [int(np.searchsorted(reached, whole * i / parts)) for i in range(1, parts)]
    edges = [0, *cuts, source.n_cells]
    rows = np.concatenate([[0], np.cumsum(source.stored >= LEAST_GENES)])
    return [Part(first, last, int(rows[first]), int(rows[last])) for first, last in pairwise(edges)]


def fresh_state(parts: list[Part], width: int) -> State:
    """Zeros for all parts; shared with processes forked later when there are several."""
    shared = len(parts) > 1
    n, rows, several = parts[-1].last, parts[-1].last_row, len(parts)
    return State(
        _zeros((n,), np.int32, shared),
        _zeros((n,), np.int32, shared),
        _zeros((n,), np.int32, shared),
        _zeros((width, rows), np.uint8, shared),
        _zeros((width, rows), np.uint16, shared),
        _zeros((several, width), np.uint8, shared),
        _zeros((rows,), np.int32, shared),
        _zeros((rows,), np.int32, shared),
        _zeros((several, width + 2), np.int64, shared),
        _zeros((several,), np.int64, shared),
    )


def _zeros(shape: tuple[int, ...], dtype: type[np.integer[Any]], shared: bool) -> NDArray[Any]:
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    if not shared or size == 0:
        return np.zeros(shape, dtype)
    return np.frombuffer(mmap.mmap(-1, size), dtype).reshape(shape)


def good_cells(state: State) -> Ints:
    """Numbers of the cells within the limits, for formats that give whole genes."""
    share = 100 * state.mito.astype(np.int64) <= MOST_MITO_PERCENT * state.total.astype(np.int64)
    good = (state.total >= LEAST_UMIS) & (state.n_genes >= LEAST_GENES) & share
    return np.flatnonzero(good)


def gather_rows(state: State, rows: Ints) -> None:
    """Move these rows, in ascending order, to the front of what is held by row, in place."""
    if rows.size and rows[-1] != rows.size - 1:
        for values in _by_row(state):
            values[: rows.size] = values[rows]


def close_gaps(state: State, parts: list[Part]) -> int:
    """Move the rows found in each part up to those of the part before; the number of all."""
    end = 0
    for part, n in zip(parts, state.found.tolist(), strict=True):
        if part.row != end:
            for values in _by_row(state):
                values[end : end + n] = values[part.row : part.row + n]
        end += n
    return end


def _by_row(state: State) -> Iterator[NDArray[Any]]:
    yield from state.low
    for column in state.tall_genes():
        yield state.high[column]
    yield from (state.car, state.kept)
