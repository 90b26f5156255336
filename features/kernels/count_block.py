"""A block of a sparse count matrix in compressed form (CSR or CSC), for the compiled loops."""

from typing import NamedTuple

from numba import types

from features.arrays import Ints, Ints32


class CountBlock(NamedTuple):
    """Whole cells (or whole genes): entries indptr[i]:indptr[i + 1] belong to number first + i."""

    first: int
    indptr: Ints
    indices: Ints32
    data: Ints32


_FIELDS = (types.int64, types.int64[::1], types.int32[::1], types.int32[::1])
COUNT_BLOCK = types.NamedTuple(_FIELDS, CountBlock)  # type: ignore[no-untyped-call, unused-ignore]  # numba has no types
