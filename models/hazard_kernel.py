"""Cumulative incidence from discrete-time hazards, compiled, with its derivatives.

Hazards of interval k are a softmax over none (0) and the C classes of A[k] + u; the risk of class c
by the end of k is F[k, c] = sum over intervals of S h, S the chance of no event so far.

All kernels are in one file because numba's cache of a function sees changes of its own file only.
"""

import numpy as np
from numba import njit

from features.arrays import Floats, Ints


@njit(cache=True, nogil=True)
def mean_cumulative_risks(intercepts: Floats, predictors: Floats, weights: Floats) -> Floats:
    """Weighted mean (K, C) of the cumulative risks of H patients, predictors (H, C).

    >>> mean_cumulative_risks(np.array([[0.0], [0.0]]), np.zeros((1, 1)), np.ones(1)).tolist()
    [[0.5], [0.75]]
    """
    K, C = intercepts.shape
    mean = np.zeros((K, C))
    hazard = np.empty(C)
    odds = np.exp(intercepts)
    for i in range(len(predictors)):
        none = _relative_odds(predictors[i], 1.0, hazard)
        alive = 1.0
        for k in range(K):
            total = none
            for c in range(C):
                total += odds[k, c] * hazard[c]
            for c in range(C):
                gain = weights[i] * alive * odds[k, c] * hazard[c] / total
                for later in range(k, K):
                    mean[later, c] += gain
            alive *= none / total
    return mean


@njit(cache=True, nogil=True)
def _relative_odds(predictors: Floats, step: float, out: Floats) -> float:
    """exp(step u - top) into `out`; return exp(-top): no overflow, top = max(0, step u)."""
    top = 0.0
    for c in range(len(predictors)):
        top = max(top, step * predictors[c])
    for c in range(len(predictors)):
        out[c] = np.exp(step * predictors[c] - top)
    none: float = np.exp(-top)
    return none


@njit(cache=True, nogil=True)
def add_risk_gradients(
    odds: Floats, predictors: Floats, step: float, in_endpoint: Floats, weight: float,
    risk: Floats, rest: Floats, gradient: Floats,
) -> None:  # fmt: skip
    """Add one patient's risk of an endpoint, its complement and its gradient in u, at step x u.

    `odds` (K, C) = exp(intercepts); `in_endpoint` (C,) is 1 for the classes the endpoint is the
    sum of; `risk`, `rest` (K,) get weight x F and weight x (1 - F), the latter summed from its
    parts so that it keeps its digits near 0; `gradient` (K, C) is overwritten with
    weight x dF/du, from dh_c/du_d = h_c ((c = d) - h_d) and dS/du_d = -S x sum of h_d so far.
    Near certainty dF/du is -d(1 - F)/du, summed from the complement's parts: the difference of
    large parts would leave no digits.
    """
    K, C = odds.shape
    hazard = np.empty(C)
    relative = np.empty(C)
    fall = np.zeros(C)  # -d log S / du
    slope = np.zeros(C)  # of the risk
    slope_outside = np.zeros(C)  # of the risk of the other classes
    none = _relative_odds(predictors, step, relative)
    alive, inside, outside = 1.0, 0.0, 0.0
    for k in range(K):
        total = none
        for c in range(C):
            hazard[c] = odds[k, c] * relative[c]
            total += hazard[c]
        endpoint_hazard = 0.0
        other_hazard = 0.0
        for c in range(C):
            hazard[c] /= total
            endpoint_hazard += in_endpoint[c] * hazard[c]
            other_hazard += (1.0 - in_endpoint[c]) * hazard[c]
        inside += alive * endpoint_hazard
        outside += alive * other_hazard
        survival = alive * none / total
        for d in range(C):
            part = in_endpoint[d] * hazard[d]
            fall[d] += hazard[d]
            slope[d] += alive * (part - endpoint_hazard * fall[d])
            slope_outside[d] += alive * (hazard[d] - part - other_hazard * fall[d])
            if inside <= outside + survival:
                gradient[k, d] = weight * slope[d]
            else:
                gradient[k, d] = weight * (survival * fall[d] - slope_outside[d])
        alive = survival
        risk[k] += weight * inside
        rest[k] += weight * (outside + alive)


@njit(cache=True, nogil=True)
def endpoint_log_odds(
    odds: Floats, predictors: Floats, step: float, in_endpoint: Floats, weights: Floats
) -> Floats:
    """Log-odds (K,) of an endpoint's mean risk over H patients, at step x their predictors.

    `odds` (K, C) = exp(intercepts). The risk and its complement are both sums of positive parts,
    so log-odds keep their digits at risks near 0 and 1.
    """
    K, C = odds.shape
    risk = np.zeros(K)
    rest = np.zeros(K)
    hazard = np.empty(C)
    for i in range(len(predictors)):
        none = _relative_odds(predictors[i], step, hazard)
        alive, inside, outside = weights[i], 0.0, 0.0
        for k in range(K):
            total = none
            for c in range(C):
                total += odds[k, c] * hazard[c]
            for c in range(C):
                gain = alive * odds[k, c] * hazard[c] / total
                inside += in_endpoint[c] * gain
                outside += (1.0 - in_endpoint[c]) * gain
            alive *= none / total
            risk[k] += inside
            rest[k] += outside + alive
    return np.log(risk) - np.log(rest)


@njit(cache=True, nogil=True)
def path_gradients(
    odds: Floats, predictors: Floats, nodes: Floats, weights: Floats, in_endpoint: Floats,
    abscissae: Floats, shares: Floats, tolerance: float, halvings: int,
) -> Floats:  # fmt: skip
    """Integrals of the gradients of the log-odds along the line, (K, C, 1 + R).

    Entry 0 of the last axis is the mean over the possible patients, entry r that of gradient x
    node r. A stretch's contributions add up to its difference of log-odds, which is known without
    quadrature: that difference is the error estimate.
    """
    K, C = odds.shape
    R = nodes.shape[1]
    reach = _projections(predictors, nodes, weights)
    total = np.zeros((K, C, 1 + R))
    start, depth = 0.0, 0
    below = endpoint_log_odds(odds, predictors, 0.0, in_endpoint, weights)
    while start < 1.0:
        length = 0.5**depth
        above = endpoint_log_odds(odds, predictors, start + length, in_endpoint, weights)
        stretch = np.zeros((K, C, 1 + R))
        for i in range(len(abscissae)):
            _add_point(
                odds, predictors, nodes, weights, in_endpoint,
                start + length * abscissae[i], length * shares[i], stretch,
            )  # fmt: skip
        missed = above - below
        for k in range(K):
            missed[k] -= (stretch[k] * reach).sum()
        if np.abs(missed).max() > tolerance and depth < halvings:
            depth += 1
            continue
        total += stretch
        start += length
        below = above
        # The next stretch may be as long as the dyadic grid allows, at most twice this one.
        if depth > 0 and (start / (2.0 * length)) % 1.0 == 0.0:
            depth -= 1
    return total


@njit(cache=True, nogil=True)
def _projections(predictors: Floats, nodes: Floats, weights: Floats) -> Floats:
    """Mean linear predictors and their loadings, (C, 1 + R): u = mean + loadings @ node."""
    H, C = predictors.shape
    R = nodes.shape[1]
    reach = np.zeros((C, 1 + R))
    for h in range(H):
        for c in range(C):
            reach[c, 0] += weights[h] * predictors[h, c]
            for r in range(R):
                reach[c, 1 + r] += weights[h] * predictors[h, c] * nodes[h, r]
    return reach


@njit(cache=True, nogil=True)
def _add_point(
    odds: Floats, predictors: Floats, nodes: Floats, weights: Floats, in_endpoint: Floats,
    step: float, share: float, out: Floats,
) -> None:  # fmt: skip
    """Add share x the gradient of the log-odds at one point of the line to `out` (K, C, 1 + R)."""
    K, C = odds.shape
    R = nodes.shape[1]
    risk = np.zeros(K)
    rest = np.zeros(K)
    gradient = np.empty((K, C))
    sums = np.zeros((K, C, 1 + R))
    for h in range(len(weights)):
        add_risk_gradients(odds, predictors[h], step, in_endpoint, weights[h], risk, rest, gradient)
        for k in range(K):
            for c in range(C):
                sums[k, c, 0] += gradient[k, c]
                for r in range(R):
                    sums[k, c, 1 + r] += gradient[k, c] * nodes[h, r]
    for k in range(K):
        factor = share / (risk[k] * rest[k])
        for c in range(C):
            for r in range(1 + R):
                out[k, c, r] += factor * sums[k, c, r]


@njit(cache=True, nogil=True)
def permutation_gains(
    odds: Floats, terms: Floats, weights: Floats, in_endpoint: Floats, orders: Ints
) -> Floats:
    """Mean gain in log-odds (K, p) as features join in each of `orders` (m, p) and its reverse.

    `terms` (p, H, C) are the features' parts of the linear predictors of the H possible patients.
    """
    p, H, C = terms.shape
    gains = np.zeros((len(odds), p))
    start = endpoint_log_odds(odds, np.zeros((1, C)), 1.0, in_endpoint, np.ones(1))
    for walk in range(2 * len(orders)):
        predictors = np.zeros((H, C))
        before = start
        for i in range(p):
            j = orders[walk // 2, i if walk % 2 == 0 else p - 1 - i]
            predictors += terms[j]
            after = endpoint_log_odds(odds, predictors, 1.0, in_endpoint, weights)
            gains[:, j] += (after - before) / (2 * len(orders))
            before = after
    return gains
