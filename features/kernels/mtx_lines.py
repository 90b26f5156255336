"""Parse the lines of a MatrixMarket file, three whole numbers each: a compiled loop."""

import numba
from numba import types

from features.arrays import Bytes, Ints32

NOT_A_COUNT, NOT_A_LINE = 0, 1

_LINES = types.int64(
    types.Array(types.uint8, 1, "C", readonly=True), *(types.int32[::1],) * 3
)  # fmt: skip


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
def parse_entries(
    text: Bytes,
    genes: Ints32,
    cells: Ints32,
    counts: Ints32,
) -> int:
    """Parse lines "gene cell count", numbered from 1 in the file and from 0 in the result.

    Returns the number of entries; when line i is wrong, -(2 i + problem) - 1, where problem is
    NOT_A_COUNT for a value that is no whole number, NOT_A_LINE for anything else. "3.00" counts as
    a whole number.
    """
    at, n = 0, 0
    while at < text.size:
        if text[at] == 10 or text[at] == 13:
            at += 1
            continue
        gene, at = _number(text, at)
        cell, at = _number(text, at)
        if gene < 1 or cell < 1:
            return -(2 * n + 1) - 1
        count, at = _number(text, at)
        if at < text.size and text[at] == 46:
            at += 1
            while at < text.size and text[at] == 48:
                at += 1
        if count < 0 or (at < text.size and text[at] > 32):
            return -(2 * n) - 1
        while at < text.size and text[at] <= 32 and text[at] != 10:
            at += 1
        if at < text.size and text[at] != 10:
            return -(2 * n + 1) - 1
        genes[n], cells[n], counts[n] = gene - 1, cell - 1, count
        n += 1
    return n
