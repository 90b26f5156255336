"""Cumulative risks of competing hazards: coherence, anchoring, and a slow obvious version."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.arrays import Floats
from features.errors import InputError
from models.accumulated_risk import anchored_intercepts, cumulative_risks, event_free, hazards


def slow_risk(intercepts: Floats, predictor: Floats) -> Floats:
    """Interval by interval, event by event, for one patient."""
    free, reached, rows = 1.0, np.zeros(intercepts.shape[1]), []
    for row in intercepts:
        odds = [np.exp(a + u) for a, u in zip(row, predictor, strict=True)]
        shares = np.array([x / (1 + sum(odds)) for x in odds])
        reached = reached + free * shares
        free *= 1 - shares.sum()
        rows.append(reached)
    return np.array(rows)


def test_risks_are_those_added_up_by_hand() -> None:
    """Three intervals and three events against plain loops."""
    rng = np.random.default_rng(1)
    intercepts, predictors = rng.normal(-2, 1, (3, 3)), rng.normal(size=(20, 3))
    expected = np.array([slow_risk(intercepts, u) for u in predictors])
    np.testing.assert_allclose(cumulative_risks(intercepts, predictors), expected, rtol=1e-12)


def test_no_risk_falls_and_none_adds_up_to_more_than_one() -> None:
    """100,000 patients with effects far beyond any fit's."""
    rng = np.random.default_rng(2)
    risks = cumulative_risks(rng.normal(-1, 2, (4, 3)), 5 * rng.normal(size=(100_000, 3)))
    assert (np.diff(risks, axis=1) >= 0).all()
    assert risks[:, -1].sum(axis=1).max() <= 1 + 1e-12


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 4), st.integers(1, 4))
def test_free_of_events_and_risks_share_all_patients(seed: int, k: int, c: int) -> None:
    """What is left event-free and the risks add up to 1."""
    rng = np.random.default_rng(seed)
    intercepts, predictors = rng.normal(-1, 2, (k, c)), rng.normal(0, 3, (5, c))
    h = hazards(intercepts, predictors)
    left_free = event_free(h)[:, -1] * (1 - h[:, -1].sum(axis=1))
    total = cumulative_risks(intercepts, predictors)[:, -1].sum(axis=1)
    np.testing.assert_allclose(total + left_free, 1.0, rtol=1e-12)


def test_anchored_risks_have_the_observed_incidence_and_keep_the_order_of_patients() -> None:
    """Weighted mean to 1e-6 at each horizon; an event never seen has no risk."""
    rng = np.random.default_rng(3)
    predictors, weight = rng.normal(size=(200, 3)), rng.uniform(0.5, 2, 200)
    incidence = np.array([[0.1, 0.02, 0.0], [0.25, 0.05, 0.01], [0.4, 0.05, 0.03]])
    start = rng.normal(-3, 1, (3, 3))
    risks = cumulative_risks(anchored_intercepts(start, predictors, incidence, weight), predictors)
    mean = np.average(risks, axis=0, weights=weight)
    np.testing.assert_allclose(mean, incidence, atol=1e-9)
    assert (risks[:, 0, 2] < 1e-9).all()


def test_an_incidence_that_falls_is_refused() -> None:
    """And one of all events together above 1."""
    for incidence in ([[0.2], [0.1]], [[0.5], [1.0]]):
        with pytest.raises(InputError, match="never falls"):
            anchored_intercepts(np.zeros((2, 1)), np.zeros((1, 1)), np.array(incidence))
