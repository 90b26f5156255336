"""Pseudobulk sums: a compiled loop that adds the counts of a block to the groups of its cells."""

import numba
import numpy as np
from numba import types

from features.arrays import Ints
from features.kernels.count_block import COUNT_BLOCK, CountBlock
from features.kernels.entries import all_below

_ARGUMENTS = types.boolean(COUNT_BLOCK, types.boolean, types.int64[::1], types.int64[:, ::1])


@numba.njit(_ARGUMENTS, cache=True, nogil=True)  # type: ignore[untyped-decorator, unused-ignore]  # numba has no types
def add_to_groups(block: CountBlock, by_cells: bool, codes: Ints, sums: Ints) -> bool:
    """Add a block of whole cells (or of whole genes) to `sums` (n_codes, n_genes).

    `codes` (n_cells,) is each cell's row of `sums`, -1 for cells left out. False when a cell or a
    gene lies outside.
    """
    first, indptr, indices, data = block
    n_major, minor_size = indptr.shape[0] - 1, sums.shape[1] if by_cells else codes.shape[0]
    major_size = codes.shape[0] if by_cells else sums.shape[1]
    if first < 0 or first + n_major > major_size or not all_below(indices, minor_size):
        return False
    for i in range(n_major):
        begin, end = np.uint64(indptr[i]), np.uint64(indptr[i + 1])
        if not by_cells:
            for k in range(begin, end):
                code = codes[np.uint32(indices[k])]
                if code >= 0:
                    sums[code, first + i] += data[k]
        elif codes[first + i] >= 0:
            group = sums[codes[first + i]]
            for k in range(begin, end):
                group[np.uint32(indices[k])] += data[k]
    return True
