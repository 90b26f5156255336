"""Counts in text against Python's exact decimals."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.kernels.mtx_lines import (
    FRACTION,
    MORE_NUMBERS,
    N_PROBLEMS,
    NO_NUMBER,
    NOT_A_COUNT,
    NOT_A_LINE,
    count_at,
    parse_entries,
    parse_values,
)

MAX_INT32 = 2**31 - 1


def naive_count(text: str) -> int:
    """The whole number that the text writes, by exact decimals; FRACTION for another number."""
    value = Decimal(text)
    whole = value == value.to_integral_value() and 0 <= value <= MAX_INT32
    return int(value) if whole else FRACTION


@given(
    st.integers(0, 3 * 10**9),
    st.text("0123456789", max_size=20),
    st.one_of(st.none(), st.integers(-25, 12)),
)
def test_numbers_equal_exact_decimals(whole: int, fraction: str, exponent: int | None) -> None:
    """Any digits, fraction and exponent."""
    text = f"{whole}.{fraction}" if fraction else str(whole)
    text += "" if exponent is None else f"e{exponent:+d}"
    count, end = count_at(np.frombuffer(text.encode(), np.uint8), 0)
    assert (count, end) == (naive_count(text), len(text))


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("1.3E1", 13), ("1e+00", 1), ("3.0", 3), ("5.", 5), (".5", FRACTION), ("0.000", 0),
        ("1.0000000000000000e+00", 1), ("2147483647", MAX_INT32), ("2147483648", FRACTION),
        ("13e-1", FRACTION), ("130e-1", 13), ("e5", NO_NUMBER), (".", NO_NUMBER),
        ("-1", NO_NUMBER), ("NA", NO_NUMBER), ("0e9999999", 0),
    ],
)  # fmt: skip
def test_what_programs_write(text: str, count: int) -> None:
    """scipy, R, Julia, and what is no number."""
    assert count_at(np.frombuffer(text.encode(), np.uint8), 0)[0] == count
    if count >= 0:
        assert Decimal(text) == count


def parse(text: str) -> tuple[int, np.ndarray]:
    """Result of `parse_entries` and the entries."""
    entries = np.zeros((3, text.count("\n") + 1), np.int32)
    n = parse_entries(np.frombuffer(text.encode(), np.uint8), *entries)
    return n, entries[:, : max(n, 0)]


def test_lines_of_entries() -> None:
    """Numbered from 0, blanks, tabs and line ends as they come."""
    n, entries = parse("1 2 3\n 4\t5  6.0 \r\n\n7 8 1E2")
    assert n == 3
    assert entries.tolist() == [[0, 3, 6], [1, 4, 7], [3, 6, 100]]


@pytest.mark.parametrize(
    ("line", "problem"),
    [("1 2 0.5", NOT_A_COUNT), ("1 2", NOT_A_COUNT), ("1 2 x", NOT_A_COUNT), ("a 2 3", NOT_A_LINE),
     ("0 2 3", NOT_A_LINE), ("1 2 3 4", MORE_NUMBERS), ("1 2 3 4 5", MORE_NUMBERS)],
)  # fmt: skip
def test_a_wrong_line_is_numbered(line: str, problem: int) -> None:
    """The line's number and its problem."""
    n, _ = parse(f"1 1 1\n2 2 2\n{line}\n")
    assert divmod(-n - 1, N_PROBLEMS) == (2, problem)


def test_values_of_a_dense_matrix() -> None:
    """One or several a line; the first that is no count is numbered."""
    counts = np.zeros(9, np.int32)
    assert parse_values(np.frombuffer(b"3\n0 1e1\r\n4.0", np.uint8), counts) == 4
    assert counts[:4].tolist() == [3, 0, 10, 4]
    assert parse_values(np.frombuffer(b"3\n0.5\n1", np.uint8), counts) == -2
