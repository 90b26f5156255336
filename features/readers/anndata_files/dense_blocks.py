"""Stream a dense matrix (AnnData's dense X, loom) as sparse blocks in bounded memory.

A file's chunks are read one after another and made sparse at once: memory grows with the counts
above zero in a band, never with the band. Bands run along rows or columns, whichever needs fewer
values at once: a matrix chunked by column is not read as rows, which would need all of it.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.arrays import Ints32
from features.errors import InputError
from features.kernels.count_block import CountBlock
from features.kernels.whole_numbers import copy_whole_numbers
from features.readers.anndata_files.block_joins import join_columns
from features.readers.count_source import BLOCK_ENTRIES
from features.readers.hdf5_chunks import RAW_COUNTS, check_numbers

# Values that are made sparse at once, and values of a tile that is read at once.
STEP_VALUES = 5 * BLOCK_ENTRIES
TILE_VALUES = 5 * STEP_VALUES


def best_axis(array: Any, preferred: int) -> int:
    """The axis along which bands of whole chunks hold fewer values; the preferred one if similar.

    Raises `InputError` when the array holds no numbers or its chunks are absurd.
    """
    chunk = check_numbers(array, 2)
    if not chunk:
        return 0  # stored row by row
    sizes = [_band(array.shape, chunk, axis) * array.shape[1 - axis] for axis in (0, 1)]
    return preferred if sizes[preferred] <= 4 * sizes[1 - preferred] else 1 - preferred


def dense_blocks(array: Any, axis: int, name: str) -> Iterator[CountBlock]:
    """Blocks of whole rows (axis 0) or whole columns (axis 1) of a stored array, in order.

    Raises `InputError` when a value is no count.
    """
    chunk = check_numbers(array, 2)
    n = int(array.shape[axis])
    band = _band(array.shape, chunk, axis)
    for first in range(0, n, band):
        yield dense_rows(array, axis, (first, min(n, first + band)), name)


def dense_rows(array: Any, axis: int, rows: tuple[int, int], name: str) -> CountBlock:
    """One block of the rows (axis 0) or columns (axis 1) rows[0]:rows[1], read tile by tile."""
    chunk = check_numbers(array, 2) or (1, 1)
    width, across = int(array.shape[1 - axis]), chunk[1 - axis]
    step = across * max(1, TILE_VALUES // max(1, across * (rows[1] - rows[0])))
    starts = list(range(0, width, step)) or [0]
    tiles = [_tile(array, axis, (*rows, at, min(width, at + step)), name) for at in starts]
    return join_columns(tiles, starts)


def _band(shape: tuple[int, ...], chunk: tuple[int, ...], axis: int) -> int:
    along = chunk[axis] if chunk else 1
    return along * max(1, STEP_VALUES // max(1, along * int(shape[1 - axis])))


Rows = NDArray[np.generic]
Sparse = tuple[NDArray[np.int64], Ints32, Ints32]


def _tile(array: Any, axis: int, box: tuple[int, int, int, int], name: str) -> CountBlock:
    """Rows box[0]:box[1] and columns box[2]:box[3], counted along `axis`, as a block."""
    along, across = slice(box[0], box[1]), slice(box[2], box[3])
    values = np.asarray(array[along, across] if axis == 0 else array[across, along])
    rows = values if axis == 0 else values.T
    step = max(1, STEP_VALUES // max(1, rows.shape[1]))
    parts = []
    for at in range(0, rows.shape[0], step):
        part = _compress(rows[at : at + step])
        if isinstance(part, int):
            row, column = divmod(at * rows.shape[1] + part, rows.shape[1])
            raise _no_count(name, (box[0] + row, box[2] + column), axis, rows[row, column])
        parts.append(part)
    return _stack_rows(box[0], parts)


def _compress(rows: Rows) -> Sparse | int:
    """Entries of each row, columns and values above 0; the place of the first that is no count."""
    flat = np.ascontiguousarray(rows).ravel()
    flat = flat.astype(flat.dtype.newbyteorder("="), copy=False)
    counts = np.empty(flat.size, np.int32)
    bad = copy_whole_numbers(flat, counts)
    if bad >= 0:
        return bad
    table = counts.reshape(rows.shape)
    nonzero = table > 0
    return nonzero.sum(axis=1), np.nonzero(nonzero)[1].astype(np.int32), table[nonzero]


def _stack_rows(first: int, parts: list[Sparse]) -> CountBlock:
    sizes, indices, data = (
        np.concatenate([part[i] for part in parts] or [np.empty(0, np.int32)]) for i in range(3)
    )
    indptr = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    return CountBlock(first, indptr, indices, data)


def _no_count(name: str, position: tuple[int, int], axis: int, value: object) -> InputError:
    row, column = position if axis == 0 else position[::-1]
    return InputError(
        f"counts must be whole numbers from 0 up, but {name} row {row} column {column} holds "
        f"{value}; {RAW_COUNTS}"
    )
