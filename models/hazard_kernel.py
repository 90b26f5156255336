"""Cumulative incidence from discrete-time hazards, compiled, for one patient or many models.

Hazards of interval k are a softmax over none (0) and the C classes of A[k] + u; the risk of class c
by the end of k is F[k, c] = sum over intervals of S h, S the chance of no event so far. An
endpoint's risk is the sum of its classes' risks.

These kernels call each other and are in one file, because numba's cache of a function sees changes
of its own file only.
"""

import numpy as np
from numba import njit

from features.arrays import Floats, Ints


@njit(cache=True, nogil=True)
def linear_predictors(
    X: Floats, t: Floats, low: Floats, high: Floats, centre: Floats, spread: Floats,
    effects: Floats, drift: Floats, time_terms: Floats,
) -> Floats:  # fmt: skip
    """Predictors (n, R, C) of complete rows X (n, p) at times t (n,) by R members.

    z = (X, bounded by the member's limits, - centre) / spread; see `models.hazard_model`.
    """
    n, p = X.shape
    members, C = effects.shape[0], effects.shape[2]
    out = np.empty((n, members, C))
    for i in range(n):
        for r in range(members):
            for c in range(C):
                out[i, r, c] = t[i] * (time_terms[r, 0, c] + t[i] * time_terms[r, 1, c])
            for j in range(p):
                z = (min(max(X[i, j], low[r, j]), high[r, j]) - centre[r, j]) / spread[r, j]
                for c in range(C):
                    out[i, r, c] += z * (effects[r, j, c] + t[i] * drift[r, j, c])
    return out


@njit(cache=True, nogil=True)
def endpoint_risks(odds: Floats, predictors: Floats, in_endpoint: Floats) -> Floats:
    """Risks (n, R, K) of an endpoint by R members; `odds` (R, K, C) = exp(intercepts).

    `predictors` (n, R, C); `in_endpoint` (C,) is 1 for the classes that the endpoint consists of.

    >>> endpoint_risks(np.ones((1, 2, 1)), np.zeros((1, 1, 1)), np.ones(1)).tolist()
    [[[0.5, 0.75]]]
    """
    members, K, C = odds.shape
    out = np.empty((len(predictors), members, K))
    hazard = np.empty(C)
    for i in range(len(predictors)):
        for r in range(members):
            none = _relative_odds(predictors[i, r], hazard)
            alive, risk = 1.0, 0.0
            for k in range(K):
                total = none
                inside = 0.0
                for c in range(C):
                    part = odds[r, k, c] * hazard[c]
                    total += part
                    inside += in_endpoint[c] * part
                risk += alive * inside / total
                alive *= none / total
                out[i, r, k] = risk
    return out


@njit(cache=True, nogil=True)
def _relative_odds(predictors: Floats, out: Floats) -> float:
    """exp(u - top) into `out`; return exp(-top): no overflow, top = max(0, u)."""
    top = 0.0
    for c in range(len(predictors)):
        top = max(top, predictors[c])
    for c in range(len(predictors)):
        out[c] = np.exp(predictors[c] - top)
    none: float = np.exp(-top)
    return none


@njit(cache=True, nogil=True)
def endpoint_log_odds(odds: Floats, predictors: Floats, in_endpoint: Floats) -> Floats:
    """Log-odds (K,) of an endpoint's risk for one patient, `odds` (K, C), `predictors` (C,).

    The risk and its complement are both sums of positive parts, so log-odds keep their digits at
    risks near 0 and 1.
    """
    out = np.empty(len(odds))
    _fill_log_odds(odds, predictors, in_endpoint, np.empty(len(predictors)), out)
    return out


@njit(cache=True, nogil=True)
def _fill_log_odds(
    odds: Floats, predictors: Floats, in_endpoint: Floats, hazard: Floats, out: Floats
) -> None:
    """Write log-odds into `out` (K,); `hazard` (C,) is room to work in."""
    K, C = odds.shape
    none = _relative_odds(predictors, hazard)
    alive, inside, outside = 1.0, 0.0, 0.0
    for k in range(K):
        total = none
        for c in range(C):
            total += odds[k, c] * hazard[c]
        share = alive / total
        for c in range(C):
            gain = share * odds[k, c] * hazard[c]
            inside += in_endpoint[c] * gain
            outside += (1.0 - in_endpoint[c]) * gain
        alive = share * none
        out[k] = np.log(inside) - np.log(outside + alive)


@njit(cache=True, nogil=True)
def log_odds_without(odds: Floats, terms: Floats, in_endpoint: Floats) -> Floats:
    """Log-odds (K, p) of the risk when one feature's term leaves the predictors.

    `terms` (p, C) are the features' parts of the linear predictors.
    """
    p, C = terms.shape
    out = np.empty((len(odds), p))
    total, hazard, one = np.zeros(C), np.empty(C), np.empty(len(odds))
    for j in range(p):
        total += terms[j]
    for j in range(p):
        _fill_log_odds(odds, total - terms[j], in_endpoint, hazard, one)
        out[:, j] = one
    return out


@njit(cache=True, nogil=True)
def permutation_gains(odds: Floats, terms: Floats, in_endpoint: Floats, orders: Ints) -> Floats:
    """Mean gain in log-odds (K, p) as features join in each of `orders` (m, p) and its reverse.

    `terms` (p, C) are the features' parts of the linear predictors. A feature without a part adds
    nothing and is passed over.
    """
    (p, C), K, walks = terms.shape, len(odds), 2 * len(orders)
    gains = np.zeros((K, p))
    predictors, hazard = np.empty(C), np.empty(C)
    before, after = np.empty(K), np.empty(K)
    for walk in range(walks):
        predictors[:] = 0.0
        _fill_log_odds(odds, predictors, in_endpoint, hazard, before)
        for i in range(p):
            j = orders[walk // 2, i if walk % 2 == 0 else p - 1 - i]
            moves = False
            for c in range(C):
                predictors[c] += terms[j, c]
                moves |= terms[j, c] != 0.0
            if not moves:
                continue
            _fill_log_odds(odds, predictors, in_endpoint, hazard, after)
            for k in range(K):
                gains[k, j] += after[k] - before[k]
                before[k] = after[k]
    return gains / walks
