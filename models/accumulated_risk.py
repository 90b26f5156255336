"""Competing hazards in intervals, and the cumulative risks that they add up to.

A patient at risk at the start of interval k has one of C events that exclude each other in it, or
none. With the predictors u_c of the events,

    h_c(k) = exp(a_kc + u_c) / (1 + sum_d exp(a_kd + u_d))        hazard
    S(k) = prod_{j < k} (1 - sum_c h_c(j)),   F_c(k) = sum_{j <= k} S(j) h_c(j)      risk

so that a risk never falls with the horizon, and the risks of all events add up to at most 1.
Discrete-time competing risks: Tutz & Schmid, Modeling Discrete Time-to-Event Data, 2016, chapter 8.
"""

import numpy as np

from features.arrays import Floats
from features.errors import InputError

ANCHOR_STEPS = 200
ANCHOR_TOLERANCE = 1e-10  # of the mean risk
LONGEST_STEP = 2.0  # of an intercept, so that a step does not leave the range of numbers
NO_EVENT = -30.0  # intercept where no event was observed: a hazard of 1e-13


def hazards(intercepts: Floats, predictors: Floats) -> Floats:
    """Hazards (n, K, C) from intercepts (K, C) and predictors (n, C) on the log-odds scale.

    >>> hazards(np.zeros((1, 3)), np.zeros((1, 3))).tolist()
    [[[0.25, 0.25, 0.25]]]
    """
    eta = intercepts[None] + predictors[:, None, :]
    largest = np.maximum(eta.max(axis=2, keepdims=True), 0.0)
    weight = np.exp(eta - largest)
    return np.asarray(weight / (np.exp(-largest) + weight.sum(axis=2, keepdims=True)))


def event_free(h: Floats) -> Floats:
    """Probability (n, K) of being at risk at the start of each interval, hazards (n, K, C)."""
    survival = np.cumprod(1.0 - h.sum(axis=2), axis=1)
    return np.concatenate([np.ones((len(h), 1)), survival[:, :-1]], axis=1)


def cumulative_risks(intercepts: Floats, predictors: Floats) -> Floats:
    """Risks (n, K, C) by the end of each interval.

    >>> cumulative_risks(np.zeros((2, 1)), np.zeros((1, 1))).ravel().tolist()
    [0.5, 0.75]
    """
    h = hazards(intercepts, predictors)
    return np.cumsum(event_free(h)[:, :, None] * h, axis=1)


def anchored_intercepts(
    intercepts: Floats, predictors: Floats, incidence: Floats, weight: Floats | None = None
) -> Floats:
    """Intercepts at which the mean risk is the observed cumulative incidence, to 1e-10.

    `incidence` (K, C) by the end of each interval, never falling; `weight` (n,) of the patients
    whose mean is taken, equal when None. Interval by interval, because later ones depend on
    earlier ones; Newton's method on the mean hazards. Shrunken effects accumulate to risks that
    are 2-3 % too high on average; this takes it back without touching an effect. Raises
    `InputError` when the incidence falls or adds up to 1 or more.

    >>> u = np.array([[-1.0], [1.0]])
    >>> a = anchored_intercepts(np.zeros((2, 1)), u, np.array([[0.2], [0.3]]))
    >>> cumulative_risks(a, u).mean(axis=0).ravel().round(6).tolist()
    [0.2, 0.3]
    """
    _check(incidence)
    share = np.full(len(predictors), 1.0) if weight is None else weight
    at_risk = share / share.sum()
    anchored, reached = intercepts.astype(np.float64), np.zeros(incidence.shape[1])
    for k, target in enumerate(incidence):
        anchored[k] = _anchor(anchored[k], predictors, target - reached, at_risk)
        h = hazards(anchored[k : k + 1], predictors)[:, 0]
        at_risk, reached = at_risk * (1.0 - h.sum(axis=1)), target
    return anchored


def _anchor(start: Floats, predictors: Floats, target: Floats, at_risk: Floats) -> Floats:
    """Intercepts (C,) of one interval whose weighted mean hazards are the target (C,)."""
    has_events = target > 0
    intercept = np.where(has_events, start, NO_EVENT)
    for _ in range(ANCHOR_STEPS):
        h = hazards(intercept[None], predictors)[:, 0]
        error = np.where(has_events, target - at_risk @ h, 0.0)
        if np.abs(error).max() < ANCHOR_TOLERANCE:
            break
        slope = np.diag(at_risk @ h) - (h * at_risk[:, None]).T @ h
        slope[np.diag_indices(len(slope))] += 1e-14
        step = np.linalg.solve(slope, error)
        intercept = intercept + np.where(has_events, np.clip(step, -LONGEST_STEP, LONGEST_STEP), 0)
    return intercept


def _check(incidence: Floats) -> None:
    if (np.diff(incidence, axis=0) < 0).any() or incidence[-1].sum() >= 1:
        raise InputError(
            "A cumulative incidence never falls and the events add up to less than 1, but the "
            "given one does not; estimate all events by one Aalen-Johansen curve."
        )
