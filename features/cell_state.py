"""The arrays that one pass over a file adds to, and how good cells are gathered in them.

About 16 bytes a barcode and two bytes a panel gene of a cell that may be good, so that a million
cells take half a gigabyte. Pages that are never written cost nothing.
"""

import mmap
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.quality import LEAST_GENES, LEAST_UMIS, MOST_MITO_PERCENT
from features.source import CountSource

GATHERED = 10_000  # rows moved at a time


@dataclass(frozen=True)
class State:
    """`total`, `n_genes`, `mito` (n_cells,); `panel` (rows, width), `car` and `kept` (rows,).

    `kept` numbers the cell in each row. `empty` (parts, width + 2) are panel sums, CAR and UMIs of
    empty droplets, `found` (parts,) the good cells in each part of the file.
    """

    total: NDArray[np.int32]
    n_genes: NDArray[np.int32]
    mito: NDArray[np.int32]
    panel: NDArray[Any]
    car: NDArray[np.int32]
    kept: NDArray[np.int64]
    empty: NDArray[np.int64]
    found: NDArray[np.int64]


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


def fresh_state(parts: list[Part], width: int, dtype: type[np.integer[Any]]) -> State:
    """Zeros for all parts; shared with processes forked later when there are several."""
    shared = len(parts) > 1
    n, rows, several = parts[-1].last, parts[-1].last_row, len(parts)
    return State(
        _zeros((n,), np.int32, shared),
        _zeros((n,), np.int32, shared),
        _zeros((n,), np.int32, shared),
        _zeros((rows, width), dtype, shared),
        _zeros((rows,), np.int32, shared),
        _zeros((rows,), np.int64, shared),
        _zeros((several, width + 2), np.int64, shared),
        _zeros((several,), np.int64, shared),
    )


def _zeros(shape: tuple[int, ...], dtype: type[np.integer[Any]], shared: bool) -> NDArray[Any]:
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    if not shared or size == 0:
        return np.zeros(shape, dtype)
    return np.frombuffer(mmap.mmap(-1, size), dtype).reshape(shape)


def good_cells(state: State) -> NDArray[np.int64]:
    """Numbers of the cells within the limits, for formats that give whole genes."""
    share = 100 * state.mito.astype(np.int64) <= MOST_MITO_PERCENT * state.total.astype(np.int64)
    good = (state.total >= LEAST_UMIS) & (state.n_genes >= LEAST_GENES) & share
    return np.flatnonzero(good)


def gather_rows(state: State, rows: NDArray[np.int64]) -> None:
    """Move these rows, in ascending order, to the front of `panel`, `car` and `kept`, in place."""
    if rows.size == 0 or rows[-1] == rows.size - 1:
        return
    for start in range(0, rows.size, GATHERED):
        part = rows[start : start + GATHERED]
        for array in (state.panel, state.car, state.kept):
            array[start : start + part.size] = array[part]
