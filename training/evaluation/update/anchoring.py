"""Recalibration in the large of competing hazards: one shift an event, so that risks fit a cohort.

A shift d_c joins the intercepts of event c in every interval. The hazards of all events stay one
softmax, so risks still never fall with the horizon nor add up to more than 1.
"""

from collections.abc import Callable

import numpy as np
from scipy.optimize import brentq

from features.arrays import Bools, Floats
from models.accumulated_risk import cumulative_risks
from training.statistics.calibration.logistic import logit

LARGEST_SHIFT = 10.0  # odds x 22,000
STEPS, TOLERANCE = 1000, 1e-10


def event_shifts(
    intercepts: Floats, predictors: Floats, target: Floats, is_own: Bools, column: int
) -> Floats:
    """Shifts (C,) at which the mean risks by interval `column` are those observed, `target` (C,).

    `intercepts` (K, C), `predictors` (n, C) of the patients. Events in `is_own` (C,) get a shift
    of their own, the others, too rare for one, the shift at which all events together fit.

    >>> a, u = np.zeros((1, 2)), np.zeros((1, 2))
    >>> d = event_shifts(a, u, np.array([0.2, 0.3]), np.array([True, True]), 0)
    >>> cumulative_risks(a + d, u).ravel().round(6).tolist()
    [0.2, 0.3]
    """
    total = _common_shift(intercepts, predictors, float(target.sum()), column)
    shifts = np.full(len(target), total)
    goal = logit(target[is_own])
    for _ in range(STEPS):
        risks = cumulative_risks(intercepts + shifts, predictors)[:, column].mean(axis=0)
        step = goal - logit(risks[is_own])
        shifts[is_own] = np.clip(shifts[is_own] + step, -LARGEST_SHIFT, LARGEST_SHIFT)
        if np.abs(step).max(initial=0.0) < TOLERANCE:
            break
    return shifts


def onset_shift(
    intercepts: Floats, predictors: Floats, in_endpoint: Floats, target: float, column: int
) -> float:
    """Shift of the last event, an onset, at which the endpoint's mean risk is the target.

    `in_endpoint` (C,) marks the onset and the events that the endpoint contains. Where these
    alone exceed the target, the onset all but vanishes.
    """
    last = np.arange(len(in_endpoint)) == len(in_endpoint) - 1

    def excess(shift: float) -> float:
        risks = cumulative_risks(intercepts + shift * last, predictors)[:, column]
        return float((risks @ in_endpoint).mean()) - target

    return _root(excess)


def _common_shift(intercepts: Floats, predictors: Floats, target: float, column: int) -> float:
    def excess(shift: float) -> float:
        risks = cumulative_risks(intercepts + shift, predictors)[:, column]
        return float(risks.sum(axis=1).mean()) - target

    return _root(excess)


def _root(excess: Callable[[float], float]) -> float:
    """Where a rising function is 0, or the bound nearest to it."""
    if excess(-LARGEST_SHIFT) >= 0:
        return -LARGEST_SHIFT
    if excess(LARGEST_SHIFT) <= 0:
        return LARGEST_SHIFT
    return float(brentq(excess, -LARGEST_SHIFT, LARGEST_SHIFT, xtol=1e-12))
