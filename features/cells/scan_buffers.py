"""Arrays that one pass over a count file adds to, and how the rows of good cells are gathered.

About 20 bytes a barcode, and a byte for each panel gene of a cell that may be good; two more for a
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
from features.cells.quality import MIN_GENES, CellLimits
from features.kernels.counting import CellSums
from features.readers.count_source import CountSource


@dataclass(frozen=True)
class ScanBuffers:
    """Totals by cell and panel counts by row, as `CellSums` has them, for all parts of a file.

    `over_255` (parts, width) is `CellSums.over_255` of each part of the file. `empty_sums`
    (parts, samples, width + 2) are panel sums, CAR and depth of each sample's empty droplets,
    `n_good` (parts,) the good cells in each part.
    """

    total: Ints32
    depth: Ints32
    n_genes: Ints32
    mito: Ints32
    ones: Ints32
    low: Bytes
    high: UInts16
    over_255: Bytes
    car: Ints32
    cell_of_row: Ints32
    empty_sums: Ints
    n_good: Ints

    def sums(self, part: int) -> CellSums:
        """What the loops add to while they read one part."""
        return CellSums(
            self.total, self.depth, self.n_genes, self.mito, self.ones, self.low, self.high,
            self.over_255[part], self.car, self.cell_of_row,
        )  # fmt: skip

    def genes_over_255(self) -> Ints:
        """Columns with a count over 255."""
        return np.flatnonzero(self.over_255.any(axis=0))


@dataclass(frozen=True)
class CellRange:
    """Cells first:last of a file, whose good ones go into rows row:last_row of the buffers."""

    first: int
    last: int
    row: int
    last_row: int


def divide_cells(source: CountSource, parts: int, min_genes: int = MIN_GENES) -> list[CellRange]:
    """Ranges of cells with about as many stored entries each, and the rows reserved for them.

    A cell with fewer stored entries than the genes a good cell needs cannot be good: it gets no
    row. One range with a row for every cell where the format does not give the entries of a cell.
    """
    if source.entries_per_cell is None:
        return [CellRange(0, source.n_cells, 0, source.n_cells)]
    cumulative = np.cumsum(source.entries_per_cell)
    n_entries = int(cumulative[-1]) if cumulative.size else 0
    cuts = [int(np.searchsorted(cumulative, n_entries * i / parts)) for i in range(1, parts)]
    edges = [0, *cuts, source.n_cells]
    rows = np.concatenate([[0], np.cumsum(source.entries_per_cell >= min_genes)])
    return [
        CellRange(first, last, int(rows[first]), int(rows[last])) for first, last in pairwise(edges)
    ]


def allocate_buffers(parts: list[CellRange], width: int, n_samples: int = 1) -> ScanBuffers:
    """Zeros for all parts; shared with processes forked later when there are several."""
    shared = len(parts) > 1
    n, rows, n_parts = parts[-1].last, parts[-1].last_row, len(parts)
    return ScanBuffers(
        _zeros((n,), np.int32, shared),
        _zeros((n,), np.int32, shared),
        _zeros((n,), np.int32, shared),
        _zeros((n,), np.int32, shared),
        _zeros((n,), np.int32, shared),
        _zeros((width, rows), np.uint8, shared),
        _zeros((width, rows), np.uint16, shared),
        _zeros((n_parts, width), np.uint8, shared),
        _zeros((rows,), np.int32, shared),
        _zeros((rows,), np.int32, shared),
        _zeros((n_parts, n_samples, width + 2), np.int64, shared),
        _zeros((n_parts,), np.int64, shared),
    )


def _zeros(shape: tuple[int, ...], dtype: type[np.integer[Any]], shared: bool) -> NDArray[Any]:
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    if not shared or size == 0:
        return np.zeros(shape, dtype)
    return np.frombuffer(mmap.mmap(-1, size), dtype).reshape(shape)


def good_cells(buffers: ScanBuffers, limits: CellLimits) -> Ints:
    """Numbers of the cells within the limits, for formats that give whole genes."""
    total, mito = buffers.total.astype(np.int64), buffers.mito.astype(np.int64)
    good = (total >= limits.umis) & (buffers.n_genes >= limits.genes)
    return np.flatnonzero(good & (100 * mito <= limits.mito_percent * total))


def gather_rows(buffers: ScanBuffers, rows: Ints) -> None:
    """Move these rows, in ascending order, to the front of every array by row, in place."""
    if rows.size and rows[-1] != rows.size - 1:
        for values in _arrays_by_row(buffers):
            values[: rows.size] = values[rows]


def close_gaps(buffers: ScanBuffers, parts: list[CellRange]) -> int:
    """Move the rows used by each part up to those of the part before; return their number."""
    end = 0
    for part, n in zip(parts, buffers.n_good.tolist(), strict=True):
        if part.row != end:
            for values in _arrays_by_row(buffers):
                values[end : end + n] = values[part.row : part.row + n]
        end += n
    return end


def _arrays_by_row(buffers: ScanBuffers) -> Iterator[NDArray[Any]]:
    yield from buffers.low
    for column in buffers.genes_over_255():
        yield buffers.high[column]
    yield from (buffers.car, buffers.cell_of_row)
