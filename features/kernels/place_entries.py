"""Entries of a sparse matrix in any order, placed into their rows: a compiled loop."""

import numba
from numba import types

from features.arrays import Ints, Ints32

_SIGNATURE = types.void(*(types.int32[::1],) * 3, types.int64[::1], *(types.int32[::1],) * 2)


@numba.njit(_SIGNATURE, cache=True, nogil=True)  # type: ignore[untyped-decorator, unused-ignore]  # numba has no types
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
