"""Convert stored counts of any number type to int32, refusing what is not a whole number."""

from typing import Any

import numba
import numpy as np
from numba import types
from numpy.typing import NDArray

from features.arrays import Ints32

MAX_INT32 = 2147483647

# How count files store counts. Inflated bytes are read-only arrays; numba passes writable arrays
# to a signature for read-only ones too.
COUNT_TYPES = ("i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f4", "f8")
_INTEGER_SIGNATURES, _FLOAT_SIGNATURES = (
    [
        types.int64(
            types.Array(numba.from_dtype(np.dtype(name)), 1, "C", readonly=True), types.int32[::1]
        )
        for name in COUNT_TYPES
        if (name[0] == "f") is fractional
    ]
    for fractional in (False, True)
)


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator, unused-ignore]  # numba has no types
def _first_difference(values: NDArray[np.generic], out: Ints32) -> int:
    for i in range(values.shape[0]):
        if out[i] != values[i]:
            return i
    return -1


@numba.njit(_INTEGER_SIGNATURES, cache=True, nogil=True)  # type: ignore[untyped-decorator, unused-ignore]  # numba has no types
def _copy_integers(values: NDArray[np.generic], out: Ints32) -> int:
    bad = False
    for i in range(values.shape[0]):  # no early exit, so that it runs vectorised
        inside = values[i] >= 0 and values[i] <= MAX_INT32
        out[i] = np.int32(values[i]) if inside else np.int32(0)
        bad |= not inside
    return _first_difference(values, out) if bad else -1


@numba.njit(_FLOAT_SIGNATURES, cache=True, nogil=True)  # type: ignore[untyped-decorator, unused-ignore]  # numba has no types
def _copy_floats(values: NDArray[Any], out: Ints32) -> int:
    # Limits and results in the values' own type: numba would widen both sides otherwise.
    low, high = values.dtype.type(0), values.dtype.type(2147483648)
    bad = False
    for i in range(values.shape[0]):
        inside = values[i] >= low and values[i] < high
        out[i] = np.int32(values[i]) if inside else np.int32(0)
        bad |= values.dtype.type(out[i]) != values[i]
    return _first_difference(values, out) if bad else -1


def copy_whole_numbers(values: NDArray[np.generic], out: Ints32) -> int:
    """Copy counts into `out`; return the index of the first that is no count, -1 when all are.

    A count is a whole number in 0..2^31-1; NaN and infinity are none. `values` has one of
    `COUNT_TYPES` and the length of `out`.

    >>> out = np.zeros(3, np.int32)
    >>> copy_whole_numbers(np.array([4.0, 0.5, 2.0]), out)
    1
    """
    return int((_copy_floats if values.dtype.kind == "f" else _copy_integers)(values, out))
