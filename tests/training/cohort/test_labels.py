"""Labels of patients at risk within a horizon after the landmark."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.errors import InputError
from models.endpoints import ENDPOINTS, Endpoint
from tests.training.cohort.cohort_by_hand import outcomes_of, samples_of
from training.cohort.at_risk import patients_at_risk
from training.cohort.labels import is_followed_through, label, labels


def test_labels_by_hand() -> None:
    """The window is (landmark, landmark + horizon]; other events first and later events are 0."""
    outcomes = outcomes_of(
        last_day={"relapse_day": "208"}, next_day={"relapse_day": "209"},
        infection={"death_day": "100", "death_cause": "infection"},
        other={"death_day": "100", "death_cause": "other"}, lost={"followup_day": "207"},
        followed={"followup_day": "208"},
    )  # fmt: skip
    samples = samples_of(*[(p, 20) for p in outcomes.patients])
    relapse = label(patients_at_risk(outcomes, samples, 28), "relapse", 180)
    np.testing.assert_array_equal(relapse.y, [1, 0, 0, 0, np.nan, 0])
    infection = label(patients_at_risk(outcomes, samples, 28), "fatal_infection", 180)
    np.testing.assert_array_equal(infection.y, [0, 0, 1, 0, np.nan, 0])
    assert (relapse.n_events, relapse.n_nonevents, relapse.at_risk_at_end) == (1, 4, 2)


def test_whoever_is_followed_through_has_a_label_and_no_event() -> None:
    """A censored patient's label is known exactly from the last day of the horizon on."""
    time, code = np.repeat([179.0, 180.0, 181.0], 2), np.tile([0, 1], 3)
    free = is_followed_through(time, code, 180)
    assert free.tolist() == [False, False, True, False, True, True]
    np.testing.assert_array_equal(labels(time, code, 1, 180), [np.nan, 1, 0, 1, 0, 0])


def test_transplant_rules_answer_different_questions() -> None:
    """Ignored sees the relapse after transplant, competing does not, censoring does not know."""
    outcomes = outcomes_of(
        a={"relapse_day": "120", "transplant_day": "80"}, b={},
        c={"relapse_day": "60", "transplant_day": "60"}, d={"transplant_day": "20"},
    )  # fmt: skip
    samples = samples_of(*[(p, 20) for p in "abcd"])
    y = {r: label(patients_at_risk(outcomes, samples, 28, r), "relapse", 180).y
         for r in ("ignored", "competing", "censoring")}  # fmt: skip
    np.testing.assert_array_equal(y["ignored"], [1, 0, 1, 0])
    np.testing.assert_array_equal(y["competing"], [0, 0, 1])
    np.testing.assert_array_equal(y["censoring"], [np.nan, 0, 1])


def test_bad_questions_are_refused() -> None:
    """Unknown endpoint, horizon of 0."""
    outcomes, samples = outcomes_of(a={}), samples_of(("a", 20))
    with pytest.raises(InputError, match="above 0; got 0"):
        label(patients_at_risk(outcomes, samples, 28), "relapse", 0)
    with pytest.raises(InputError, match="A standard endpoint is one of"):
        label(patients_at_risk(outcomes, samples, 28), "death", 90)


def test_a_union_of_events_is_labelled_as_either() -> None:
    """Death without relapse: infection and other death count, a relapse before them competes."""
    outcomes = outcomes_of(
        infection={"death_day": "100", "death_cause": "infection"},
        other={"death_day": "100", "death_cause": "other"},
        relapsed={"relapse_day": "90", "death_day": "100", "death_cause": "relapse"}, free={},
    )  # fmt: skip
    at_risk = patients_at_risk(outcomes, samples_of(*[(p, 20) for p in outcomes.patients]), 28)
    death = Endpoint("death", "death", "deaths", ("fatal_infection", "other_death"))
    labelled = label(at_risk, death, 180)
    np.testing.assert_array_equal(labelled.y, [1, 1, 0, 0])
    assert labelled.endpoint == "death" and labelled.n_events == 2


@given(
    st.lists(st.tuples(st.integers(1, 400), st.integers(0, 3)), min_size=1, max_size=30),
    st.integers(1, 399),
)
def test_labels_only_grow_with_the_horizon(events: list[tuple[int, int]], horizon: int) -> None:
    """A longer window keeps every event, and no patient has two endpoints that exclude another."""
    time = np.array([float(t) for t, _ in events])
    code = np.array([c for _, c in events])
    for cause in (endpoint.event_codes for endpoint in ENDPOINTS.values()):
        short, long = (labels(time, code, cause, h) for h in (horizon, horizon + 1))
        assert np.all(long[short == 1] == 1)
        assert np.all(np.isnan(long[np.isnan(short)]))
    both = labels(time, code, 1, horizon) + labels(time, code, 2, horizon)
    assert np.nanmax(np.append(both, 0)) <= 1
