"""Entries of a sparse block that name the same gene and cell: add them up; a compiled loop.

A format may store one count in parts (MatrixMarket and scipy allow it, and add them up). Counted
apart, the sum of a cell is right but its number of genes is too high.
"""

import numba
import numpy as np
from numba import types

from features.arrays import Ints, Ints32
from features.kernels.count_block import COUNT_BLOCK, CountBlock
from features.kernels.mtx_lines import MAX_INT32

_ASCENDING = types.boolean(COUNT_BLOCK)
_MERGE = types.int64(COUNT_BLOCK, types.int64[::1], types.int32[::1], types.int32[::1])
_PLACE = types.void(*(types.int32[::1],) * 3, types.int64[::1], *(types.int32[::1],) * 2)


@numba.njit(_ASCENDING, cache=True, nogil=True)  # type: ignore[untyped-decorator, unused-ignore]  # numba has no types
def _is_ascending(block: CountBlock) -> bool:
    """Whether the indices of every row ascend, which rules out repeats."""
    _, indptr, indices, _ = block
    for i in range(indptr.shape[0] - 1):
        for k in range(indptr[i] + 1, indptr[i + 1]):
            if indices[k] <= indices[k - 1]:
                return False
    return True


@numba.njit(_MERGE, cache=True, nogil=True)  # type: ignore[untyped-decorator, unused-ignore]  # numba has no types
def _merge(block: CountBlock, indptr: Ints, indices: Ints32, data: Ints32) -> int:
    """Write the block with sorted indices and repeats added up; return the number of entries."""
    _, old_indptr, old_indices, old_data = block
    n = 0
    for i in range(old_indptr.shape[0] - 1):
        first, last = old_indptr[i], old_indptr[i + 1]
        start = n
        for k in np.argsort(old_indices[first:last]):
            index, count = old_indices[first + k], np.int64(old_data[first + k])
            if n > start and indices[n - 1] == index:
                data[n - 1] = min(data[n - 1] + count, MAX_INT32)
            else:
                indices[n], data[n] = index, count
                n += 1
        indptr[i + 1] = n
    return n


@numba.njit(_PLACE, cache=True, nogil=True)  # type: ignore[untyped-decorator, unused-ignore]  # numba has no types
def place_entries(
    rows: Ints32, columns: Ints32, counts: Ints32, position: Ints, indices: Ints32, data: Ints32
) -> None:
    """Write entries in any order into their rows of a compressed matrix.

    `position` (n_rows,) is where the next entry of each row goes; it is moved on.
    """
    for k in range(rows.shape[0]):
        at = position[rows[k]]
        indices[at], data[at] = columns[k], counts[k]
        position[rows[k]] = at + 1


def merge_repeats(block: CountBlock) -> CountBlock:
    """The block with entries of the same gene and cell added up; the same block without repeats.

    >>> repeats = np.array([4, 1, 4], np.int32), np.array([2, 3, 5], np.int32)
    >>> merged = merge_repeats(CountBlock(0, np.array([0, 3]), *repeats))
    >>> merged.indices, merged.data
    (array([1, 4], dtype=int32), array([3, 7], dtype=int32))
    """
    if _is_ascending(block):
        return block
    indptr = np.zeros_like(block.indptr)
    indices, data = np.empty_like(block.indices), np.empty_like(block.data)
    n = _merge(block, indptr, indices, data)
    return CountBlock(block.first, indptr, indices[:n].copy(), data[:n].copy())
