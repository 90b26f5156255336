"""Columns of days: days since infusion, or dates beside a column with the infusion's date."""

import math
import re
from collections.abc import Mapping, Sequence

from features.table.text_tables.dates import days_between, is_day_first, is_serial, parse_date
from features.table.text_tables.days import FIRST_DAY, LAST_DAY, parse_day
from features.table.text_tables.findings import Findings
from features.table.text_tables.missing_values import is_missing
from features.table.text_tables.number_cells import (
    AmbiguousNumber,
    Decimals,
    decimals_of,
    parse_number,
)
from features.table.text_tables.spelling import letters
from features.table.text_tables.text_table import TextTable

INFUSION_DATE = "infusion_date"
# Words in a column of days for an event that did not happen.
DID_NOT_HAPPEN = frozenset(("no", "never", "nein", "alive", "notreached", "noevent"))
_MONTHS = re.compile(r"(?:m|mo|month|months|monat)\d+|\d+(?:m|mo|mos|month|months|monate?)")


def infusion_dates(table: TextTable, patients: Sequence[str], findings: Findings) -> dict[str, str]:
    """Each patient's infusion date as text; one that differs between lines is a fault."""
    dates: dict[str, str] = {}
    for line, patient, cell in zip(table.lines, patients, table.column(INFUSION_DATE), strict=True):
        if is_missing(cell):
            continue
        if dates.setdefault(patient, cell.strip()) != cell.strip():
            findings.fault(
                line,
                f"{INFUSION_DATE} must be the same on each line of a patient, but it differs; "
                "correct it",
            )
    return dates


def read_days(
    table: TextTable,
    name: str,
    patients: Sequence[str],
    *,
    infusions: Mapping[str, str],
    findings: Findings,
) -> list[int | None]:
    """Whole days since infusion, None where the cell is missing or a fault.

    A date counts from the patient's infusion. A date without one, an Excel serial number, months
    and words ("baseline") are faults that say the way out.
    """
    cells = table.column(name)
    day_first = is_day_first([*cells, *infusions.values()])
    days: list[int | None] = []
    for line, patient, cell in zip(table.lines, patients, cells, strict=True):
        if is_missing(cell):
            days.append(None)
            continue
        day = day_of(cell, infusions.get(patient), day_first)
        if day is None:
            findings.fault(line, day_fault(name, cell, infusions.get(patient), day_first))
        days.append(day)
    return days


def day_of(cell: str, infusion: str | None, day_first: bool | None) -> int | None:
    """The day that a cell means: a day as such, else a date counted from the infusion's.

    >>> day_of("D28", None, None), day_of("2024-01-31", "2024-01-03", None)
    (28, 28)
    """
    day = parse_day(cell)
    if day is None and infusion is not None:
        day = days_between(infusion, cell, day_first)
    return day if day is not None and FIRST_DAY <= day <= LAST_DAY else None


def day_fault(name: str, cell: str, infusion: str | None, day_first: bool | None) -> str:
    """Why a cell is no day, and the way out; without the cell's content.

    >>> day_fault("day", "2024-01-31", None, None)
    'day is a date, but infusion_date, from which days count, is missing; add it as a column'
    """
    is_date = parse_date(cell, day_first if day_first is not None else True) is not None
    if is_serial(cell) and (infusion is None or not is_serial(infusion)):
        return (
            f"{name} looks like a date as Excel stores it (a serial number); format the cells as "
            f"dates and add {INFUSION_DATE}, or count days from the infusion (day 0)"
        )
    if is_date and infusion is None:
        return (
            f"{name} is a date, but {INFUSION_DATE}, from which days count, is missing; add it as "
            "a column"
        )
    if is_date:
        return (
            f"{name} and {INFUSION_DATE} must be dates in one order of day and month, at most 30 "
            "years apart, but they are not; write them as 2024-01-31"
        )
    if _MONTHS.fullmatch(letters(cell)):
        return f"{name} is in months; count days from the infusion (day 0)"
    return (
        f"{name} must be a whole number of days since infusion between {FIRST_DAY} and {LAST_DAY}, "
        "but it is not; count from the infusion (day 0)"
    )


def read_event_days(
    table: TextTable,
    name: str,
    patients: Sequence[str],
    *,
    infusions: Mapping[str, str],
    findings: Findings,
) -> list[float]:
    """Days that may be fractions of a day; NaN where the event did not happen ("no") or is missing.

    Forms and faults are those of `read_days`.
    """
    cells = table.column(name)
    day_first = is_day_first([*cells, *infusions.values()])
    decimals = decimals_of(cells, table.decimals)
    days: list[float] = []
    for line, patient, cell in zip(table.lines, patients, cells, strict=True):
        day: float | None = math.nan
        if not (is_missing(cell) or letters(cell) in DID_NOT_HAPPEN):
            infusion = infusions.get(patient)
            day = _event_day(cell, infusion, day_first, decimals)
            if day is None:
                rule = day_fault(name, cell, infusion, day_first)
                findings.fault(line, rule.replace("whole number", "number"))
        days.append(math.nan if day is None else day)
    return days


def _event_day(
    cell: str, infusion: str | None, day_first: bool | None, decimals: Decimals
) -> float | None:
    try:
        number = parse_number(cell, decimals)
    except AmbiguousNumber:
        return None
    if number and not number.unit and not number.bound and FIRST_DAY <= number.value <= LAST_DAY:
        return float(number.value)
    day = day_of(cell, infusion, day_first)
    return None if day is None else float(day)
