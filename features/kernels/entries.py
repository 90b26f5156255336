"""Entries of count blocks: indices in range, counts of 1, and entries given twice, added up."""

import numba
import numpy as np
from numba import types

from features.arrays import Ints, Ints32
from features.kernels.count_block import COUNT_BLOCK, CountBlock
from features.kernels.whole_numbers import MAX_INT32

_INTS, _LONGS = types.int32[::1], types.int64[::1]


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator, unused-ignore]  # numba has no types
def all_below(indices: Ints32, size: int) -> bool:
    """Whether every index lies in 0..size - 1; no early exit, so that it runs vectorised."""
    highest = np.uint32(0)
    for i in range(indices.shape[0]):
        highest = max(highest, np.uint32(indices[i]))  # a negative index becomes a large one
    return bool(indices.shape[0] == 0 or highest < size)


@numba.njit(types.void(COUNT_BLOCK, _INTS), cache=True, nogil=True)  # type: ignore[untyped-decorator, unused-ignore]  # numba has no types
def add_ones_by_gene(block: CountBlock, ones: Ints32) -> None:
    """Add the counts of 1 of a block of genes to `ones` (cells,); its indices must be checked."""
    for k in range(block.indices.shape[0]):
        ones[block.indices[k]] += block.data[k] == 1


@numba.njit(types.int64(_LONGS, _INTS), cache=True, nogil=True)  # type: ignore[untyped-decorator, unused-ignore]  # numba has no types
def _count_descents(indptr: Ints, indices: Ints32) -> int:
    """Neighbours within a row that do not ascend: none in a sorted matrix without repeats."""
    n = np.int64(0)
    for k in range(1, indices.shape[0]):
        n += indices[k] <= indices[k - 1]
    for i in range(indptr.shape[0] - 1):
        start = indptr[i]
        if 0 < start < indptr[i + 1]:  # from the row before to this one
            n -= indices[start] <= indices[start - 1]
    return int(n)


@numba.njit(types.int64(_LONGS, _INTS, _INTS, _INTS, _LONGS), cache=True, nogil=True)  # type: ignore[untyped-decorator, unused-ignore]  # numba has no types
def _add_up(indptr: Ints, indices: Ints32, counts: Ints32, position: Ints32, ends: Ints) -> int:
    """Add later entries of an index in a row to its first, moved forward; the number of entries.

    In place. `position` (width,) must hold -1: it notes where an index of the current row stands.
    `ends` (rows + 1,) are the row pointers after it.
    """
    free = 0
    for i in range(indptr.shape[0] - 1):
        begin = free
        for k in range(indptr[i], indptr[i + 1]):
            index = indices[k]
            at = position[index]
            if at >= begin:
                total = np.int64(counts[at]) + counts[k]
                counts[at] = min(total, MAX_INT32)
            else:
                position[index], indices[free], counts[free] = free, index, counts[k]
                free += 1
        ends[i + 1] = free
    return int(free)


def add_up_repeats(block: CountBlock, width: int) -> CountBlock:
    """The block with one entry for each row and index, in order of first appearance.

    Nothing is copied for a sorted block without repeats, nor where an index lies outside `width`,
    which the counting loops report.

    >>> block = CountBlock(0, np.array([0, 3]), np.array([5, 2, 5], np.int32),
    ...                    np.array([1, 4, 2], np.int32))
    >>> add_up_repeats(block, 6).data
    array([3, 4], dtype=int32)
    """
    if _count_descents(block.indptr, block.indices) == 0:
        return block
    if block.indices.min() < 0 or block.indices.max() >= width:
        return block
    indices, counts = block.indices.copy(), block.data.copy()
    indptr = np.zeros_like(block.indptr)
    position = np.full(width, -1, np.int32)
    n = int(_add_up(block.indptr, indices, counts, position, indptr))
    return block if n == indices.size else CountBlock(block.first, indptr, indices[:n], counts[:n])
