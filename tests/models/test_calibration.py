"""Affine calibration against a general optimiser."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from models.calibration import SLOPE_PENALTY, affine_calibration


def draw(n: int, slope: float, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Logits whose outcomes follow them with some slope, and uneven weights."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0.5, 1.5, n)
    y = (rng.random(n) < 1 / (1 + np.exp(0.3 - slope * logits))).astype(float)
    y[:2] = [0, 1]
    return logits, y, rng.uniform(0.5, 3, n)


def directly(logits: np.ndarray, y: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """The penalised likelihood as written, by scipy's bounded optimiser."""

    def loss(theta: np.ndarray) -> float:
        eta = theta[0] + theta[1] * logits
        likelihood = weight @ (y * eta - np.logaddexp(0, eta))
        return -likelihood + SLOPE_PENALTY * (theta[1] - 1) ** 2 / 2

    start, bounds = np.array([0.0, 1.0]), [(None, None), (0, None)]
    return minimize(loss, start, bounds=bounds, method="L-BFGS-B", tol=1e-14).x


@pytest.mark.parametrize("slope", [-1.0, 0.0, 0.3, 1.0, 3.0])
def test_maximises_the_penalised_likelihood(slope: float) -> None:
    """Intercept and slope are those of a general optimiser, also at the bound."""
    data = draw(60, slope, seed=int(slope * 10) + 20)
    np.testing.assert_allclose(affine_calibration(*data), directly(*data), atol=2e-4)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.floats(-3, 3))
def test_risks_are_never_turned_round(seed: int, slope: float) -> None:
    """The slope is at least 0, and the mean risk equals the weighted prevalence."""
    logits, y, weight = draw(25, slope, seed)
    a, b = affine_calibration(logits, y, weight)
    assert b >= 0
    risk = 1 / (1 + np.exp(-a - b * logits))
    assert np.average(risk, weights=weight) == pytest.approx(
        np.average(y, weights=weight), abs=1e-8
    )


def test_little_data_leaves_the_model_as_it_is() -> None:
    """Four patients move the slope less from 1 than four hundred of the same kind."""
    logits, y = np.array([-1.0, 1.0, -1.0, 1.0]), np.array([0, 0, 1, 1.0])
    few = affine_calibration(logits, y, np.ones(4))[1]
    many = affine_calibration(np.tile(logits, 100), np.tile(y, 100), np.ones(400))[1]
    assert 1 > few > 0.5 > many
