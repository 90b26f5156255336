"""Logistic regression of a few parameters by Newton's method, with weights and offsets."""

from dataclasses import dataclass

import numpy as np

from features.arrays import Floats

STEPS, TOLERANCE, LARGEST = 50, 1e-10, 30.0
HALVINGS = 30  # of one Newton step


def sigmoid(x: Floats) -> Floats:
    """1 / (1 + e^-x), without overflow.

    >>> sigmoid(np.array([0.0, 1000.0]))
    array([0.5, 1. ])
    """
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * x)), dtype=np.float64)


def logit(p: Floats) -> Floats:
    """ln(p / (1 - p)); p is clipped to at least 1e-12 from 0 and 1."""
    p = np.clip(p, 1e-12, 1 - 1e-12)
    return np.asarray(np.log(p) - np.log1p(-p), dtype=np.float64)


def fit_logistic(
    X: Floats, y: Floats, weight: Floats, offset: Floats | None = None
) -> Floats | None:
    """Unpenalised maximum likelihood, X (n, p) with its own column of ones, y in {0, 1}.

    Returns coefficients (p,), or None when they do not exist: one class only, a column without
    spread, or classes that a line separates. Damped Newton; meant for 2-3 parameters.

    >>> X = np.column_stack([np.ones(4), [0., 0., 1., 1.]])
    >>> fit_logistic(X, np.array([0., 1., 0., 1.]), np.ones(4)).round(6) + 0.0
    array([0., 0.])
    """
    use = (weight > 0) & ~np.isnan(y)
    base = np.zeros(int(use.sum())) if offset is None else offset[use]
    data = _Data(X[use], y[use], weight[use], base)
    if len(data.y) == 0 or data.y.min() == data.y.max() or data.is_collinear():
        return None
    beta = np.zeros(X.shape[1])
    value = data.log_likelihood(beta)
    for _ in range(STEPS):
        step = data.newton_step(beta)
        if step is None:
            return None
        beta, value, gain = _damped_step(data, beta, step, value)
        if np.abs(beta).max() > LARGEST * (1 + np.abs(base).max()):
            return None
        if gain < TOLERANCE * (1 + abs(value)):
            return beta
    return None


@dataclass(frozen=True)
class _Data:
    """Rows with a label and a weight: X (n, p), y, weight and offset (n,)."""

    X: Floats
    y: Floats
    weight: Floats
    offset: Floats

    def is_collinear(self) -> bool:
        return bool(np.linalg.matrix_rank(self.X) < self.X.shape[1])

    def log_likelihood(self, beta: Floats) -> float:
        eta = self.X @ beta + self.offset
        return float(np.sum(self.weight * (self.y * eta - np.logaddexp(0.0, eta))))

    def newton_step(self, beta: Floats) -> Floats | None:
        """Inverse information times gradient; None where the information is singular."""
        p = sigmoid(self.X @ beta + self.offset)
        gradient = self.X.T @ (self.weight * (self.y - p))
        information = (self.X * (self.weight * p * (1 - p))[:, None]).T @ self.X
        if np.linalg.cond(information) > 1e12:
            return None
        return np.asarray(np.linalg.solve(information, gradient), dtype=np.float64)


def _damped_step(
    data: _Data, beta: Floats, step: Floats, value: float
) -> tuple[Floats, float, float]:
    """Halve the step until the likelihood `value` does not fall; also its gain."""
    for _ in range(HALVINGS):
        new = data.log_likelihood(beta + step)
        if new >= value:
            return beta + step, new, new - value
        step = step / 2
    return beta, value, 0.0
