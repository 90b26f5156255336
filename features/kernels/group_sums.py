"""Pseudobulk sums: a compiled loop that adds the counts of a block to the groups of its cells."""

import numba
from numba import types

from features.arrays import Ints
from features.kernels.count_block import COUNT_BLOCK, CountBlock

_ARGUMENTS = types.boolean(COUNT_BLOCK, types.boolean, types.int64[::1], types.int64[:, ::1])


@numba.njit(_ARGUMENTS, cache=True, nogil=True)  # type: ignore[untyped-decorator, unused-ignore]  # numba has no types
def add_to_groups(block: CountBlock, by_cells: bool, codes: Ints, sums: Ints) -> bool:
    """Add a block of whole cells (or of whole genes) to `sums` (n_codes, n_genes).

    `codes` (n_cells,) is each cell's row of `sums`, -1 for cells left out. False when a cell or a
    gene lies outside.
    """
    first, indptr, indices, data = block
    n_cells, n_genes = codes.shape[0], sums.shape[1]
    for i in range(indptr.shape[0] - 1):
        for k in range(indptr[i], indptr[i + 1]):
            cell, gene = (first + i, indices[k]) if by_cells else (indices[k], first + i)
            if not (0 <= cell < n_cells and 0 <= gene < n_genes):
                return False
            if codes[cell] >= 0:
                sums[codes[cell], gene] += data[k]
    return True
