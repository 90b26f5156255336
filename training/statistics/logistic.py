"""Logistic regression of a few parameters by Newton steps, one weight and one offset per row."""

import numpy as np

from features.arrays import Floats

STEPS, TOLERANCE, LARGEST = 50, 1e-10, 30.0


def sigmoid(x: Floats) -> Floats:
    """1 / (1 + e^-x), safe far out.

    >>> sigmoid(np.array([0.0, 1000.0]))
    array([0.5, 1. ])
    """
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * x)), dtype=np.float64)


def logit(p: Floats) -> Floats:
    """ln(p / (1 - p)); p is kept 1e-12 away from 0 and 1."""
    p = np.clip(p, 1e-12, 1 - 1e-12)
    return np.asarray(np.log(p) - np.log1p(-p), dtype=np.float64)


def fit_logistic(
    X: Floats, y: Floats, weight: Floats, offset: Floats | None = None
) -> Floats | None:
    """Unpenalised maximum likelihood, X (n, p) with its own column of ones, y in {0, 1}.

    Returns coefficients (p,), or None when they do not exist: one class only, a column without
    spread, or classes that a line separates. Damped Newton; 2-3 parameters are its use here.

    >>> X = np.column_stack([np.ones(4), [0., 0., 1., 1.]])
    >>> fit_logistic(X, np.array([0., 1., 0., 1.]), np.ones(4)).round(6) + 0.0
    array([0., 0.])
    """
    use = (weight > 0) & ~np.isnan(y)
    X, y, weight = X[use], y[use], weight[use]
    base = np.zeros(len(y)) if offset is None else offset[use]
    if len(y) == 0 or y.min() == y.max() or np.linalg.matrix_rank(X) < X.shape[1]:
        return None
    beta = np.zeros(X.shape[1])
    value = _log_likelihood(X, y, weight, base, beta)
    for _ in range(STEPS):
        p = sigmoid(X @ beta + base)
        gradient = X.T @ (weight * (y - p))
        information = (X * (weight * p * (1 - p))[:, None]).T @ X
        if np.linalg.cond(information) > 1e12:
            return None
        step = np.asarray(np.linalg.solve(information, gradient), dtype=np.float64)
        beta, value, gain = _damped(X, y, weight, base, beta, step, value)
        if np.abs(beta).max() > LARGEST * (1 + np.abs(base).max()):
            return None
        if gain < TOLERANCE * (1 + abs(value)):
            return beta
    return None


def _damped(
    X: Floats, y: Floats, weight: Floats, base: Floats, beta: Floats, step: Floats, value: float
) -> tuple[Floats, float, float]:
    """Halve the step until the likelihood does not fall."""
    for _ in range(30):
        new = _log_likelihood(X, y, weight, base, beta + step)
        if new >= value:
            return beta + step, new, new - value
        step = step / 2
    return beta, value, 0.0


def _log_likelihood(X: Floats, y: Floats, weight: Floats, base: Floats, beta: Floats) -> float:
    eta = X @ beta + base
    return float(np.sum(weight * (y * eta - np.logaddexp(0.0, eta))))
