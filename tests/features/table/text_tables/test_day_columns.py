"""Columns of days: numbers, dates beside an infusion date, and the way out of anything else."""

import math

import pytest

from features.table.text_tables.day_columns import infusion_dates, read_days, read_event_days
from features.table.text_tables.findings import Findings
from features.table.text_tables.text_table import TextTable


def table(days: list[str], infusions: list[str] | None = None) -> TextTable:
    """Lines of patients P0, P1 ... with a day and an infusion date."""
    cells = {"day": days} | ({"infusion_date": infusions} if infusions else {})
    return TextTable("t", range(2, 2 + len(days)), cells, {})


def read(days: list[str], infusions: list[str] | None = None) -> tuple[list[int | None], Findings]:
    """The days of one patient."""
    findings, lines = Findings("t"), table(days, infusions)
    patients = ["P"] * len(days)
    dates = infusion_dates(lines, patients, findings)
    return read_days(lines, "day", patients, infusions=dates, findings=findings), findings


@pytest.mark.parametrize(
    ("day", "infusion"),
    [
        ("2024-01-31", "2024-01-03"),
        ("31.01.2024", "3.1.2024"),
        ("31/01/2024", "3/01/2024"),
        ("1/31/2024", "1/3/2024"),
        ("45322", "45294"),
        ("31 Jan 2024", "2024-01-03"),
        ("20240131", "3.1.24"),
        ("D28", "2024-01-03"),
        ("28", ""),
    ],
)
def test_a_date_counts_from_the_infusion(day: str, infusion: str) -> None:
    """In every usual order, as Excel's serial numbers, and days as such."""
    days, findings = read([day], [infusion])
    assert days == [28] and not findings.faults


@pytest.mark.parametrize(
    ("day", "infusion", "way_out"),
    [
        ("2024-01-31", None, "is a date, but infusion_date"),
        ("1/2/2024", None, "is a date"),
        ("45322", None, "as Excel stores it (a serial number); format the cells as dates"),
        ("45322", "2024-01-03", "as Excel stores it"),
        ("1/2/2024", "3/1/2024", "write them as 2024-01-31"),
        ("2084-01-31", "2024-01-03", "at most 30 years apart"),
        ("3 months", None, "is in months"),
        ("M3", None, "is in months"),
        ("baseline", None, "count from the infusion (day 0)"),
        ("baseline", "2024-01-03", "count from the infusion"),
        ("28.5", None, "a whole number of days"),
    ],
)
def test_anything_else_is_a_fault_with_its_way_out(
    day: str, infusion: str | None, way_out: str
) -> None:
    """The rule that was broken and what to do; nothing of the cell."""
    days, findings = read([day], [infusion] if infusion else None)
    ((line, fault),) = findings.faults
    assert days == [None] and line == 2
    assert way_out in fault
    assert day not in fault


def test_a_patient_has_one_infusion_date() -> None:
    """It may stand on one line of the patient; two dates are a fault."""
    assert read(["2024-01-31", "2024-02-01"], ["", "2024-01-03"])[0] == [28, 29]
    _, findings = read(["1", "2"], ["2024-01-03", "2024-01-04"])
    assert "must be the same on each line of a patient" in findings.faults[0][1]


def test_events_may_be_fractions_or_not_happen() -> None:
    """Half days, days in words, "no" and missing; faults as for days."""
    findings, lines = Findings("t"), table(["40.5", "40,5", "D40", "no", "NA", "", "soon"])
    days = read_event_days(lines, "day", ["P"] * 7, infusions={}, findings=findings)
    assert days[:3] == [40.5, 40.5, 40.0]
    assert all(math.isnan(day) for day in days[3:])
    assert [line for line, _ in findings.faults] == [8]
