"""Shares of a mixture's components by maximum likelihood, with the components held fixed.

Cells of component c show gene set s as a negative binomial of mean depth x rate; sets are
independent given the component. Only the shares pi are estimated:

    L(pi) = sum over cells of log sum_c pi_c f_c(cell),   pi_c >= 0, sum pi = 1

which is concave, so that its maximum is unique and dropout is accounted for: a cell without a
transcript counts for each component by how likely that is at its depth. The maximum is that of
`features.subsets.share_maximum`.
"""

import math
from dataclasses import dataclass

import numpy as np

from features.arrays import Floats, Ints32
from features.subsets.component_likelihoods import CellLikelihoods, cell_likelihoods
from features.subsets.component_rates import ComponentRates
from features.subsets.share_kernel import score_rate_derivative
from features.subsets.share_maximum import RIDGE, ShareFit, bounded_step, fit_shares


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


def _constrained_inverse(curvature: Floats) -> Floats:
    """Inverse of the curvature along directions that keep the sum of shares."""
    inverse = np.linalg.inv(curvature + RIDGE * np.eye(curvature.shape[0]))
    sums = inverse.sum(axis=1)
    return np.asarray(inverse - np.outer(sums, sums) / sums.sum())


def _change(fit: ShareFit, change_of_score: Floats) -> Floats:
    """Change of the shares with the score: half of that between both signs, within bounds."""
    up, down = (
        bounded_step(fit.curvature, 2 * fit.score - 1 + sign * change_of_score)
        for sign in (1.0, -1.0)
    )
    return np.asarray(up / up.sum() - down / down.sum()) / 2


def _sampling_covariance(fit: ShareFit, n: int) -> Floats:
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


def _rate_covariance(cells: CellLikelihoods, fit: ShareFit, log_sds: Floats) -> Floats:
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
    fit = fit_shares(cells.densities)
    covariance = _sampling_covariance(fit, counts.shape[0])
    return Shares(
        rates.components, fit.shares, covariance + _rate_covariance(cells, fit, rates.log_sds())
    )
