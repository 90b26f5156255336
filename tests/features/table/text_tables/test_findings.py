"""Faults and notes, told once with their lines."""

import pytest

from features.errors import InputError
from features.table.text_tables.findings import MOST_FAULTS, Findings


def test_one_fault_is_one_sentence() -> None:
    """Its line stands before the rule; without faults nothing is raised."""
    findings = Findings("x.csv")
    findings.raise_faults()
    findings.fault(4, "day is missing")
    with pytest.raises(InputError, match=r"^x\.csv line 4: day is missing\.$"):
        findings.raise_faults()


def test_faults_stand_in_the_order_of_lines_and_share_a_line_by_rule() -> None:
    """The table's own come first; equal rules name at most three lines and count the rest."""
    findings = Findings("x.csv")
    findings.fault_lines(range(9, 3, -1), "b")
    findings.fault(2, "a")
    findings.fault(0, "c")
    with pytest.raises(InputError) as refusal:
        findings.raise_faults()
    assert str(refusal.value).splitlines() == [
        "x.csv has 3 faults:", "  c.", "  line 2: a.", "  line 4, line 5, line 6 and 3 more: b.",
    ]  # fmt: skip


def test_a_long_list_ends() -> None:
    """Twenty faults are shown and the others counted."""
    findings = Findings("x.csv", [(line, f"rule {line}") for line in range(1, 31)])
    with pytest.raises(InputError) as refusal:
        findings.raise_faults()
    lines = str(refusal.value).splitlines()
    assert len(lines) == MOST_FAULTS + 2
    assert lines[0] == "x.csv has 30 faults:" and lines[-1] == "  and 10 more"


def test_notes_are_told_once() -> None:
    """Equal notes of several lines are one sentence."""
    findings, told = Findings("x.csv"), list[str]()
    findings.note(3, "crp is a bound")
    findings.note(2, "crp is a bound")
    findings.tell_notes(told.append)
    assert told == ["x.csv line 2 and line 3: crp is a bound."]
