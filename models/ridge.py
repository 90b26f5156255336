"""Ridge logistic regression for many folds and penalties at once.

At n = 200 a Newton step is a few microseconds of arithmetic, so what costs time is the number of
calls. Here every step is taken for all fits together. Standardising within a fold is the same as
penalising that fold's raw coefficient by its variance, so the design is never rescaled.
"""

import numpy as np

from features.arrays import Floats
from models.log_odds import risk_of

STEPS = 200
TOLERANCE = 1e-7
"""Newton stops when no patient's log-odds moved by more. It squares its error at every step, so
the remaining error is below 1e-12."""
TABLE_COLUMNS = 20
"""Up to this many columns all products of two columns are kept, a third faster; beyond it the table
outgrows the processor's cache."""


def column_spread(design: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Weighted mean and standard deviation of each fold's columns, (F, k) each.

    A constant column has spread 0.
    """
    total = weights.sum(axis=1)[:, None]
    mean = np.einsum("fn,fnk->fk", weights, design) / total
    variance = np.einsum("fn,fnk->fk", weights, (design - mean[:, None, :]) ** 2) / total
    scale = np.sqrt(variance)
    return mean, np.where(scale > 1e-9 * (1.0 + np.abs(mean)), scale, 0.0)


def fit_stack(design: Floats, y: Floats, weights: Floats, penalties: Floats) -> Floats:
    """Coefficients that maximise log-likelihood - penalty/2 x (coefficient per SD)^2.

    The intercept is free. A column that is constant in a fold gets coefficient 0 there.

    design: (F, n, k); y: (n,) of 0 and 1; weights: (F, n), 0 leaves a patient out; penalties:
    (P,), > 0. Returns (F, P, k + 1), intercept first, on the design's own scale.

    >>> design = np.array([[[0.0], [1.0], [2.0], [3.0]]])
    >>> y = np.array([0.0, 1.0, 0.0, 1.0])
    >>> fit_stack(design, y, np.ones((1, 4)), np.array([1.0])).round(4).tolist()
    [[[-0.6082, 0.4055]]]
    """
    mean, scale = column_spread(design, weights)
    inverse = np.divide(1.0, scale, out=np.zeros_like(scale), where=scale > 0)
    centred = (design - mean[:, None, :]) * inverse[:, None, :]
    z = np.concatenate([np.ones((*centred.shape[:2], 1)), centred], axis=2)
    standard = _newton(z, y, weights, penalties)
    coef = standard[:, :, 1:] * inverse[:, None, :]
    intercept = standard[:, :, 0] - np.einsum("fpk,fk->fp", coef, mean)
    return np.concatenate([intercept[:, :, None], coef], axis=2)


def _newton(z: Floats, y: Floats, weights: Floats, penalties: Floats) -> Floats:
    """Newton's method for all (fold, penalty) pairs; z is (F, n, k) with a leading 1."""
    folds, n, k = z.shape
    ridge = np.zeros((len(penalties), k))
    ridge[:, 1:] = penalties[:, None]
    beta = np.zeros((folds, len(penalties), k))
    rate = np.clip((weights * y).sum(axis=1) / weights.sum(axis=1), 1e-6, 1 - 1e-6)
    beta[:, :, 0] = np.log(rate / (1 - rate))[:, None]
    products = None
    if k <= TABLE_COLUMNS:
        products = (z[:, :, :, None] * z[:, :, None, :]).reshape(folds, n, k * k)
    transposed = z.transpose(0, 2, 1)
    eta = beta @ transposed  # (F, P, n)
    for _ in range(STEPS):
        step = _direction(z, products, y, weights, ridge, beta, eta)
        change = step @ transposed
        largest = np.abs(change).max(axis=2, keepdims=True)
        length = safe_length(largest)
        beta += length * step
        eta += length * change
        if largest.max() < TOLERANCE:
            break
    return beta


def safe_length(largest: Floats) -> Floats:
    """How much of a Newton step to take when it moves the log-odds by at most `largest`.

    Full steps can overshoot and cycle. ln(1 + d) / d of it never makes a logistic likelihood
    worse (Sun & Tran-Dinh 2019, Mathematical Programming 178:145, generalised self-concordance);
    below d = 0.5 the full step is safe and quadratic.

    >>> safe_length(np.array([0.1, np.e - 1])).round(3).tolist()
    [1.0, 0.582]
    """
    d = np.maximum(largest, 0.5)
    length: Floats = np.where(largest <= 0.5, 1.0, np.log1p(d) / d)
    return length


def _direction(
    z: Floats,
    products: Floats | None,
    y: Floats,
    weights: Floats,
    ridge: Floats,
    beta: Floats,
    eta: Floats,
) -> Floats:
    """Newton's step of every fit, (F, P, k)."""
    p = risk_of(eta)
    gradient = (weights[:, None, :] * (y - p)) @ z - ridge * beta
    hessian = _curvature(z, products, weights[:, None, :] * p * (1 - p))
    diagonal = np.arange(z.shape[2])
    hessian[:, :, diagonal, diagonal] += ridge + 1e-12
    return np.asarray(np.linalg.solve(hessian, gradient[..., None])[..., 0], dtype=np.float64)


def _curvature(z: Floats, products: Floats | None, mass: Floats) -> Floats:
    """Sum over patients of mass x z z', (F, P, k, k); from the table if there is one."""
    folds, _, k = z.shape
    if products is not None:
        sums: Floats = (mass @ products).reshape(folds, mass.shape[1], k, k)
        return sums
    direct: Floats = (z.transpose(0, 2, 1)[:, None] * mass[:, :, None, :]) @ z[:, None]
    return direct
