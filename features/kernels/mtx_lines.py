"""Parse the numbers of a MatrixMarket file: lines of three, or one value a line; compiled loops."""

import numba
from numba import types

from features.arrays import Bytes, Ints32

NOT_A_COUNT, NOT_A_LINE, MORE_NUMBERS = 0, 1, 2
N_PROBLEMS = 3
FRACTION, NO_NUMBER = -1, -2  # what `count_at` returns for a value that is no count
MAX_INT32 = 2147483647
# Digits of a number that fit int64 with room for one more; no count has as many.
_MOST = 100_000_000_000_000_000

_TEXT = types.Array(types.uint8, 1, "C", readonly=True)
_LINES = types.int64(_TEXT, *(types.int32[::1],) * 3)
_VALUES = types.int64(_TEXT, types.int32[::1])


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator, unused-ignore]  # numba has no types
def _decimal_at(text: Bytes, at: int, mantissa: int, digits: int) -> tuple[int, int]:
    """The rest of a number from its point or exponent on: "3.0", "1.3E1", "1.00e+00"."""
    power, zeros, too_long = 0, 0, False
    if text[at] == 46:
        at += 1
        while at < text.size and 48 <= text[at] <= 57:
            digits += 1
            zeros += 1
            if text[at] != 48:  # zeros count only when another digit follows them
                for _ in range(zeros):
                    too_long |= mantissa > _MOST
                    mantissa = mantissa if too_long else 10 * mantissa
                mantissa += text[at] - 48
                power -= zeros
                zeros = 0
            at += 1
    if digits > 0 and at + 1 < text.size and text[at] | 32 == 101:
        negative = text[at + 1] == 45
        at += 2 if negative or text[at + 1] == 43 else 1
        exponent, first = 0, at
        while at < text.size and 48 <= text[at] <= 57 and exponent < 10_000:
            exponent = 10 * exponent + (text[at] - 48)
            at += 1
        if at == first:
            return NO_NUMBER, at
        power += -exponent if negative else exponent
    if digits == 0:
        return NO_NUMBER, at
    while power > 0 and 0 < mantissa <= MAX_INT32:
        mantissa *= 10
        power -= 1
    while power < 0 and mantissa != 0 and mantissa % 10 == 0:
        mantissa //= 10
        power += 1
    is_count = not too_long and mantissa <= MAX_INT32 and (power >= 0 or mantissa == 0)
    return (mantissa if is_count else FRACTION), at


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator, unused-ignore]  # numba has no types
def count_at(text: Bytes, at: int) -> tuple[int, int]:
    """The count that starts at `at`, and the position behind it.

    A whole number may be written as R, scipy and Julia write it: 13, 13.0, 1.3E1, 1.3e+01. FRACTION
    stands for a number that is no count, NO_NUMBER for anything else.
    """
    first, value = at, 0
    while at < text.size and 48 <= text[at] <= 57 and value < _MOST:
        value = 10 * value + (text[at] - 48)
        at += 1
    if at < text.size and (text[at] == 46 or text[at] | 32 == 101):
        return _decimal_at(text, at, value, at - first)
    if at == first:
        return NO_NUMBER, at
    return (value if value <= MAX_INT32 else FRACTION), at


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator, unused-ignore]  # numba has no types
def _number(text: Bytes, at: int) -> tuple[int, int]:
    """The whole number at `at` after blanks, and the position behind it; -1 without a number."""
    while at < text.size and (text[at] == 32 or text[at] == 9):
        at += 1
    begin, value = at, 0
    while at < text.size and 48 <= text[at] <= 57 and value < 1_000_000_000:
        value = 10 * value + (text[at] - 48)
        at += 1
    return (value if at > begin else -1), at


@numba.njit(_LINES, cache=True, nogil=True)  # type: ignore[untyped-decorator, unused-ignore]  # numba has no types
def parse_entries(text: Bytes, rows: Ints32, columns: Ints32, counts: Ints32) -> int:
    """Parse lines "row column count", numbered from 1 in the file and from 0 in the result.

    Returns the number of entries; when line i is wrong, -(3 i + problem) - 1, where problem is
    NOT_A_COUNT for a value that is no whole number, MORE_NUMBERS for a line with more than three,
    NOT_A_LINE for anything else.
    """
    at, n = 0, 0
    while at < text.size:
        if text[at] == 10 or text[at] == 13:
            at += 1
            continue
        row, at = _number(text, at)
        column, at = _number(text, at)
        if row < 1 or column < 1:
            return -(N_PROBLEMS * n + NOT_A_LINE) - 1
        while at < text.size and (text[at] == 32 or text[at] == 9):
            at += 1
        count, at = count_at(text, at)
        if count < 0 or (at < text.size and text[at] > 32):
            return -(N_PROBLEMS * n + NOT_A_COUNT) - 1
        while at < text.size and text[at] <= 32 and text[at] != 10:
            at += 1
        if at < text.size and text[at] != 10:
            return -(N_PROBLEMS * n + MORE_NUMBERS) - 1
        rows[n], columns[n], counts[n] = row - 1, column - 1, count
        n += 1
    return n


@numba.njit(_VALUES, cache=True, nogil=True)  # type: ignore[untyped-decorator, unused-ignore]  # numba has no types
def parse_values(text: Bytes, counts: Ints32) -> int:
    """Parse counts between blanks and line ends, as a dense MatrixMarket file holds them.

    Returns their number; -(i + 1) when value i is no count. `counts` must have room for half the
    bytes of the text.
    """
    at, n = 0, 0
    while at < text.size:
        if text[at] <= 32:
            at += 1
            continue
        count, at = count_at(text, at)
        if count < 0 or (at < text.size and text[at] > 32):
            return -(n + 1)
        counts[n] = count
        n += 1
    return n
