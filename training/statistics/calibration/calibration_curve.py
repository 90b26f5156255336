"""Calibration: observed over expected events, intercept, slope and calibration curve."""

from typing import TypedDict

import numpy as np

from features.arrays import Floats, Ints
from training.statistics.calibration.logistic import fit_logistic, logit

# A curve from fewer events is noise (Van Calster et al., J Clin Epidemiol 2016;74:167 ask for
# 200; 100 events is the usual floor of external validation, Vergouwe 2005).
CURVE_EVENTS = 100
CURVE_GROUPS = 10


class CalibrationGroup(TypedDict):
    """Mean risk, observed share and number of patients of one group."""

    risk: float
    observed: float
    n: int


class CalibrationCurve(TypedDict):
    """The groups in order of risk; none, with the reason, when the curve is suppressed."""

    suppressed: bool
    reason: str | None
    groups: list[CalibrationGroup]


def observed_over_expected(risk: Floats, y: Floats, weight: Floats) -> float:
    """Calibration in the large: weighted events over weighted risks; 1 is right on average.

    >>> observed_over_expected(np.array([0.5, 0.5]), np.array([1., 0.]), np.ones(2))
    1.0
    """
    has_label = ~np.isnan(y)
    expected = float(np.sum((weight * risk)[has_label]))
    return float(np.sum((weight * y)[has_label])) / expected if expected > 0 else float("nan")


def calibration_intercept(risk: Floats, y: Floats, weight: Floats) -> float:
    """Shift in log-odds that would make the risks right on average; 0 is best, NaN if undefined."""
    coefficients = fit_logistic(np.ones((len(y), 1)), y, weight, offset=logit(risk))
    return float("nan") if coefficients is None else float(coefficients[0])


def calibration_slope(risk: Floats, y: Floats, weight: Floats) -> float:
    """Slope of the event's log-odds on the risk's log-odds; 1 is best, below 1 is overfitted.

    NaN when it does not exist: constant risks, one class, or complete separation.
    Reference: Cox, Biometrika 1958;45:562.
    """
    X = np.column_stack([np.ones(len(y)), logit(risk)])
    coefficients = fit_logistic(X, y, weight)
    return float("nan") if coefficients is None else float(coefficients[1])


def calibration_curve(risk: Floats, y: Floats, weight: Floats, n_events: int) -> CalibrationCurve:
    """Observed share against mean risk in ten groups of equal size, or why it is not drawn.

    Under 100 events the curve is suppressed, and the dictionary gives the reason in `reason`.
    """
    if n_events < CURVE_EVENTS:
        reason = (
            f"calibration curve not drawn: {n_events} events, at least {CURVE_EVENTS} are needed; "
            "see calibration in the large and slope"
        )
        return {"suppressed": True, "reason": reason, "groups": []}
    counts = ~np.isnan(y) & (weight > 0)
    risk, y, weight = risk[counts], y[counts], weight[counts]
    groups = [
        _group(risk, y, weight, members)
        for members in np.array_split(np.argsort(risk, kind="stable"), CURVE_GROUPS)
    ]
    return {"suppressed": False, "reason": None, "groups": groups}


def _group(risk: Floats, y: Floats, weight: Floats, members: Ints) -> CalibrationGroup:
    w = weight[members]
    return {
        "risk": float(np.average(risk[members], weights=w)),
        "observed": float(np.average(y[members], weights=w)),
        "n": len(members),
    }
