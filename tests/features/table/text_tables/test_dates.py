"""Dates in every usual order, against the calendar."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.table.text_tables.dates import days_between, is_day_first, is_serial, parse_date

DATES = st.dates(date(2001, 1, 1), date(2060, 12, 31))
FORMS = ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%d.%m.%Y", "%d.%m.%y", "%d %b %Y", "%d-%b-%Y",
         "%b %d, %Y", "%d %B %Y", "%Y-%m-%d 00:00:00", "%Y-%m-%dT08:30:00Z")  # fmt: skip


@given(DATES, st.sampled_from(FORMS))
def test_a_formatted_date_is_read_back(day: date, form: str) -> None:
    """ISO, points, compact, with names of months, with a time behind."""
    assert parse_date(day.strftime(form)) == day


@given(DATES, st.sampled_from("/-"))
def test_slashes_need_an_order(day: date, sign: str) -> None:
    """31/1/2024 and 1/31/2024 are read once the table shows which comes first."""
    text = day.strftime(f"%d{sign}%m{sign}%Y")
    assert parse_date(text) is None
    assert parse_date(text, True) == day
    assert parse_date(day.strftime(f"%m{sign}%d{sign}%Y"), False) == day


@given(DATES, st.integers(-400, 3000))
def test_days_between_are_those_of_the_calendar(infusion: date, n: int) -> None:
    """As dates, and as two serial numbers of Excel, which count from 1899-12-30."""
    draw = infusion + timedelta(days=n)
    assert days_between(infusion.isoformat(), draw.isoformat()) == n
    serials = [str((day - date(1899, 12, 30)).days) for day in (infusion, draw)]
    if all(is_serial(serial) for serial in serials):
        assert days_between(*serials) == n


def test_a_serial_beside_a_date_is_no_day() -> None:
    """Excel may count from 1900 or 1904, four years apart."""
    assert days_between("2024-01-03", "45322") is None


def test_the_order_must_not_contradict_itself() -> None:
    """A table with both orders, or none, shows nothing; points always mean day first."""
    assert is_day_first(["31/1/2024", "1/31/2024"]) is None
    assert is_day_first(["1.31.2024"]) is None


@pytest.mark.parametrize("text", ["", "baseline", "2024-13-01", "2024-02-30", "28", "45322", "D28"])
def test_no_date(text: str) -> None:
    """Words, impossible dates and numbers are no dates."""
    assert parse_date(text, True) is None
