"""Smooth calibration curve, and the errors ICI, E50 and E90 between it and the predicted risks.

The observed risk at a predicted risk p is estimated by a logistic regression of the label on a
restricted cubic spline of logit p, knots at its 10, 50 and 90 % quantiles. Under 50 events or
non-events the spline's curved term is left out. Its terms have a normal prior with SD 2 in
log-odds per SD, centred on the predicted risks, while the mean is free: so the fit exists when the
classes are separated, and the prior counts for little where there is something to learn.
Reference: Austin and Steyerberg, Stat Med 2019;38:4051; spline as in Harrell, Regression Modeling
Strategies, 2015, 2.4.5.
"""

from dataclasses import dataclass
from typing import Literal, TypedDict

import numpy as np

from features.arrays import Floats, Ints
from models.disclosed_cohort import MeasureDocument
from training.statistics.bootstrap import TAIL, measure
from training.statistics.calibration.bootstrap_logistic import fit_samples, predict_samples
from training.statistics.calibration.calibration_curve import CURVE_EVENTS
from training.statistics.calibration.logistic import logit

SPLINE_EVENTS = 50  # of the fewer class; fewer do not tell a bend from a line
LEAST_EVENTS = 5  # of the fewer class; fewer tell nothing beyond observed over expected
KNOTS = (0.10, 0.50, 0.90)
PRIOR_SD = 2.0
GRID, GRID_ENDS = 25, (0.05, 0.95)
BLOCK = 2_000_000  # numbers of one array of bootstrap samples x patients


class CalibrationError(TypedDict):
    """Mean, median and 90th percentile of |observed - predicted|, each with its interval."""

    ici: MeasureDocument
    e50: MeasureDocument
    e90: MeasureDocument


class SmoothPoint(TypedDict):
    """Smooth observed risk at a predicted one, with its 95 % band."""

    risk: float
    observed: float
    low: float
    high: float


class SmoothCalibration(TypedDict):
    """Points in order of risk. `uncertain` under 100 events; none, with the reason, under 5."""

    uncertain: bool
    reason: str | None
    terms: Literal["spline", "line"]
    points: list[SmoothPoint]


def calibration_error(risk: Floats, y: Floats, weight: Floats, copies: Floats) -> CalibrationError:
    """ICI, E50 and E90 of risks, weighted for censoring, with bootstrap intervals.

    `risk` and `weight` (n,), or (repeats, n) of out-of-fold risks, which are pooled; `y` (n,) 1, 0
    or NaN; `copies` (B, n) how often each bootstrap sample holds each patient. The smooth curve is
    fitted anew in each; its knots stay. An error is a distance, so that in few patients chance
    alone makes it positive: about 0.02 with 50 events in 250 patients, and the interval lies higher
    still. Read it beside observed over expected. Undefined (None) under 5 events or non-events.
    """
    data = _data(risk, y, weight)
    if data.fewest < LEAST_EVENTS:
        undefined: MeasureDocument = {"value": None, "low": None, "high": None}
        return {"ici": undefined, "e50": undefined, "e90": undefined}
    value = _errors(data, np.ones((1, len(y))))[0]
    draws = np.concatenate([_errors(data, block) for block in _blocks(copies, len(data.risk))])
    ici, e50, e90 = (measure(float(v), draws[:, k]).as_dict() for k, v in enumerate(value))
    return {"ici": ici, "e50": e50, "e90": e90}


def smooth_calibration(
    risk: Floats, y: Floats, weight: Floats, copies: Floats
) -> SmoothCalibration:
    """Smooth observed risk at 25 predicted ones between their 5 and 95 % quantiles, with a band.

    Arrays as for `calibration_error`. The band is pointwise, 2.5 to 97.5 % of the bootstrap
    samples. Under 100 events it is drawn and marked as uncertain.
    """
    data = _data(risk, y, weight)
    uncertain = data.events < CURVE_EVENTS
    if data.fewest < LEAST_EVENTS:
        reason = (
            f"calibration curve not drawn: {data.events} patients with and {data.others} without "
            f"the event; at least {LEAST_EVENTS} of each are needed"
        )
        return {"uncertain": True, "reason": reason, "terms": "line", "points": []}
    first, last = np.quantile(data.risk, GRID_ENDS)
    grid = np.linspace(float(first), float(last), GRID)
    curve = _smooth(data, np.ones((1, len(y))), grid)[0]
    draws = np.concatenate([_smooth(data, b, grid) for b in _blocks(copies, len(data.risk))])
    low, high = np.nanpercentile(draws, [TAIL, 100 - TAIL], axis=0)
    points: list[SmoothPoint] = [
        {"risk": float(r), "observed": float(o), "low": float(a), "high": float(b)}
        for r, o, a, b in zip(grid, curve, low, high, strict=True)
    ]
    terms: Literal["spline", "line"] = "spline" if data.has_spline else "line"
    return {"uncertain": uncertain, "reason": None, "terms": terms, "points": points}


@dataclass(frozen=True)
class _Data:
    """Known labels, one entry a patient and repeat (m,); `patient` is the column of `copies`.

    Weights have mean 1 over patients, so that weighting adds none.
    """

    risk: Floats
    y: Floats
    weight: Floats
    patient: Ints
    events: int
    others: int

    @property
    def fewest(self) -> int:
        return min(self.events, self.others)

    @property
    def knots(self) -> Floats:
        return np.asarray(np.quantile(logit(self.risk), KNOTS), dtype=np.float64)

    @property
    def has_spline(self) -> bool:
        return self.fewest >= SPLINE_EVENTS and bool((np.diff(self.knots) > 1e-6).all())


def _data(risk: Floats, y: Floats, weight: Floats) -> _Data:
    risks, weights = np.atleast_2d(risk), np.atleast_2d(weight)
    use = ~np.isnan(y)[None] & (weights > 0)
    label = np.broadcast_to(y, risks.shape)[use]
    has_label = use.any(axis=0)
    w = weights[use] * has_label.sum() / weights[use].sum() if use.any() else weights[use]
    return _Data(
        risk=risks[use],
        y=label,
        weight=w,
        patient=np.broadcast_to(np.arange(len(y)), risks.shape)[use],
        events=int(np.sum(has_label & (y == 1))),
        others=int(np.sum(has_label & (y == 0))),
    )


def _blocks(copies: Floats, rows: int) -> list[Floats]:
    return np.array_split(copies, max(1, len(copies) * rows // BLOCK))


def _errors(data: _Data, copies: Floats) -> Floats:
    """ICI, E50 and E90 of each bootstrap sample, (B, 3)."""
    error = np.abs(_smooth(data, copies, data.risk) - data.risk)
    weight = copies[:, data.patient] * data.weight
    order = np.argsort(error, axis=1)
    error, weight = (np.take_along_axis(x, order, axis=1) for x in (error, weight))
    share = np.cumsum(weight, axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = (error * weight).sum(axis=1) / share[:, -1]
    at = [np.argmax(share >= q * share[:, -1:], axis=1) for q in (0.5, 0.9)]
    quantiles = [np.take_along_axis(error, k[:, None], axis=1)[:, 0] for k in at]
    return np.column_stack([mean, *quantiles])


def _smooth(data: _Data, copies: Floats, at: Floats) -> Floats:
    """Smooth observed risk of each bootstrap sample at predicted risks `at` (k,), (B, k)."""
    x = logit(data.risk)
    centre, scale = float(x.mean()), float(x.std()) or 1.0
    X = _terms(data, x, centre, scale)
    size = X.shape[1]
    beta = fit_samples(
        X, data.y, copies[:, data.patient] * data.weight,
        prior_mean=np.array([0.0, scale, 0.0])[:size],
        precision=np.array([0.0, PRIOR_SD**-2, PRIOR_SD**-2])[:size],
    )  # fmt: skip
    return predict_samples(_terms(data, logit(at), centre, scale), beta)


def _terms(data: _Data, x: Floats, centre: float, scale: float) -> Floats:
    """Ones, the standardised logit and, where there are enough events, the spline's term."""
    terms = [np.ones(len(x)), (x - centre) / scale]
    if data.has_spline:
        terms.append(spline_term(x, data.knots) / scale)
    return np.column_stack(terms)


def spline_term(x: Floats, knots: Floats) -> Floats:
    """Curved term of a restricted cubic spline with three knots: linear outside them.

    >>> spline_term(np.array([0., 1., 2., 3.]), np.array([0., 1., 2.])).round(2).tolist()
    [0.0, 0.25, 1.5, 3.0]
    """
    first, middle, last = knots
    cube = [np.maximum(x - knot, 0.0) ** 3 for knot in knots]
    bend = cube[0] - cube[1] * (last - first) / (last - middle)
    bend = bend + cube[2] * (middle - first) / (last - middle)
    return np.asarray(bend / (last - first) ** 2, dtype=np.float64)
