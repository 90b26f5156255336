"""Parse rows of a dense table: names, then a count for each column; compiled loops."""

import numba
from numba import types

from features.arrays import Bytes, Ints, Ints32
from features.kernels.mtx_lines import count_at

BLANKS = 0  # stands for any run of blanks as delimiter
NOT_A_COUNT, TOO_FEW, TOO_MANY = 1, 2, 3
_QUOTE, _NEW_LINE, _RETURN = 34, 10, 13

_TEXT = types.Array(types.uint8, 1, "C", readonly=True)
_ROWS = types.UniTuple(types.int64, 3)(  # type: ignore[no-untyped-call, unused-ignore]  # numba has no types
    _TEXT, *(types.int64,) * 3, *(types.int32[::1],) * 2, types.int64[::1]
)


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator, unused-ignore]  # numba has no types
def _is_delimiter(character: int, delimiter: int) -> bool:
    if delimiter == BLANKS:
        return bool(character == 32 or character == 9)
    return bool(character == delimiter)


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator, unused-ignore]  # numba has no types
def _skip_field(text: Bytes, at: int, delimiter: int) -> int:
    """The position behind a name and the delimiter after it."""
    quoted = False
    while at < text.size and (quoted or text[at] != _NEW_LINE):
        if text[at] == _QUOTE:
            quoted = not quoted
        elif not quoted and _is_delimiter(text[at], delimiter):
            return at + 1
        at += 1
    return at


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator, unused-ignore]  # numba has no types
def _skip_blanks(text: Bytes, at: int, delimiter: int) -> int:
    """The position of the next character that is no blank, quote or carriage return."""
    while at < text.size and (
        text[at] == _QUOTE
        or text[at] == _RETURN
        or text[at] == 32
        or (text[at] == 9 and delimiter != 9)
    ):
        at += 1
    return at


@numba.njit(_ROWS, cache=True, nogil=True)  # type: ignore[untyped-decorator, unused-ignore]  # numba has no types
def parse_rows(
    text: Bytes,
    delimiter: int,
    n_names: int,
    width: int,
    indices: Ints32,
    counts: Ints32,
    indptr: Ints,
) -> tuple[int, int, int]:
    """Parse whole lines of `n_names` names and `width` counts; keep what is not zero.

    Entries of line i go to indptr[i]:indptr[i + 1] of `indices` (columns from 0) and `counts`,
    which must have room for half the bytes of the text; `indptr` for its lines and one more. Empty
    lines are skipped. Returns lines, column and problem: (n, 0, 0) when all is well, else number of
    the line and the column at which the problem is.
    """
    at, line, n = 0, 0, 0
    indptr[0] = 0
    while at < text.size:
        at = _skip_blanks(text, at, delimiter) if n_names == 0 else at
        if at < text.size and (text[at] == _NEW_LINE or text[at] == _RETURN):
            at += 1
            continue
        if at >= text.size:
            break
        for _ in range(n_names):
            at = _skip_field(text, at, delimiter)
        column = 0
        while True:
            # Most counts are a plain 0.
            while at + 1 < text.size and text[at] == 48 and text[at + 1] == delimiter:
                column += 1
                at += 2
            at = _skip_blanks(text, at, delimiter)
            if at >= text.size or text[at] == _NEW_LINE:
                break
            if column >= width:
                return line, column, TOO_MANY
            count, at = count_at(text, at)
            if count < 0:
                return line, column, NOT_A_COUNT
            if count > 0:
                indices[n], counts[n] = column, count
                n += 1
            column += 1
            at = _skip_blanks(text, at, delimiter) if delimiter != BLANKS else at
            if at < text.size and text[at] == _QUOTE:
                at += 1
            if at < text.size and _is_delimiter(text[at], delimiter):
                at += 1
            elif at < text.size and text[at] != _NEW_LINE and text[at] != _RETURN:
                return line, column - 1, NOT_A_COUNT
        if column < width:
            return line, column, TOO_FEW
        indptr[line + 1] = n
        line += 1
        at += 1
    return line, 0, 0
