"""Reasons: Shapley values by enumeration, shap's closed form, sums, and "were it average"."""

from itertools import permutations

import numpy as np
import pytest

from models.hazard_kernel import endpoint_log_odds
from models.reasons import reasons
from tests.models.hazard_models import plain_risks, random_cohort_model, random_model

RELAPSE, INFECTION = np.array([1.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0])
TWO_EVENTS = np.array([0.0, 1.0, 1.0])


def log_odds(intercepts: np.ndarray, predictors: np.ndarray, endpoint: np.ndarray) -> np.ndarray:
    """Log-odds (n, K) of an endpoint's risk, in plain NumPy."""
    risk = plain_risks(intercepts, predictors) @ endpoint
    return np.log(risk) - np.log1p(-risk)


@pytest.mark.parametrize("endpoint", [RELAPSE, INFECTION, TWO_EVENTS])
def test_values_are_near_those_of_every_order(endpoint: np.ndarray) -> None:
    """All 720 orders of six features in plain NumPy: within 0.01 in log-odds."""
    rng = np.random.default_rng(1)
    for _ in range(5):
        model = random_cohort_model(rng, p=6)
        terms = rng.normal(size=6)[:, None] * model.effects
        exact = np.zeros((3, 6))
        for order in permutations(range(6)):
            joined = np.concatenate([np.zeros((1, 3)), np.cumsum(terms[list(order)], axis=0)])
            gains = np.diff(log_odds(model.intercepts, joined, endpoint), axis=0)
            exact[:, list(order)] += gains.T / 720
        ours = reasons(model.intercepts, terms, endpoint).contributions
        assert np.abs(ours - exact).max() < 0.01


@pytest.mark.parametrize("size", [1.0, 10.0])
def test_contributions_add_up_without_a_remainder(size: float) -> None:
    """To 1e-9, in 150 random models, also with predictors far beyond any fit's."""
    rng = np.random.default_rng(2)
    for _ in range(150):
        model = random_model(rng, p=20)
        terms = size * rng.normal(size=20)[:, None] * model.effects
        one = reasons(model.intercepts, terms, TWO_EVENTS)
        odds = np.exp(model.intercepts)
        total = endpoint_log_odds(odds, terms.sum(axis=0), TWO_EVENTS)
        np.testing.assert_allclose(one.baseline + one.contributions.sum(axis=1), total, atol=1e-9)
        if size == 1.0:
            plain = log_odds(model.intercepts, terms.sum(axis=0)[None], TWO_EVENTS)[0]
            np.testing.assert_allclose(total, plain, atol=1e-9)
            average = log_odds(model.intercepts, np.zeros((1, 3)), TWO_EVENTS)[0]
            np.testing.assert_allclose(one.baseline, average, atol=1e-9)


def test_one_event_in_one_interval_is_the_linear_explainer_s_closed_form() -> None:
    """Effect x (value - mean), SHAP of a logistic model in log-odds, to 1e-9."""
    rng = np.random.default_rng(3)
    effects, mean, x = rng.normal(size=20), rng.normal(size=20), rng.normal(size=20)
    terms = (effects * (x - mean))[:, None]
    ours = reasons(np.array([[-1.3]]), terms, np.ones(1))
    np.testing.assert_allclose(ours.contributions[0], effects * (x - mean), rtol=0, atol=1e-9)
    assert ours.baseline[0] == pytest.approx(-1.3, abs=1e-9)


def test_were_it_average_leaves_the_others_as_they_are() -> None:
    """The risk with one term at 0, feature by feature, by plain NumPy."""
    rng = np.random.default_rng(4)
    model = random_model(rng, p=7)
    terms = rng.normal(size=7)[:, None] * model.effects
    ours = reasons(model.intercepts, terms, TWO_EVENTS).risk_if_average
    for j in range(7):
        rest = np.delete(terms, j, axis=0).sum(axis=0)
        expected = plain_risks(model.intercepts, rest[None])[0] @ TWO_EVENTS
        np.testing.assert_allclose(ours[:, j], expected, rtol=1e-9)


def test_a_feature_without_a_part_is_no_reason() -> None:
    """Exactly 0, and the values of the others do not depend on its place."""
    rng = np.random.default_rng(5)
    model = random_model(rng, p=4)
    terms = rng.normal(size=4)[:, None] * model.effects
    terms[2] = 0.0
    one = reasons(model.intercepts, terms, RELAPSE)
    assert (one.contributions[:, 2] == 0).all()
    now = plain_risks(model.intercepts, terms.sum(axis=0)[None])[0] @ RELAPSE
    np.testing.assert_allclose(one.risk_if_average[:, 2], now, rtol=1e-9)


def test_the_same_patient_has_the_same_reasons() -> None:
    """Orders are random but always the same, so that an answer can be repeated."""
    rng = np.random.default_rng(6)
    model = random_model(rng, p=9)
    terms = rng.normal(size=9)[:, None] * model.effects
    one, other = (reasons(model.intercepts, terms, RELAPSE).contributions for _ in range(2))
    np.testing.assert_array_equal(one, other)
