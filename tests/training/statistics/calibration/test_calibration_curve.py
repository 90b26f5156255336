"""Calibration measures against direct logistic regression."""

import numpy as np
from sklearn.linear_model import LogisticRegression

from training.statistics.calibration.calibration_curve import (
    calibration_curve,
    calibration_intercept,
    calibration_slope,
    observed_over_expected,
)
from training.statistics.calibration.logistic import logit, sigmoid


def draw(n: int, stretch: float, shift: float, seed: int = 0):
    """Risks whose log-odds are stretched and shifted from the truth."""
    rng = np.random.default_rng(seed)
    true = rng.normal(-1, 1, n)
    y = (rng.random(n) < sigmoid(true)).astype(float)
    return sigmoid(stretch * true + shift), y, rng.uniform(1, 2, n)


def test_slope_equals_direct_logistic_regression() -> None:
    """The coefficient of scikit-learn's unpenalised regression on the log-odds."""
    risk, y, weight = draw(400, 2.0, 0.3)
    direct = LogisticRegression(C=np.inf, tol=1e-12).fit(logit(risk)[:, None], y, weight)
    np.testing.assert_allclose(calibration_slope(risk, y, weight), direct.coef_[0, 0], rtol=1e-4)


def test_intercept_solves_its_equation() -> None:
    """After the shift, weighted risks add up to weighted events."""
    risk, y, weight = draw(400, 1.0, 0.7)
    shift = calibration_intercept(risk, y, weight)
    calibrated = sigmoid(logit(risk) + shift)
    np.testing.assert_allclose(np.sum(weight * calibrated), np.sum(weight * y), rtol=1e-8)


def test_known_distortions_are_measured() -> None:
    """Risks twice too extreme have slope 1/2; risks shifted up have an intercept below 0."""
    risk, y, weight = draw(40_000, 2.0, 0.0, 1)
    assert abs(calibration_slope(risk, y, weight) - 0.5) < 0.02
    risk, y, weight = draw(40_000, 1.0, 0.5, 2)
    assert abs(calibration_intercept(risk, y, weight) + 0.5) < 0.03
    assert observed_over_expected(risk, y, weight) < 1


def test_undefined_is_nan() -> None:
    """Constant risks have no slope, one class no intercept, no patient no ratio."""
    y, ones = np.array([0.0, 1.0, 0.0]), np.ones(3)
    assert np.isnan(calibration_slope(np.full(3, 0.3), y, ones))
    assert np.isnan(calibration_intercept(np.full(3, 0.3), np.zeros(3), ones))
    assert np.isnan(observed_over_expected(np.full(3, 0.3), np.full(3, np.nan), ones))


def test_the_curve_is_suppressed_under_100_events() -> None:
    """99 events: no curve and a sentence; 100: ten groups that hold all patients."""
    risk, y, weight = draw(400, 1.0, 0.0)
    suppressed = calibration_curve(risk, y, weight, 99)
    assert suppressed["suppressed"]
    assert "99 events, at least 100" in str(suppressed["reason"])
    curve = calibration_curve(risk, y, weight, 100)
    assert not curve["suppressed"]
    groups = curve["groups"]
    assert sum(group["n"] for group in groups) == 400
    assert [g["risk"] for g in groups] == sorted(g["risk"] for g in groups)
