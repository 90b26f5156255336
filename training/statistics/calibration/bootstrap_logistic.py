"""Ridge logistic regression of a few terms, fitted to all bootstrap samples at once."""

import numpy as np

from features.arrays import Bools, Floats

STEPS, HALVINGS, TOLERANCE = 40, 12, 1e-10


def fit_samples(
    X: Floats, y: Floats, weight: Floats, *, prior_mean: Floats, precision: Floats
) -> Floats:
    """Coefficients of each bootstrap sample, (B, p), from X (n, p), y (n,), weight (B, n).

    Maximises sum_i w_i log-likelihood - sum_j precision_j (beta_j - prior_mean_j)^2 / 2 for each
    row of weights; `prior_mean`, `precision` (p,). The first column of X is ones with precision 0,
    every other precision is above 0: so the maximum exists where both classes have weight, also
    when a line separates them. NaN where only one class has. Damped Newton, B fits a step.

    >>> X = np.column_stack([np.ones(4), [-1., -1., 1., 1.]])
    >>> fit_samples(X, np.array([0., 1., 0., 1.]), np.ones((1, 4)), prior_mean=np.zeros(2),
    ...             precision=np.array([0.0, 0.25])).round(6).tolist()
    [[0.0, 0.0]]
    """
    total, events = weight.sum(axis=1), weight @ y
    defined = (events > 0) & (events < total)
    beta = np.full((len(weight), X.shape[1]), np.nan)
    if defined.any():
        start = np.zeros((int(defined.sum()), X.shape[1]))
        share = events[defined] / total[defined]
        start[:, 0] = np.log(share) - np.log1p(-share)
        beta[defined] = _newton(X, y, weight[defined], (prior_mean, precision), start)
    return beta


def predict_samples(X: Floats, beta: Floats) -> Floats:
    """Probabilities (B, n) of rows X (n, p) under each sample's coefficients (B, p)."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * (beta @ X.T))), dtype=np.float64)


def _newton(
    X: Floats, y: Floats, weight: Floats, prior: tuple[Floats, Floats], beta: Floats
) -> Floats:
    value = _objective(X, y, weight, prior, beta)
    for _ in range(STEPS):
        step = _step(X, y, weight, prior, beta)
        new, new_value = _damped(X, y, weight, prior, (beta, step, value))
        gain = new_value - value
        beta, value = new, new_value
        if (gain <= TOLERANCE * (1 + np.abs(value))).all():
            break
    return beta


def _step(
    X: Floats, y: Floats, weight: Floats, prior: tuple[Floats, Floats], beta: Floats
) -> Floats:
    """Inverse information times gradient of each sample, (B, p)."""
    mean, precision = prior
    p = predict_samples(X, beta)
    gradient = (weight * (y - p)) @ X - precision * (beta - mean)
    products = X[:, :, None] * X[:, None, :]
    size = X.shape[1]
    information = (weight * p * (1 - p)) @ products.reshape(len(X), size * size)
    information = information.reshape(-1, size, size) + np.diag(precision + 1e-12)
    return np.asarray(np.linalg.solve(information, gradient[:, :, None])[:, :, 0])


def _damped(
    X: Floats,
    y: Floats,
    weight: Floats,
    prior: tuple[Floats, Floats],
    state: tuple[Floats, Floats, Floats],
) -> tuple[Floats, Floats]:
    """Each sample's step, halved until its objective does not fall; it stays where none helps."""
    beta, step, value = state
    new, new_value = beta.copy(), value.copy()
    waiting: Bools = np.ones(len(beta), dtype=bool)
    for k in range(HALVINGS):
        trial = beta[waiting] + step[waiting] / 2**k
        trial_value = _objective(X, y, weight[waiting], prior, trial)
        better = trial_value >= value[waiting]
        rows = np.flatnonzero(waiting)[better]
        new[rows], new_value[rows] = trial[better], trial_value[better]
        waiting[rows] = False
        if not waiting.any():
            break
    return new, new_value


def _objective(
    X: Floats, y: Floats, weight: Floats, prior: tuple[Floats, Floats], beta: Floats
) -> Floats:
    mean, precision = prior
    eta = beta @ X.T
    fit = np.einsum("bi,bi->b", weight, y * eta - np.logaddexp(0.0, eta))
    return np.asarray(fit - ((beta - mean) ** 2 @ precision) / 2, dtype=np.float64)
