"""Infections: patients who count as infected, as not infected, or are left out."""

from dataclasses import replace

import pandas as pd
import pytest

from tests.training.patients_by_hand import alive, by_hand, outcomes_of
from training.cohort.infections import check_infections, infection_rates
from training.study.clinical_course.infection import infection_claim, infection_tables


@pytest.fixture
def cohort():
    """Infected, infected too late, never and followed, died without, lost early without."""
    outcomes = outcomes_of(
        alive("inf"), alive("late"), alive("never"), ("died", 50, None, 50, "other", None, "CR"),
        alive("lost", 60),
    )  # fmt: skip
    rows = [["inf", "30", "3", "CMV"], ["inf", "31", "1", ""], ["late", "300", "3", "E. coli"],
            ["never", "-3", "2", ""]]  # fmt: skip
    table = check_infections(pd.DataFrame(rows, columns=["patient_id", "day", "grade", "organism"]))
    patients = by_hand({"patient_id": ["inf"], "day": [28]}, outcomes)
    return replace(patients, infections=table)


def test_claim_counts_patients(cohort) -> None:
    """One of four known patients was infected by day 208; the lost one is left out."""
    claim = infection_claim(cohort)
    assert (claim.n, claim.effect) == (4, 0.25)
    assert claim.finding.endswith("by day 208; 1 with shorter follow-up left out")


def test_without_a_file(cohort) -> None:
    """No table of infections: not estimable, no tables."""
    without = replace(cohort, infections=None)
    assert "--infections" in infection_claim(without).reason
    assert infection_tables(without) == ()


def test_severe_infections_alone_say_nothing_of_any(cohort) -> None:
    """A table without a milder infection may be one of severe infections; an empty one is not."""
    severe = cohort.infections[cohort.infections["grade"] >= 3]
    assert "grade 3 or more" in infection_claim(replace(cohort, infections=severe)).reason
    nobody = infection_claim(replace(cohort, infections=severe.iloc[:0]))
    assert (nobody.n, nobody.effect) == (4, 0.0)


def test_tables_are_those_of_infections(cohort) -> None:
    """Rates of any and of severe infections; the patients' table is not for the page."""
    rates, patients = infection_tables(cohort)
    severe = rates.frame[rates.frame["min_grade"] == 3].drop(columns="min_grade")
    expected = infection_rates(cohort.infections, cohort.outcomes, 3)
    pd.testing.assert_frame_equal(severe.reset_index(drop=True), expected)
    assert not patients.on_page and len(patients.frame) == 3
