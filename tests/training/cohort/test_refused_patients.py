"""Patients whose sample was refused, found again from the tables."""

import pandas as pd

from tests.training.patients_by_hand import alive, outcomes_of
from training.cohort.refused_patients import refused_patients
from training.cohort.samples import REFUSED_COLUMNS, Samples

OUTCOMES = outcomes_of(
    alive("a"),
    (*("b", 400, 100, None, None, None), "CR"),
    alive("c"),
    alive("d", response="NR"),
    (*("e", 20, None, 20, "other", None), "CR"),
    alive("f"),
    (*("g", 400, 200, None, None, 60), "CR"),
)


def samples() -> Samples:
    """A sample of a; refusals of b, c (who has another sample), d, e, f (too early) and g."""
    frame = pd.DataFrame({"patient_id": ["a", "c"], "day": [25, 27]})
    refused = pd.DataFrame(
        [(f"s{p}", p, day, "under 200 good cells")
         for p, day in (("b", 25), ("c", 20), ("d", 25), ("e", 18), ("f", 5), ("g", 28))],
        columns=list(REFUSED_COLUMNS),
    )  # fmt: skip
    return Samples(frame, refused, "real", "digest", "3")


def test_only_those_otherwise_at_risk_and_without_a_sample() -> None:
    """b relapses, g is transplanted; c has a sample, d no remission, e died, f is early."""
    refused = refused_patients(OUTCOMES, samples(), 28)
    assert refused.patient_id.tolist() == ["b", "g"]
    assert refused.time.tolist() == [72.0, 172.0]
    assert refused.code.tolist() == [1, 1]


def test_transplants_follow_the_rule() -> None:
    """Where transplant competes, g's comes before the relapse."""
    refused = refused_patients(OUTCOMES, samples(), 28, "competing")
    assert refused.time.tolist() == [72.0, 32.0]
    assert refused.code.tolist() == [1, 4]


def test_none_is_an_empty_answer() -> None:
    """At a landmark to which no refusal belongs there is nobody."""
    assert refused_patients(OUTCOMES, samples(), 60).n == 0
