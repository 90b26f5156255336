"""Checks of outcomes: days that contradict each other, or that mean something else than days."""

import numpy as np
import pandas as pd

from features.arrays import Bools, Floats
from features.table.text_tables.findings import Findings
from features.table.text_tables.number_cells import AmbiguousNumber, parse_number
from features.table.text_tables.text_table import TextTable

EVENTS = ("relapse_day", "death_day", "transplant_day")
RESPONSE_DAY = 28.0
REMISSION = ("CR", "CRi")
# In days, a cohort whose median follow-up ends before the landmark, and none of whose patients is
# followed over the shortest horizon (day 28 + 90), has hardly anybody to learn from. In months
# such numbers are usual: the trials' median follow-up is 5 to 27 months.
MONTHS_MEDIAN, MONTHS_MOST, MONTHS_PATIENTS = 28.0, 118.0, 5


def check_course(table: TextTable, frame: pd.DataFrame, findings: Findings) -> None:
    """Add a fault for each line whose days contradict each other or cannot be days."""
    # A line with a cell that could not be read has its fault already.
    is_readable = ~np.isin(np.array(table.lines), [line for line, _ in findings.faults])
    days = {name: frame[name].to_numpy(float) for name in ("followup_day", *EVENTS)}
    _check_order(table, days, is_readable, findings)
    _check_flags(table, days, findings)
    _check_months(table, days["followup_day"], findings)
    is_dead = ~np.isnan(days["death_day"])
    has_cause = np.array([value is not None for value in frame["death_cause"]], dtype=bool)
    _fault(table, (has_cause != is_dead) & is_readable, findings,
           "death_day and death_cause go together: give both or none")  # fmt: skip
    in_remission = np.isin(frame["response_day28"].to_numpy(object), REMISSION)
    relapse = days["relapse_day"]
    is_early = (relapse > 0) & (relapse < RESPONSE_DAY) & (not _are_flags(relapse))
    _fault(table, in_remission & is_early, findings,
           "relapse_day is before day 28, on which response_day28 is a remission; correct one of "
           "them (were days counted from the infusion, or in months?)")  # fmt: skip


def _check_order(
    table: TextTable, days: dict[str, Floats], is_readable: Bools, findings: Findings
) -> None:
    end = days["followup_day"]
    _fault(table, np.isnan(end) & is_readable, findings,
           "followup_day is missing; give the last day of contact")  # fmt: skip
    for name in days:
        _fault(table, days[name] < 0, findings, f"{name} is before the infusion (day 0)")
    for name in EVENTS:
        _fault(table, days[name] > end, findings,
               f"{name} is after followup_day; follow-up must reach every event")  # fmt: skip
    _fault(table, days["relapse_day"] > days["death_day"], findings,
           "relapse_day is after death_day; correct one of them")  # fmt: skip


def _check_flags(table: TextTable, days: dict[str, Floats], findings: Findings) -> None:
    """0 and 1 in a column of days are no and yes."""
    for name in EVENTS:
        if _are_flags(days[name]):
            findings.fault(
                0,
                f"{name} holds only 0 and 1, which look like no and yes; give the day since "
                "infusion, and leave it empty where the event did not happen",
            )
        else:
            _fault(table, days[name] == 0, findings,
                   f"{name} 0 is the day of the infusion; leave it empty where the event did not "
                   "happen")  # fmt: skip


def _are_flags(days: Floats) -> bool:
    """Whether nothing but 0 and 1 is there, and a 1."""
    days_stated = days[~np.isnan(days)]
    return bool(np.isin(days_stated, (0, 1)).all() and (days_stated == 1).any())


def _check_months(table: TextTable, end: Floats, findings: Findings) -> None:
    end = end[~np.isnan(end)]
    is_short = (
        end.size >= MONTHS_PATIENTS and np.median(end) < MONTHS_MEDIAN and end.max() <= MONTHS_MOST
    )
    if is_short and all(map(_is_bare, table.column("followup_day"))):
        findings.fault(
            0,
            "followup_day looks like months: half of the patients would be followed for under 28 "
            "days, and none beyond day 118; count days from the infusion, and if they are days, "
            "write them as D20",
        )


def _is_bare(cell: str) -> bool:
    """Whether a cell holds a number and nothing else, or nothing."""
    try:
        number = parse_number(cell)
    except AmbiguousNumber:
        return False
    return not cell or (number is not None and not number.unit)


def _fault(table: TextTable, is_wrong: Bools, findings: Findings, rule: str) -> None:
    lines = [line for line, wrong in zip(table.lines, is_wrong, strict=True) if wrong]
    findings.fault_lines(lines, rule)
