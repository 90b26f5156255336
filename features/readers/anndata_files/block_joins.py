"""Join blocks of one matrix's tiles, or of several matrices, side by side or as sums."""

from collections.abc import Sequence

import numpy as np

from features.errors import InputError
from features.kernels.count_block import CountBlock
from features.kernels.whole_numbers import MAX_INT32


def join_columns(blocks: Sequence[CountBlock], offsets: Sequence[int]) -> CountBlock:
    """One block with the entries of all, those of each block moved right by its offset.

    The blocks hold the same rows. A row's entries keep their order, block after block.

    >>> left = CountBlock(0, np.array([0, 1, 2]), np.array([0, 1], "i4"), np.array([5, 6], "i4"))
    >>> join_columns([left, left], [0, 10]).indices.tolist()
    [0, 10, 1, 11]
    """
    if len(blocks) == 1 and offsets[0] == 0:
        return blocks[0]
    sizes = [np.diff(block.indptr) for block in blocks]
    indptr = np.concatenate([[0], np.cumsum(np.sum(sizes, axis=0))]).astype(np.int64)
    indices, data = np.empty(indptr[-1], np.int32), np.empty(indptr[-1], np.int32)
    start = indptr[:-1].copy()
    for block, size, offset in zip(blocks, sizes, offsets, strict=True):
        places = np.repeat(start - block.indptr[:-1], size) + np.arange(block.data.size)
        indices[places], data[places] = block.indices + np.int32(offset), block.data
        start += size
    return CountBlock(blocks[0].first, indptr, indices, data)


def add_blocks(blocks: Sequence[CountBlock], width: int) -> CountBlock:
    """The sum of blocks of the same rows, one entry a row and column; `width` bounds the columns.

    Raises `InputError` when a sum is too large for a count.

    >>> one = CountBlock(0, np.array([0, 2]), np.array([3, 1], "i4"), np.array([5, 6], "i4"))
    >>> two = add_blocks([one, one], 4)
    >>> two.indices.tolist(), two.data.tolist()
    ([1, 3], [12, 10])
    """
    tiles = join_columns(blocks, [0] * len(blocks))
    rows = np.repeat(np.arange(tiles.indptr.size - 1), np.diff(tiles.indptr))
    key = rows * np.int64(width) + tiles.indices
    order = np.argsort(key, kind="stable")
    key = key[order]
    starts = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]])[: key.size])
    sums = np.add.reduceat(tiles.data[order].astype(np.int64), starts) if key.size else key
    if sums.size and sums.max() > MAX_INT32:
        raise InputError(
            "counts must be below 2^31, but a sum of layers is larger; give UMI counts"
        )
    key = key[starts]
    indptr = np.searchsorted(key, np.arange(tiles.indptr.size) * np.int64(width))
    return CountBlock(
        tiles.first,
        indptr.astype(np.int64),
        (key % width).astype(np.int32),
        sums.astype(np.int32),
    )
