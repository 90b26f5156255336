"""Who is at risk, which sample counts, and what the label is."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.errors import InputError
from models.endpoints import ENDPOINTS
from training.cohort.labels import at_risk, label, labels, landmark_labels
from training.cohort.outcomes import Outcomes, check_outcomes
from training.cohort.samples import Samples, samples_from

BASE = {
    "followup_day": "400", "relapse_day": "", "death_day": "", "death_cause": "",
    "transplant_day": "", "response_day28": "CR",
}  # fmt: skip


def outcomes_of(**patients: dict[str, str]) -> Outcomes:
    """One row per named patient, event-free for 400 days unless said."""
    return check_outcomes(
        pd.DataFrame([{"patient_id": p, **BASE, **d} for p, d in patients.items()])
    )


def samples_of(*drawn: tuple[str, int], refused: tuple[tuple[str, int], ...] = ()) -> Samples:
    """Samples as (patient, day)."""
    frame = pd.DataFrame(drawn, columns=["patient_id", "day"])
    frame["x"] = np.arange(len(frame), dtype=float)
    out = pd.DataFrame(
        [(f"r{i}", p, d, "too few cells") for i, (p, d) in enumerate(refused)],
        columns=["sample_id", "patient_id", "day", "reason"],
    )
    usable = samples_from(frame)
    return Samples(usable.frame, out, "synthetic", usable.digest, "1")


def test_every_exclusion_is_counted_once_with_its_reason() -> None:
    """Each way to leave is tried by one patient; the flow adds up to all patients."""
    outcomes = outcomes_of(
        kept={}, relapsed={"relapse_day": "20"},
        dead={"death_day": "28", "death_cause": "infection"}, lost={"followup_day": "27"},
        unknown={"response_day28": ""}, partial={"response_day28": "PR"}, refused={}, early={},
        absent={},
    )  # fmt: skip
    drawn = [(p, 21) for p in ("kept", "relapsed", "dead", "lost", "unknown", "partial")]
    cohort = at_risk(
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
    cohort = at_risk(outcomes_of(a={}, b={}), samples, 28)
    assert cohort.row.tolist() == [2, 5]
    used = {s.reason: s.n for s in cohort.sample_flow}
    assert used["drawn after day 28, refused at this landmark"] == 1


def test_samples_after_an_event_are_refused() -> None:
    """A sample drawn after relapse never scores anyone, and is counted."""
    outcomes = outcomes_of(a={"relapse_day": "40"}, b={})
    cohort = at_risk(outcomes, samples_of(("a", 20), ("a", 50), ("b", 50)), 60)
    assert cohort.patient_id.tolist() == ["b"]
    counted = {s.reason: s.n for s in cohort.sample_flow}
    assert counted["drawn after the first event or end of follow-up, refused"] == 1


def test_labels_by_hand() -> None:
    """The window is (landmark, landmark + horizon]; other events first and later events are 0."""
    outcomes = outcomes_of(
        last_day={"relapse_day": "208"}, next_day={"relapse_day": "209"},
        infection={"death_day": "100", "death_cause": "infection"},
        other={"death_day": "100", "death_cause": "other"}, lost={"followup_day": "208"},
        followed={"followup_day": "209"},
    )  # fmt: skip
    samples = samples_of(*[(p, 20) for p in outcomes.patients])
    relapse = landmark_labels(outcomes, samples, 28, 180)
    np.testing.assert_array_equal(relapse.y, [1, 0, 0, 0, np.nan, 0])
    infection = landmark_labels(outcomes, samples, 28, 180, endpoint="fatal_infection")
    np.testing.assert_array_equal(infection.y, [0, 0, 1, 0, np.nan, 0])
    assert (relapse.n_events, relapse.n_nonevents, relapse.at_risk_at_end) == (1, 4, 2)


def test_transplant_rules_answer_different_questions() -> None:
    """Ignored sees the relapse after transplant, competing does not, censoring does not know."""
    outcomes = outcomes_of(
        a={"relapse_day": "120", "transplant_day": "80"}, b={},
        c={"relapse_day": "60", "transplant_day": "60"}, d={"transplant_day": "20"},
    )  # fmt: skip
    samples = samples_of(*[(p, 20) for p in "abcd"])
    y = {r: landmark_labels(outcomes, samples, 28, 180, r).y
         for r in ("ignored", "competing", "censoring")}  # fmt: skip
    np.testing.assert_array_equal(y["ignored"], [1, 0, 1, 0])
    np.testing.assert_array_equal(y["competing"], [0, 0, 1])
    np.testing.assert_array_equal(y["censoring"], [np.nan, 0, 1])


def test_bad_questions_are_refused() -> None:
    """Unknown rule, unknown endpoint, horizon of 0, no patient in common."""
    outcomes, samples = outcomes_of(a={}), samples_of(("a", 20))
    with pytest.raises(InputError, match="one of ignored, competing, censoring; got 'skip'"):
        at_risk(outcomes, samples, 28, "skip")
    with pytest.raises(InputError, match="above 0; got 0"):
        label(at_risk(outcomes, samples, 28), "relapse", 0)
    with pytest.raises(InputError, match="An endpoint is one of"):
        label(at_risk(outcomes, samples, 28), "death", 90)
    with pytest.raises(InputError, match="no patient_id is in both"):
        at_risk(outcomes, samples_of(("z", 20)), 28)


def test_site_of_the_sample_goes_before_site_of_the_patient() -> None:
    """The hospital that drew the sample is where its batch effects come from."""
    outcomes = check_outcomes(pd.DataFrame(
        [{"patient_id": p, **BASE, "site": "home"} for p in "ab"]))  # fmt: skip
    samples = samples_of(("a", 20), ("b", 20))
    samples.frame["site"] = ["lab", None]
    assert at_risk(outcomes, samples, 28).site.tolist() == ["lab", "home"]


@given(
    st.lists(st.tuples(st.integers(1, 400), st.integers(0, 3)), min_size=1, max_size=30),
    st.integers(1, 399),
)
def test_labels_only_grow_with_the_horizon(events: list[tuple[int, int]], horizon: int) -> None:
    """A longer window keeps every event, and endpoints never share a patient."""
    time = np.array([float(t) for t, _ in events])
    code = np.array([c for _, c in events])
    for endpoint in ENDPOINTS.values():
        short, long = (labels(time, code, endpoint.event_code, h) for h in (horizon, horizon + 1))
        assert np.all(long[short == 1] == 1)
        assert np.all(np.isnan(long[np.isnan(short)]))
    both = labels(time, code, 1, horizon) + labels(time, code, 2, horizon)
    assert np.nanmax(np.append(both, 0)) <= 1
