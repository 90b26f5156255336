"""Batched Newton ridge against scikit-learn, one fit at a time."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from models.ridge import TABLE_COLUMNS, column_spread, fit_stack


def one_by_one(
    X: np.ndarray, y: np.ndarray, weight: np.ndarray, penalty: float
) -> tuple[float, np.ndarray]:
    """Standardise, fit, and put the coefficients back on the features' scale."""
    inside = weight > 0
    scaler = StandardScaler().fit(X[inside], sample_weight=weight[inside])
    model = LogisticRegression(C=1 / penalty, tol=1e-12, max_iter=10_000)
    model.fit(scaler.transform(X[inside]), y[inside], sample_weight=weight[inside])
    coef = model.coef_[0] / scaler.scale_
    return model.intercept_[0] - coef @ scaler.mean_, coef


@pytest.mark.parametrize("columns", [1, 6, TABLE_COLUMNS + 4])
def test_equals_scikit_learn(columns: int) -> None:
    """Every fold and penalty agrees with scikit-learn's logistic regression on scaled columns."""
    rng = np.random.default_rng(columns)
    X = rng.normal(size=(90, columns)) * rng.uniform(0.1, 20, columns) + 3
    y = (rng.random(90) < 1 / (1 + np.exp(-X[:, 0] + X[:, 0].mean()))).astype(float)
    weights = rng.uniform(0.5, 2, (3, 90)) * (rng.random((3, 90)) < 0.8)
    penalties = np.array([100.0, 1.0])
    ours = fit_stack(np.broadcast_to(X, (3, 90, columns)), y, weights, penalties)
    for fold in range(3):
        for place, penalty in enumerate(penalties):
            intercept, coef = one_by_one(X, y, weights[fold], penalty)
            assert ours[fold, place, 0] == pytest.approx(intercept, abs=2e-5)
            np.testing.assert_allclose(ours[fold, place, 1:], coef, atol=2e-6)


def test_gradient_is_zero() -> None:
    """At the answer the penalised likelihood is flat, far beyond scikit-learn's tolerance."""
    rng = np.random.default_rng(3)
    X, y = rng.normal(size=(60, 4)), (rng.random(60) < 0.4).astype(float)
    weight = rng.uniform(0.5, 2, 60)
    beta = fit_stack(X[None], y, weight[None], np.array([2.0]))[0, 0]
    _, scale = column_spread(X[None], weight[None])
    residual = weight * (y - 1 / (1 + np.exp(-beta[0] - X @ beta[1:])))
    np.testing.assert_allclose(X.T @ residual, 2.0 * scale[0] ** 2 * beta[1:], atol=1e-9)
    assert residual.sum() == pytest.approx(0, abs=1e-9)


def test_constant_column_gets_nothing() -> None:
    """A column without spread in a fold gets coefficient 0 there and only there."""
    rng = np.random.default_rng(4)
    X, y = rng.normal(size=(40, 2)), np.arange(40) % 2.0
    X[:20, 1] = 5.0
    weights = np.stack([np.repeat([1.0, 0.0], 20), np.ones(40)])
    ours = fit_stack(np.broadcast_to(X, (2, 40, 2)), y, weights, np.array([1.0]))
    assert ours[0, 0, 2] == 0.0
    assert ours[1, 0, 2] != 0.0


def test_separable_outcomes_stay_finite() -> None:
    """Where plain logistic regression diverges, the penalty gives a finite answer."""
    X = np.array([-2.0, -1.0, 1.0, 2.0])[None, :, None]
    ours = fit_stack(X, np.array([0, 0, 1, 1.0]), np.ones((1, 4)), np.array([0.01]))
    assert np.isfinite(ours).all()
    assert ours[0, 0, 1] > 1


def test_units_do_not_matter() -> None:
    """Standardising as a penalty: a feature in other units gives the same risks."""
    rng = np.random.default_rng(5)
    X, y = rng.normal(size=(1, 50, 3)), (rng.random(50) < 0.5).astype(float)
    other = X * [1.0, 1000.0, 0.01] + [0.0, 50.0, -3.0]
    one = fit_stack(X, y, np.ones((1, 50)), np.array([3.0]))[0, 0]
    two = fit_stack(other, y, np.ones((1, 50)), np.array([3.0]))[0, 0]
    np.testing.assert_allclose(one[0] + X[0] @ one[1:], two[0] + other[0] @ two[1:], atol=1e-9)


def test_steps_never_overshoot() -> None:
    """Strong effects and weak penalties, where full Newton steps cycle, still converge."""
    for seed in range(60):
        rng = np.random.default_rng(seed)
        X = rng.normal(size=(1, 25, 2)) * 3
        y = (rng.random(25) < 1 / (1 + np.exp(-4 * X[0, :, 0]))).astype(float)
        y[:2] = [0, 1]
        weight = rng.uniform(0.5, 3, (1, 25))
        beta = fit_stack(X, y, weight, np.array([0.01]))[0, 0]
        residual = weight[0] * (y - 1 / (1 + np.exp(-beta[0] - X[0] @ beta[1:])))
        assert abs(residual.sum()) < 1e-7
