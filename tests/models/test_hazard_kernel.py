"""Compiled risks: plain NumPy, coherence over 100,000 patients, extreme predictors."""

import numpy as np

from models.hazard_kernel import (
    endpoint_log_odds,
    endpoint_risks,
    linear_predictors,
    log_odds_without,
    permutation_gains,
)
from tests.models.hazard_models import plain_risks, random_model

TWO_EVENTS = np.array([1.0, 0.0, 1.0])


def test_risks_are_those_of_plain_numpy() -> None:
    """Every member, interval and patient, of an endpoint of two events."""
    rng = np.random.default_rng(1)
    intercepts, predictors = rng.normal(-2, 1, (5, 3, 3)), rng.normal(size=(40, 5, 3))
    ours = endpoint_risks(np.exp(intercepts), predictors, TWO_EVENTS)
    for r in range(5):
        expected = plain_risks(intercepts[r], predictors[:, r]) @ TWO_EVENTS
        np.testing.assert_allclose(ours[:, r], expected, rtol=1e-12)


def test_no_risk_falls_and_exclusive_ones_never_pass_one() -> None:
    """0 of 100,000 patients by model and refits, 3 and 4 intervals, effects far beyond a fit's."""
    rng = np.random.default_rng(2)
    for K, size in ((3, 1.0), (4, 8.0)):
        odds = np.exp(rng.normal(-2, 2, (10, K, 3)))
        predictors = size * rng.normal(size=(10_000, 10, 3))
        risks = np.stack([endpoint_risks(odds, predictors, one) for one in np.eye(3)])
        assert (np.diff(risks, axis=3) < 0).sum() == 0
        assert (risks.sum(axis=0) > 1 + 1e-12).sum() == 0


def test_log_odds_are_those_of_the_risk() -> None:
    """The logit of the summed risks of plain NumPy."""
    rng = np.random.default_rng(3)
    model, u = random_model(rng), rng.normal(size=3)
    risk = plain_risks(model.intercepts, u[None])[0] @ TWO_EVENTS
    log_odds = endpoint_log_odds(np.exp(model.intercepts), u, TWO_EVENTS)
    np.testing.assert_allclose(log_odds, np.log(risk / (1 - risk)), rtol=1e-12)


def test_log_odds_keep_their_digits_at_certain_risks() -> None:
    """Log-odds of +-700 are exact, and a predictor of 2,000 does not overflow."""
    for size in (60.0, 700.0):
        for sign in (-1.0, 1.0):
            ours = endpoint_log_odds(np.ones((1, 1)), np.array([sign * size]), np.ones(1))
            np.testing.assert_allclose(ours, [sign * size], rtol=1e-12)
    beyond = np.array([[[2000.0, -2000.0]]])
    for endpoint, risk in (([1.0, 0.0], 1.0), ([0.0, 1.0], 0.0)):
        risks = endpoint_risks(np.ones((1, 2, 2)), beyond, np.array(endpoint))
        np.testing.assert_array_equal(risks, [[[risk, risk]]])


def test_predictors_are_bounded_scaled_and_summed() -> None:
    """Two members with their own limits against NumPy, at three times."""
    rng = np.random.default_rng(4)
    X, t = 3 * rng.normal(size=(3, 4)), np.array([0.0, 0.7, 2.0])
    low, high = -rng.random((2, 4)), rng.random((2, 4))
    centre, spread = rng.normal(size=(2, 4)), rng.uniform(0.5, 2, (2, 4))
    effects, drift = rng.normal(size=(2, 4, 3)), rng.normal(size=(2, 4, 3))
    time_terms = rng.normal(size=(2, 2, 3))
    ours = linear_predictors(X, t, low, high, centre, spread, effects, drift, time_terms)
    for r in range(2):
        z = (np.clip(X, low[r], high[r]) - centre[r]) / spread[r]
        in_time = np.column_stack([t, t**2]) @ time_terms[r]
        expected = z @ effects[r] + t[:, None] * (z @ drift[r]) + in_time
        np.testing.assert_allclose(ours[:, r], expected, rtol=1e-12, atol=1e-12)


def test_gains_of_one_order_are_those_of_walking_it_both_ways() -> None:
    """By hand for two features: the mean of joining first and joining last."""
    rng = np.random.default_rng(5)
    odds, terms = np.exp(rng.normal(-2, 1, (3, 3))), rng.normal(size=(2, 3))
    ours = permutation_gains(odds, terms, TWO_EVENTS, np.array([[0, 1]]))
    none, first, second, both = (
        endpoint_log_odds(odds, u, TWO_EVENTS)
        for u in (np.zeros(3), terms[0], terms[1], terms.sum(axis=0))
    )
    np.testing.assert_allclose(ours[:, 0], (first - none + both - second) / 2, atol=1e-12)
    np.testing.assert_allclose(ours[:, 1], (second - none + both - first) / 2, atol=1e-12)
    without = log_odds_without(odds, terms, TWO_EVENTS)
    np.testing.assert_allclose(without, np.column_stack([second, first]), atol=1e-12)
