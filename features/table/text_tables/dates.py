"""Dates in a table: days since the infusion from two dates, Excel serial numbers recognised."""

import re
from collections.abc import Iterable
from datetime import date

from features.table.text_tables.spelling import plain_text

_TIME = r"(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?"
_YEAR_FIRST = re.compile(rf"(\d{{4}})[-/.]?(\d{{1,2}})[-/.]?(\d{{1,2}}){_TIME}")
_YEAR_LAST = re.compile(rf"(\d{{1,2}})([-/.])(\d{{1,2}})\2(\d{{4}}|\d{{2}}){_TIME}")
_WITH_NAME = re.compile(
    r"(?:(\d{1,2})[ .-]*([a-z]{3})[a-z]*|([a-z]{3})[a-z]*[ .-]*(\d{1,2}),?)[ .,-]*(\d{4})"
)
_MONTHS = {
    name: month
    for month, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
        start=1,
    )
}
# Days since 1899-12-30 as Excel stores a date: 2000-01-01 to 2064-04-08.
FIRST_SERIAL, LAST_SERIAL = 36_526, 60_000


def is_serial(text: str) -> bool:
    """Whether a cell looks like a date that Excel wrote as its serial number.

    >>> is_serial("45322"), is_serial("28")
    (True, False)
    """
    plain = re.sub(r"[.,]0*$", "", plain_text(text))
    return plain.isdecimal() and FIRST_SERIAL <= int(plain) <= LAST_SERIAL


def is_day_first(texts: Iterable[str]) -> bool | None:
    """Whether dates such as 31/1/2024 start with the day; None where the table does not show it.

    >>> is_day_first(["1/2/2024", "31/1/2024"]), is_day_first(["1/31/2024"]), is_day_first([])
    (True, False, None)
    """
    pairs = [
        (int(match[1]), int(match[3]))
        for text in texts
        if (match := _YEAR_LAST.fullmatch(plain_text(text))) and match[2] != "."
    ]
    day_first = any(first > 12 for first, _ in pairs)
    month_first = any(second > 12 for _, second in pairs)
    return None if day_first == month_first else day_first


def parse_date(text: str, day_first: bool | None = None) -> date | None:
    """The date in a cell, or None where there is none or the order of day and month is not known.

    The year comes first (ISO 8601), or last with points, which mean day first, or with slashes or
    hyphens, for which `day_first` tells the order; or the month has its English name.

    >>> [str(parse_date(text)) for text in ("2024-01-31", "31.1.2024", "31 Jan 2024", "1/2/2024")]
    ['2024-01-31', '2024-01-31', '2024-01-31', 'None']
    """
    plain = plain_text(text)
    if match := _YEAR_FIRST.fullmatch(plain):
        return _date(*match.groups())
    if match := _YEAR_LAST.fullmatch(plain):
        one, sign, two, year = match.groups()
        order = True if sign == "." else day_first
        if order is None:
            return None
        day, month = (one, two) if order else (two, one)
        return _date(year if len(year) == 4 else f"20{year}", month, day)
    if match := _WITH_NAME.fullmatch(plain.lower()):
        return _date(match[5], _MONTHS.get(match[2] or match[3], 0), match[1] or match[4])
    return None


def days_between(infusion: str, draw: str, day_first: bool | None = None) -> int | None:
    """Days from the infusion to another date; two serial numbers of Excel count as dates.

    One serial number beside a date does not: Excel counts from 1900 or from 1904.

    >>> days_between("2024-01-03", "2024-01-31"), days_between("45294", "45322")
    (28, 28)
    """
    if is_serial(infusion) and is_serial(draw):
        return int(float(draw.replace(",", "."))) - int(float(infusion.replace(",", ".")))
    start, end = parse_date(infusion, day_first), parse_date(draw, day_first)
    return None if start is None or end is None else (end - start).days


def _date(year: str | int, month: str | int, day: str | int) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
