"""Gradient and curvature of the penalised likelihood of competing hazards, for Newton's method.

With the hazards h of visit i in interval k, weights w, events y and columns x, an effect b_c has
the gradient sum w (y_c - h_c) x, and b_c, b_d the curvature sum w h_c (1[c = d] - h_d) x x'; an
intercept has those of a column that is 1 in its interval.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numba import njit

from features.arrays import Floats, Ints
from models.visit_design import VisitDesign

INTERCEPT_PRECISION = 1e-4  # a prior SD of 100: keeps the intercept of an interval without events


@dataclass(frozen=True)
class WeightedVisits:
    """Visits of a design in its order, with event and weight (n, K); weight 0 where not at risk."""

    design: VisitDesign
    event: Ints
    weight: Floats
    n_events: int

    @property
    def n_intervals(self) -> int:
        """K."""
        return int(self.event.shape[1])

    @cached_property
    def pairs(self) -> tuple[Ints, Ints]:
        """Pairs (c, d) of events with c >= d, each once."""
        return np.tril_indices(self.n_events)


def newton_system(
    visits: WeightedVisits, intercepts: Floats, effects: Floats, precision: Floats
) -> tuple[Floats, Floats]:
    """Gradient (C (K + q),) and the lower half of the curvature, event by event.

    `precision` (q, C) is that of the prior of the effects; intercepts (K, C), effects (q, C).
    """
    design = visits.design
    residual, by_interval, mass = likelihood_moments(
        intercepts, design.matrix @ effects, visits.event, visits.weight
    )
    of_intercepts = by_interval - INTERCEPT_PRECISION * intercepts
    of_effects = design.matrix.T @ residual - precision * effects
    gradient = np.concatenate([of_intercepts, of_effects]).T.ravel()
    return gradient, _curvature(visits, mass, precision)


@njit(cache=True, nogil=True)
def likelihood_moments(
    intercepts: Floats, predictors: Floats, event: Ints, weight: Floats
) -> tuple[Floats, Floats, Floats]:
    """Residuals w (y - h) summed over intervals (n, C) and over visits (K, C), and the masses.

    The masses (pairs, K, n) are w h_c (1[c = d] - h_d) of the pairs c >= d of events.
    """
    n, K = weight.shape
    C = predictors.shape[1]
    residual, by_interval = np.zeros((n, C)), np.zeros((K, C))
    mass = np.zeros((C * (C + 1) // 2, K, n))
    h = np.empty(C)
    for i in range(n):
        for k in range(K):
            w = weight[i, k]
            if w == 0.0:
                continue
            top = 0.0
            for c in range(C):
                h[c] = intercepts[k, c] + predictors[i, c]
                top = max(top, h[c])
            total = np.exp(-top)
            for c in range(C):
                h[c] = np.exp(h[c] - top)
                total += h[c]
            pair = 0
            for c in range(C):
                h[c] /= total
                gap = w * ((event[i, k] == c + 1) - h[c])
                residual[i, c] += gap
                by_interval[k, c] += gap
                for d in range(c):
                    mass[pair, k, i] = -w * h[c] * h[d]
                    pair += 1
                mass[pair, k, i] = w * h[c] * (1.0 - h[c])
                pair += 1
    return residual, by_interval, mass


def _curvature(visits: WeightedVisits, mass: Floats, precision: Floats) -> Floats:
    """Lower half of the negative Hessian; rows and columns are event by event, (K + q) each."""
    C, K, q = visits.n_events, visits.n_intervals, len(precision)
    cross = (mass.reshape(-1, mass.shape[2]) @ visits.design.matrix).reshape(len(mass), K, q)
    blocks = np.zeros((len(mass), K + q, K + q))
    interval = np.arange(K)
    blocks[:, interval, interval] = mass.sum(axis=2)
    blocks[:, :K, K:] = cross
    blocks[:, K:, :K] = cross.transpose(0, 2, 1)
    blocks[:, K:, K:] = visits.design.sums(mass.sum(axis=1))
    total = np.zeros((C, K + q, C, K + q))
    row, column = visits.pairs
    total[row, :, column, :] = blocks
    curvature = total.reshape(C * (K + q), -1)
    prior = np.concatenate([np.full((K, C), INTERCEPT_PRECISION), precision])
    curvature[np.diag_indices(len(curvature))] += prior.T.ravel()
    return curvature
