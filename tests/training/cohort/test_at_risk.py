"""Who is at risk at a landmark, why the others are not, and which sample counts."""

import numpy as np
import pandas as pd
import pytest

from features.errors import InputError
from tests.training.cohort.cohort_by_hand import BASE, outcomes_of, samples_of
from training.cohort.at_risk import inputs_at_risk, part_of, patients_at_risk
from training.cohort.outcomes import check_outcomes
from training.cohort.samples import REFUSED_COLUMNS, Samples


def test_every_exclusion_is_counted_once_with_its_reason() -> None:
    """Each way to leave is tried by one patient; the flow adds up to all patients."""
    outcomes = outcomes_of(
        kept={}, relapsed={"relapse_day": "28"},
        dead={"death_day": "28", "death_cause": "infection"}, lost={"followup_day": "27"},
        unrecorded={"response_day28": ""}, partial={"response_day28": "PR"}, refused={}, early={},
        absent={},
    )  # fmt: skip
    drawn = [(p, 21) for p in ("kept", "relapsed", "dead", "lost", "unrecorded", "partial")]
    cohort = patients_at_risk(
        outcomes,
        samples_of(*drawn, ("early", 14), ("stranger", 21), refused=(("refused", 25),)),
        28,
    )
    assert [(s.reason, s.n) for s in cohort.flow] == [
        ("patients with outcomes", 9),
        ("relapsed by day 28", 1),
        ("died by day 28", 1),
        ("follow-up ended by day 28", 1),
        ("remission at day 28 not recorded", 1),
        ("not in remission at day 28", 1),
        ("sample refused for its quality", 1),
        ("no sample from day 15 to 28", 1),
        ("no sample at all", 1),
        ("at risk and sampled at day 28", 1),
        ("patients with samples but no outcomes, left out", 1),
    ]
    assert cohort.patient_id.tolist() == ["kept"]
    assert sum(s.n for s in cohort.flow[1:10]) == 9


def test_the_last_sample_of_the_window_is_used() -> None:
    """Later samples are refused, day 14 is too early, day 28 is in time, marrow is not blood."""
    samples = samples_of(("a", 14), ("a", 15), ("a", 27), ("a", 29), ("b", 28), ("b", 20))
    samples.frame["tissue"] = ["PB", "PB", "PB", "PB", "BM", None]
    cohort = patients_at_risk(outcomes_of(a={}, b={}), samples, 28)
    assert cohort.row.tolist() == [2, 5]
    used = {s.reason: s.n for s in cohort.sample_flow}
    assert used["drawn after day 28, refused at this landmark"] == 1


def test_samples_after_an_event_are_refused() -> None:
    """A sample drawn after relapse never scores anyone, and is counted."""
    outcomes = outcomes_of(a={"relapse_day": "40"}, b={})
    cohort = patients_at_risk(outcomes, samples_of(("a", 20), ("a", 50), ("b", 50)), 60)
    assert cohort.patient_id.tolist() == ["b"]
    counted = {s.reason: s.n for s in cohort.sample_flow}
    assert counted["drawn after the first event or end of follow-up, refused"] == 1


def test_site_of_the_sample_goes_before_site_of_the_patient() -> None:
    """The hospital that drew the sample is where its batch effects come from."""
    outcomes = check_outcomes(pd.DataFrame(
        [{"patient_id": p, **BASE, "site": "home"} for p in "ab"]))  # fmt: skip
    samples = samples_of(("a", 20), ("b", 20))
    samples.frame["site"] = ["lab", None]
    assert patients_at_risk(outcomes, samples, 28).site.tolist() == ["lab", "home"]


def test_before_day_28_no_remission_is_asked_for() -> None:
    """At day 7 the response lies in the future: whoever does not respond is at risk like others."""
    outcomes = outcomes_of(
        responder={}, partial={"response_day28": "PR"}, unrecorded={"response_day28": ""},
        dead={"death_day": "7", "death_cause": "infection"},
    )  # fmt: skip
    samples = samples_of(*[(p, day) for day in (5, 20) for p in outcomes.patients])
    cohort = patients_at_risk(outcomes, samples, 7)
    assert cohort.patient_id.tolist() == ["responder", "partial", "unrecorded"]
    assert cohort.row.tolist() == [0, 1, 2]
    assert cohort.time.tolist() == [393.0] * 3
    assert patients_at_risk(outcomes, samples, 28).patient_id.tolist() == ["responder"]


def test_part_of_keeps_rows_together() -> None:
    """Patients, rows, times, codes and sites of the marked patients; the flow as it was."""
    outcomes = outcomes_of(a={}, b={"relapse_day": "60"}, c={"followup_day": "90"})
    everybody = patients_at_risk(outcomes, samples_of(("c", 20), ("b", 20), ("a", 20)), 28)
    part = part_of(everybody, np.array([False, True, True]))
    assert part.patient_id.tolist() == ["b", "c"] and part.row.tolist() == [1, 0]
    assert part.time.tolist() == [32.0, 62.0] and part.code.tolist() == [1, 0]
    assert part.site.tolist() == ["", ""] and part.flow == everybody.flow


def test_bad_readings_are_refused() -> None:
    """Unknown rule, no patient in common."""
    outcomes, samples = outcomes_of(a={}), samples_of(("a", 20))
    with pytest.raises(InputError, match="one of ignored, competing, censoring; got 'skip'"):
        patients_at_risk(outcomes, samples, 28, "skip")
    with pytest.raises(InputError, match="no patient_id is in both"):
        patients_at_risk(outcomes, samples_of(("z", 20)), 28)


def test_inputs_are_those_of_the_sample_used() -> None:
    """One row a patient at risk, in their order, in the order of the names."""
    frame = pd.DataFrame(
        {"patient_id": ["b", "a", "a"], "day": [20, 10, 25], "x": [1.0, 2.0, np.nan], "y": 5.0}
    )
    samples = Samples(frame, pd.DataFrame(columns=list(REFUSED_COLUMNS)), "real", "", "3")
    at_risk = patients_at_risk(outcomes_of(a={}, b={}), samples, 28)
    X = inputs_at_risk(at_risk, samples, ["y", "x"])
    np.testing.assert_array_equal(X, [[5.0, np.nan], [5.0, 1.0]])
