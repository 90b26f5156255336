"""Cumulative risks of the compiled kernels: plain NumPy, finite differences, extreme risks."""

import numpy as np

from models.hazard_kernel import (
    add_risk_gradients,
    endpoint_log_odds,
    mean_cumulative_risks,
)
from tests.models.hazard_models import plain_risks, random_model

ENDPOINT = np.array([1.0, 0.0, 1.0])


def test_mean_risks_are_those_of_plain_numpy() -> None:
    """The weighted mean over patients, every interval and class."""
    rng = np.random.default_rng(1)
    model = random_model(rng)
    predictors, weights = rng.normal(size=(40, 3)), rng.dirichlet(np.ones(40))
    expected = np.tensordot(weights, plain_risks(model.intercepts, predictors), axes=1)
    np.testing.assert_allclose(
        mean_cumulative_risks(model.intercepts, predictors, weights), expected, rtol=1e-13
    )


def test_log_odds_of_an_endpoint_of_two_classes() -> None:
    """The logit of the summed mean risks, at half the predictors."""
    rng = np.random.default_rng(2)
    model = random_model(rng)
    predictors, weights = rng.normal(size=(40, 3)), rng.dirichlet(np.ones(40))
    risk = np.tensordot(weights, plain_risks(model.intercepts, predictors / 2), axes=1) @ ENDPOINT
    log_odds = endpoint_log_odds(np.exp(model.intercepts), predictors, 0.5, ENDPOINT, weights)
    np.testing.assert_allclose(log_odds, np.log(risk / (1 - risk)), rtol=1e-12)


def test_log_odds_keep_their_digits_at_certain_risks() -> None:
    """Log-odds of +-700 are exact, and a predictor of 2,000 does not overflow."""
    odds = np.array([[1.0]])
    for size in (60.0, 700.0):
        for sign in (-1.0, 1.0):
            u = np.array([[sign * size]])
            got = endpoint_log_odds(odds, u, 1.0, np.ones(1), np.ones(1))
            np.testing.assert_allclose(got, [sign * size], rtol=1e-12)
    beyond = np.array([[2000.0, -2000.0]])
    risks = mean_cumulative_risks(np.zeros((2, 2)), beyond, np.ones(1))
    np.testing.assert_array_equal(risks, [[1.0, 0.0], [1.0, 0.0]])


def test_gradients_are_the_finite_differences() -> None:
    """Of the endpoint's risk in each predictor, at one and at half the step, to 1e-8."""
    rng = np.random.default_rng(3)
    for _ in range(20):
        model = random_model(rng)
        u, small = rng.normal(size=3), 1e-5
        for step in (1.0, 0.5):
            risk, rest, gradient = np.zeros(3), np.zeros(3), np.empty((3, 3))
            add_risk_gradients(
                np.exp(model.intercepts), u, step, ENDPOINT, 0.7, risk, rest, gradient
            )
            around = step * u + small * np.concatenate([np.eye(3), -np.eye(3)])
            values = plain_risks(model.intercepts, around) @ ENDPOINT
            differences = (values[:3] - values[3:]).T / (2 * small)
            np.testing.assert_allclose(gradient, 0.7 * differences, atol=1e-8)
            np.testing.assert_allclose(risk + rest, 0.7, rtol=1e-13)
