"""Onsets after the landmark: against a patient-by-patient loop over the table of infections."""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from models.endpoints import Endpoint, Onset
from tests.training.cohort.cohort_by_hand import infections_of, outcomes_of, samples_of
from training.cohort.at_risk import AtRisk, patients_at_risk
from training.cohort.onsets import (
    first_onsets,
    interval_codes,
    n_earlier_onsets,
    until_onset,
    without_earlier,
)

SEVERE = Endpoint("severe", "severe", "severe", ("fatal_infection",), Onset(3))
ENDS = np.array([90.0, 180.0, 365.0])
ROWS = st.lists(
    st.tuples(
        st.sampled_from("abcd"), st.integers(-5, 120), st.integers(1, 5),
        st.sampled_from(["CMV", "E. coli", "CMV; Aspergillus", ""]),
    ),
    max_size=12, unique_by=lambda row: (row[0], row[1], row[3]),
)  # fmt: skip


def at_risk() -> AtRisk:
    """Four patients at day 28: relapse, fatal infection and other death on days 60, 100, 150."""
    outcomes = outcomes_of(
        a={"relapse_day": "60"}, b={"death_day": "100", "death_cause": "infection"},
        c={"death_day": "150", "death_cause": "other"}, d={},
    )  # fmt: skip
    return patients_at_risk(outcomes, samples_of(*[(p, 20) for p in "abcd"]), 28)


def of_kind(rows: pd.DataFrame, patient: str, onset: Onset) -> list[float]:
    """Days of one patient's infections of the onset's kind, one row after another."""
    days = []
    for row in rows.itertuples():
        is_viral = row.organism is not None and "CMV" in row.organism
        is_severe = row.patient_id == patient and row.grade >= onset.min_grade
        if is_severe and (onset.group is None or is_viral):
            days.append(row.day)
    return days


@settings(max_examples=60, deadline=None)
@given(ROWS, st.sampled_from([Onset(3), Onset(2, "viral"), Onset(5)]))
def test_onsets_equal_a_loop_over_patients(
    rows: list[tuple[str, float, int, str]], onset: Onset
) -> None:
    """First onset after the landmark, number up to it, and follow-up to the first of all."""
    patients, table = at_risk(), infections_of(*rows)
    first, earlier = first_onsets(table, patients, onset), n_earlier_onsets(table, patients, onset)
    followed = until_onset(patients, table, onset)
    for i, patient in enumerate(patients.patient_id):
        days = of_kind(table, patient, onset)
        later = [day - 28 for day in days if day > 28]
        assert earlier[i] == sum(day <= 28 for day in days)
        np.testing.assert_equal(first[i], min(later, default=np.nan))
        if later and min(later) <= patients.time[i]:
            assert (followed.time[i], followed.code[i]) == (min(later), 5)
        else:
            assert (followed.time[i], followed.code[i]) == (patients.time[i], patients.code[i])


def test_an_infection_on_the_landmark_is_earlier_and_one_on_the_last_day_comes_first() -> None:
    """Day 28 is no onset after day 28; an onset on the day of relapse or death precedes it."""
    patients = at_risk()
    table = infections_of(("a", 60, 3, ""), ("b", 100, 5, ""), ("c", 28, 4, ""), ("d", 29, 2, ""))
    followed = until_onset(patients, table, Onset(3))
    assert followed.code.tolist() == [5, 5, 3, 0]
    assert followed.time.tolist() == [32.0, 72.0, 122.0, 372.0]
    assert n_earlier_onsets(table, patients, Onset(3)).tolist() == [0, 0, 1, 0]


def test_an_onset_counts_as_the_death_that_follows_in_its_interval() -> None:
    """Fatal within the same interval: fatal infection; in a later one, or never: the onset."""
    patients = at_risk()
    for day, code in ((40, 2), (100, 2)):
        table = infections_of(("b", day, 4, ""), ("a", 50, 3, ""), ("c", 140, 3, ""))
        followed = until_onset(patients, table, Onset(3))
        assert interval_codes(patients, followed, SEVERE, ENDS).tolist() == [5, code, 5, 0]
    ends = np.array([40.0, 365.0])  # day 68 after the landmark; the death on day 72 is in the next
    followed = until_onset(patients, infections_of(("b", 60, 4, "")), Onset(3))
    assert interval_codes(patients, followed, SEVERE, ends).tolist() == [1, 5, 3, 0]


def test_those_with_an_earlier_onset_leave_and_the_flow_says_so() -> None:
    """They are one more line before the patients at risk, and all lines still add up."""
    patients = at_risk()
    table = infections_of(("a", 3, 3, ""), ("d", 28, 4, "CMV"), ("c", 9, 2, ""), ("b", 80, 4, ""))
    followed = until_onset(patients, table, Onset(3))
    rest = without_earlier(followed, table, Onset(3))
    assert rest.patient_id.tolist() == ["b", "c"]
    assert rest.time.tolist() == [52.0, 122.0] and rest.code.tolist() == [5, 3]
    steps = [(step.reason, step.n) for step in rest.flow]
    assert steps == [
        ("patients with outcomes", 4),
        ("had such an infection by day 28", 2),
        ("at risk and sampled at day 28", 2),
    ]
    assert [step.n for step in patients.flow] == [4, 4]


def test_a_mixed_infection_is_of_each_of_its_groups() -> None:
    """CMV with Aspergillus is viral and fungal, not bacterial; without an organism it is none."""
    patients = at_risk()
    table = infections_of(("d", 40, 3, "CMV; Aspergillus"), ("c", 40, 3, ""))
    for group, code in (("viral", 5), ("fungal", 5), ("bacterial", 0)):
        assert until_onset(patients, table, Onset(3, group)).code[2:].tolist() == [3, code]
