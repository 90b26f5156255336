"""Numbers as people write them, against numbers written by formatting."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.table.text_tables.number_cells import (
    AmbiguousNumber,
    Decimals,
    decimals_of,
    parse_number,
)

COMMA, POINT = Decimals(",", True), Decimals(".", True)


@given(st.integers(0, 10**9), st.integers(0, 10**5 - 1), st.sampled_from(["", " ", "'", "t"]))
def test_a_formatted_number_is_read_back(whole: int, parts: int, group: str) -> None:
    """Any number, with each decimal sign and separator of thousands, where the table shows it."""
    value = Fraction(whole) + Fraction(parts, 10**5)
    for sign, other, decimals in ((",", ".", COMMA), (".", ",", POINT)):
        separator = other if group == "t" else group
        text = f"{whole:,}".replace(",", separator) + f"{sign}{parts:05d}"
        number = parse_number(text, decimals)
        assert number is not None and number.value == value


@given(st.floats(0, 1e12))
def test_a_number_of_python_keeps_its_bits(value: float) -> None:
    """What float() reads is read to the same float."""
    number = parse_number(repr(value))
    assert number is not None and float(number.value) == value


@pytest.mark.parametrize(
    ("text", "decimals", "value"),
    [("1,500", COMMA, 1.5), ("1,500", POINT, 1500), ("1.500", COMMA, 1500), ("1.500", POINT, 1.5),
     ("1.500", Decimals(), 1.5), ("0,500", Decimals(), 0.5), ("1,2", POINT, 1.2),
     ("12,345,678", Decimals(), 12345678), ("1.234,5", Decimals(), 1234.5)],
)  # fmt: skip
def test_what_the_table_shows_decides(text: str, decimals: Decimals, value: float) -> None:
    """1,500 is 1.5 beside 1,2 and 1500 beside 1.2; other forms speak for themselves."""
    number = parse_number(text, decimals)
    assert number is not None and float(number.value) == value


@pytest.mark.parametrize(
    ("text", "decimals"),
    [("1,500", Decimals()), ("1,500", Decimals("")), ("1.500", Decimals(""))],
)
def test_what_nothing_shows_is_ambiguous(text: str, decimals: Decimals) -> None:
    """A number that may be 1.5 or 1500 is neither."""
    with pytest.raises(AmbiguousNumber):
        parse_number(text, decimals)


def test_a_table_shows_its_decimal_sign() -> None:
    """One number suffices; both signs, or none, show nothing."""
    assert decimals_of(["", "x", "7", "1,500", "1,2"]) == COMMA
    assert decimals_of(["1,234.5"]) == decimals_of(["1,234,567"]) == POINT
    assert decimals_of(["1,2", "1.2"]) == Decimals("")
    assert decimals_of(["1,500", "7"], Decimals("")) == Decimals("")


@pytest.mark.parametrize(
    ("text", "bound", "value", "unit"),
    [
        ("<0.01", "<", 0.01, ""),
        ("< 0,01", "<", 0.01, ""),
        ("\u22640.5", "<", 0.5, ""),
        (">1500", ">", 1500, ""),
        (">= 7", ">", 7, ""),
        ("45 mg/L", "", 45, "mg/L"),
        ("5%", "", 5, "%"),
        ("12.3 H", "", 12.3, ""),
        ("0.4*", "", 0.4, ""),
        ("3 g/L", "", 3, "g/L"),
    ],
)
def test_bounds_units_and_flags_of_laboratories(
    text: str, bound: str, value: float, unit: str
) -> None:
    """A bound keeps its side, a unit is kept apart, a mark for out of range is dropped."""
    number = parse_number(text)
    assert number is not None
    assert (number.bound, float(number.value), number.unit) == (bound, value, unit)


@pytest.mark.parametrize("text", ["", "lots", "1.2.3", "--5", "<<", "inf", "nan", "=7", "1,2,3"])
def test_no_number(text: str) -> None:
    """Words, broken groups and infinity are no numbers."""
    assert parse_number(text) is None
