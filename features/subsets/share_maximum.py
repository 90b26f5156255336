"""Shares with the greatest likelihood, by Newton steps under the bounds, and where they are.

The log likelihood of a mixture with fixed components is concave in the shares, so that its maximum
is unique (Kim et al., J Comput Graph Stat 2020).
"""

from typing import NamedTuple

import numpy as np

from features.arrays import Floats
from features.subsets.share_kernel import score_and_curvature

MAX_STEPS = 100
MOST_GAIN = 1e-3  # of the log likelihood over all cells, at which the search ends
MAX_NEWTON_SCORE = 10.0  # greatest score from which Newton steps are taken
LEAST_SHARE = 1e-4  # by which a component at 0 is brought back
RIDGE = 1e-9  # keeps the curvature invertible where two components look alike


def bounded_step(curvature: Floats, target: Floats) -> Floats:
    """Non-negative v that solves curvature v = target, 0 in components that turn negative."""
    v, active = np.zeros(target.size), np.ones(target.size, bool)
    while active.any():
        part = curvature[np.ix_(active, active)] + RIDGE * np.eye(int(active.sum()))
        solution = np.linalg.solve(part, target[active])
        v[:] = 0.0
        v[active] = solution
        if (solution >= 0).all():
            break
        active[np.argmin(v)] = False
    return v


class ShareFit(NamedTuple):
    """Shares (components,) with their mean log likelihood, its gradient `score` and `curvature`.

    The curvature, shape (components, components), is minus the second derivative.
    """

    shares: Floats
    value: float
    score: Floats
    curvature: Floats


def _fit_at(densities: Floats, shares: Floats) -> ShareFit:
    n_components = densities.shape[1]
    score, curvature = np.empty(n_components), np.empty((n_components, n_components))
    value = score_and_curvature(densities, shares, score, curvature)
    return ShareFit(shares, value, score, curvature)


def _newton(densities: Floats, fit: ShareFit) -> ShareFit | None:
    """The fit after a Newton step, shortened until the likelihood gains; None if it never does."""
    target = bounded_step(fit.curvature, 2 * fit.score - 1)
    for length in (1.0, 0.3, 0.1):
        shares = fit.shares + length * (target / target.sum() - fit.shares)
        better = _fit_at(densities, shares)
        if better.value > fit.value:
            return better
    return None


def _expectation_maximisation(densities: Floats, fit: ShareFit) -> ShareFit:
    """The fit after a step that also brings back components at 0."""
    shares = np.maximum(fit.shares, LEAST_SHARE)
    at_least = _fit_at(densities, shares / shares.sum())
    return _fit_at(densities, at_least.shares * at_least.score)


def maximum_likelihood(densities: Floats) -> Floats:
    """Shares with the greatest likelihood, shape (components,), from likelihoods (n, components).

    At these shares no gain of the log likelihood over 0.001 is left: it is at most
    n (greatest score - 1).

    >>> cells = np.array([[1.0, 0.01], [1.0, 0.01], [0.01, 1.0], [1.0, 0.01]])
    >>> maximum_likelihood(cells).round(3)
    array([0.755, 0.245])
    """
    return fit_shares(densities).shares


def fit_shares(densities: Floats) -> ShareFit:
    """The fit at the shares with the greatest likelihood, from likelihoods (n, components)."""
    n, n_components = densities.shape
    fit = _fit_at(densities, np.full(n_components, 1 / n_components))
    for _ in range(MAX_STEPS):
        if n * (fit.score.max() - 1) < MOST_GAIN:
            break
        # Far from the maximum Newton steps drop components that a few cells need.
        is_near = fit.score.max() < MAX_NEWTON_SCORE
        better = _newton(densities, fit) if is_near else None
        fit = better or _expectation_maximisation(densities, fit)
    return fit
