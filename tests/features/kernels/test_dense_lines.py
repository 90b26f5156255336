"""Rows of a dense table against splitting them in Python."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.kernels.dense_lines import BLANKS, NOT_A_COUNT, TOO_FEW, TOO_MANY, parse_rows


def parse(text: str, delimiter: str, n_names: int, width: int) -> tuple[tuple[int, ...], list]:
    """What `parse_rows` returns, and the rows as dense lists."""
    raw = np.frombuffer(text.encode(), np.uint8)
    indices, counts = np.zeros((2, raw.size), np.int32)
    indptr = np.zeros(text.count("\n") + 2, np.int64)
    code = BLANKS if delimiter == " " else ord(delimiter)
    result = parse_rows(raw, code, n_names, width, indices, counts, indptr)
    rows = np.zeros((result[0], width), int)
    for i in range(result[0]):
        rows[i, indices[indptr[i] : indptr[i + 1]]] = counts[indptr[i] : indptr[i + 1]]
    return result, rows.tolist()


@given(
    st.lists(st.lists(st.integers(0, 300), min_size=4, max_size=4), min_size=1, max_size=8),
    st.sampled_from([",", "\t", ";", " "]),
    st.booleans(),
    st.booleans(),
)
def test_rows_equal_their_counts(
    rows: list[list[int]], delimiter: str, quoted: bool, crlf: bool
) -> None:
    """Any counts and delimiter, names quoted or not, either line end."""
    quote, end = '"' if quoted else "", "\r\n" if crlf else "\n"
    text = "".join(
        delimiter.join([f"{quote}gene{i}{quote}", *map(str, row)]) + end
        for i, row in enumerate(rows)
    )
    assert parse(text, delimiter, 1, 4) == ((len(rows), 0, 0), rows)


def test_what_tables_hold() -> None:
    """Delimiters in quoted names, quoted and real numbers, trailing delimiters, empty lines."""
    text = '"HLA-A,B",0,"3",1e1\n\nx, 2.0 ,0,0,\n'
    assert parse(text, ",", 1, 3) == ((2, 0, 0), [[0, 3, 10], [2, 0, 0]])


@pytest.mark.parametrize(
    ("row", "problem"),
    [("g,1,0.5,2", (1, 1, NOT_A_COUNT)), ("g,1,,2", (1, 1, NOT_A_COUNT)),
     ("g,NA,1,2", (1, 0, NOT_A_COUNT)), ("g,1,2 3,4", (1, 1, NOT_A_COUNT)),
     ("g,1,2", (1, 2, TOO_FEW)), ("g,0,0,0,0", (1, 3, TOO_MANY)), ("g,1,2,3,4", (1, 3, TOO_MANY))],
)  # fmt: skip
def test_a_wrong_row_is_numbered(row: str, problem: tuple[int, int, int]) -> None:
    """Row, column and problem."""
    assert parse(f"a,1,2,3\n{row}\n", ",", 1, 3)[0] == problem
