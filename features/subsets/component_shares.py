"""Shares of a mixture's components by maximum likelihood, with the components held fixed.

Cells of component c show gene set s as a negative binomial of mean depth x rate; sets are
independent given the component. Only the shares pi are estimated:

    L(pi) = sum over cells of log sum_c pi_c f_c(cell),   pi_c >= 0, sum pi = 1

which is concave, so that its maximum is unique and dropout is accounted for: a cell without a
transcript counts for each component by how likely that is at its depth. The maximum is found by
Newton steps under the bounds (Kim et al., J Comput Graph Stat 2020).
"""

import math
from dataclasses import dataclass

import numpy as np

from features.arrays import Floats, Ints32
from features.subsets.component_likelihoods import CellLikelihoods, cell_likelihoods
from features.subsets.component_rates import ComponentRates
from features.subsets.share_kernel import (
    score_and_curvature,
    score_rate_derivative,
)

MAX_STEPS = 100
MOST_GAIN = 1e-3  # of the log likelihood over all cells, at which the search ends
NEAR = 10.0  # greatest score from which Newton steps are taken
LEAST_SHARE = 1e-4  # by which a component at 0 is brought back
RIDGE = 1e-9


@dataclass(frozen=True)
class Shares:
    """Shares of the components, and the covariance of their errors.

    The covariance has the sampling of cells and the spread of rates between laboratories.
    """

    components: tuple[str, ...]
    values: Floats
    covariance: Floats

    def sum(self, *components: str) -> float:
        """Share of several components together."""
        return float(self.weights(*components) @ self.values)

    def weights(self, *components: str) -> Floats:
        """One for these components, else 0, shape (components,)."""
        return np.array([float(name in components) for name in self.components])

    def se(self, gradient: Floats) -> float:
        """Standard error of a function of the shares with this gradient, to first order."""
        return math.sqrt(max(float(gradient @ self.covariance @ gradient), 0.0))


def _bounded_step(curvature: Floats, target: Floats) -> Floats:
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


class _Fit:
    """Shares with their mean log likelihood, its gradient and minus its second derivative."""

    def __init__(self, densities: Floats, shares: Floats) -> None:
        n_components = densities.shape[1]
        self.shares, self.score = shares, np.empty(n_components)
        self.curvature = np.empty((n_components, n_components))
        self.value = score_and_curvature(densities, shares, self.score, self.curvature)


def _newton(densities: Floats, fit: _Fit) -> _Fit | None:
    """The fit after a Newton step, shortened until the likelihood gains; None if it never does."""
    target = _bounded_step(fit.curvature, 2 * fit.score - 1)
    for length in (1.0, 0.3, 0.1):
        shares = fit.shares + length * (target / target.sum() - fit.shares)
        better = _Fit(densities, shares)
        if better.value > fit.value:
            return better
    return None


def _expectation_maximisation(densities: Floats, fit: _Fit) -> _Fit:
    """The fit after a step that also brings back components at 0."""
    shares = np.maximum(fit.shares, LEAST_SHARE)
    at_least = _Fit(densities, shares / shares.sum())
    return _Fit(densities, at_least.shares * at_least.score)


def maximum_likelihood(densities: Floats) -> Floats:
    """Shares with the greatest likelihood, shape (components,), from likelihoods (n, components).

    At these shares no gain of the log likelihood over 0.001 is left: it is at most
    n (greatest score - 1).

    >>> cells = np.array([[1.0, 0.01], [1.0, 0.01], [0.01, 1.0], [1.0, 0.01]])
    >>> maximum_likelihood(cells).round(3)
    array([0.755, 0.245])
    """
    return _maximum(densities).shares


def _maximum(densities: Floats) -> _Fit:
    n, n_components = densities.shape
    fit = _Fit(densities, np.full(n_components, 1 / n_components))
    for _ in range(MAX_STEPS):
        if n * (fit.score.max() - 1) < MOST_GAIN:
            break
        # Far from the maximum Newton steps drop components that a few cells need.
        is_near = fit.score.max() < NEAR
        better = _newton(densities, fit) if is_near else None
        fit = better or _expectation_maximisation(densities, fit)
    return fit


def _constrained_inverse(curvature: Floats) -> Floats:
    """Inverse of the curvature along directions that keep the sum of shares."""
    inverse = np.linalg.inv(curvature + RIDGE * np.eye(curvature.shape[0]))
    sums = inverse.sum(axis=1)
    return np.asarray(inverse - np.outer(sums, sums) / sums.sum())


def _change(fit: _Fit, change_of_score: Floats) -> Floats:
    """Change of the shares with the score: half of that between both signs, within bounds."""
    up, down = (
        _bounded_step(fit.curvature, 2 * fit.score - 1 + sign * change_of_score)
        for sign in (1.0, -1.0)
    )
    return np.asarray(up / up.sum() - down / down.sum()) / 2


def _sampling_covariance(fit: _Fit, n: int) -> Floats:
    """Inverse of the curvature along shares that sum to 1.

    A component at 0 that the cells speak against, so that the likelihood falls by a factor e before
    the share reaches its error, has that share, 1 / (n (1 - score)), as its error: the others lose
    in proportion.
    """
    inverse = _constrained_inverse(fit.curvature) / n
    fall = 1 / (n * np.maximum(1 - fit.score, 1e-12))
    is_absent = (fit.shares == 0) & (fall < np.sqrt(np.diag(inverse)))
    present = np.ix_(~is_absent, ~is_absent)
    covariance = np.zeros_like(inverse)
    covariance[present] = _constrained_inverse(fit.curvature[present]) / n
    for component in np.flatnonzero(is_absent):
        change = fall[component] * (np.eye(fall.size)[component] - fit.shares)
        covariance += np.outer(change, change)
    return covariance


def _rate_covariance(cells: CellLikelihoods, fit: _Fit, log_sds: Floats) -> Floats:
    """Errors of the shares through the spread of each gene set's rates, to first order."""
    derivative = np.empty(cells.sizes.shape)
    score_rate_derivative(*cells, fit.shares, derivative)
    changes = [_change(fit, row * sd) for row, sd in zip(derivative, log_sds, strict=True)]
    return np.asarray(np.sum([np.outer(change, change) for change in changes], axis=0))


def component_shares(
    rates: ComponentRates, counts: Ints32, depth: Floats, rate_table: Floats | None = None
) -> Shares:
    """Shares of the components among cells, with their errors; `depth` (n,) in 10,000 UMIs.

    `counts` (n, sets) from `ComponentRates.set_counts`; `rate_table` (sets, components) replaces
    the rates, where ambient RNA is added to them. The covariance is the inverse of the curvature
    (which at fixed components is also the scores' spread) along shares that sum to 1, plus, for
    each gene set, that of its log rate's spread between laboratories, to first order within bounds.
    """
    table = rates.rates() if rate_table is None else rate_table
    cells = cell_likelihoods(counts, depth, table, rates.sizes())
    fit = _maximum(cells.densities)
    covariance = _sampling_covariance(fit, counts.shape[0])
    return Shares(
        rates.components, fit.shares, covariance + _rate_covariance(cells, fit, rates.log_sds())
    )


def with_ambient(rates: Floats, pooled: Floats, share: float) -> Floats:
    """Rates (sets, components) with a share of their UMIs from the sample's pooled profile (sets,).

    >>> with_ambient(np.array([[10.0, 1.0]]), np.array([5.0]), 0.2)
    array([[9. , 1.8]])
    """
    lowest = rates.min(axis=1, keepdims=True)
    return np.asarray(np.maximum((1 - share) * rates + share * pooled[:, None], lowest))
