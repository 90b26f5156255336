"""Undo HDF5's byte shuffle filter, which stores all first bytes, then all second bytes, ..."""

import numba
import numpy as np
from numba import types
from numpy.typing import NDArray

from features.arrays import Bytes, Ints32

_PLANES = types.Array(types.uint8, 1, "C", readonly=True)


@numba.njit(types.void(_PLANES, types.uint32[::1]), cache=True, nogil=True)  # type: ignore[untyped-decorator, unused-ignore]  # numba has no types
def unshuffle4(planes: Bytes, out: NDArray[np.uint32]) -> None:
    """Undo the shuffle of 4-byte items."""
    n = out.shape[0]
    for i in range(n):
        out[i] = (
            np.uint32(planes[i])
            | (np.uint32(planes[n + i]) << np.uint32(8))
            | (np.uint32(planes[2 * n + i]) << np.uint32(16))
            | (np.uint32(planes[3 * n + i]) << np.uint32(24))
        )


@numba.njit(types.void(_PLANES, types.uint64[::1]), cache=True, nogil=True)  # type: ignore[untyped-decorator, unused-ignore]  # numba has no types
def unshuffle8(planes: Bytes, out: NDArray[np.uint64]) -> None:
    """Undo the shuffle of 8-byte items."""
    n = out.shape[0]
    for i in range(n):
        low = (
            np.uint64(planes[i])
            | (np.uint64(planes[n + i]) << np.uint64(8))
            | (np.uint64(planes[2 * n + i]) << np.uint64(16))
            | (np.uint64(planes[3 * n + i]) << np.uint64(24))
        )
        high = (
            np.uint64(planes[4 * n + i])
            | (np.uint64(planes[5 * n + i]) << np.uint64(8))
            | (np.uint64(planes[6 * n + i]) << np.uint64(16))
            | (np.uint64(planes[7 * n + i]) << np.uint64(24))
        )
        out[i] = low | (high << np.uint64(32))


@numba.njit(
    types.boolean(_PLANES, types.int64, types.int64, types.int32[::1]), cache=True, nogil=True
)  # type: ignore[untyped-decorator, unused-ignore]  # numba has no types
def unshuffle_whole_numbers(planes: Bytes, size: int, n: int, out: Ints32) -> bool:
    """Undo the shuffle of `size`-byte whole numbers straight into int32, as far as `out` reaches.

    `n` is the number of items in the chunk. False when one does not fit in 0..2^31-1.
    """
    m = out.shape[0]
    signs, above = np.int32(0), np.uint8(0)
    # Slices, because numba tests a computed index for being negative and then cannot vectorise.
    first, second = planes[:m], planes[n : n + m]
    third, fourth = planes[2 * n : 2 * n + m], planes[3 * n : 3 * n + m]
    for i in range(m):
        out[i] = (
            np.int32(first[i])
            | (np.int32(second[i]) << np.int32(8))
            | (np.int32(third[i]) << np.int32(16))
            | (np.int32(fourth[i]) << np.int32(24))
        )
        signs |= out[i]
    for plane in range(4, size):
        high_bytes = planes[plane * n : plane * n + m]
        for i in range(m):
            above |= high_bytes[i]
    return bool(signs >= 0 and above == 0)
