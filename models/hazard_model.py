"""The hazard model of all events: from visits' features to a fit, and back to cumulative risks.

log(hazard_c / none) in interval k after a visit at time t = (min(day, 365) - 28) / 90:

    a_c(k) + g_c t + q_c t^2 + z' b_c + t z' d_c

z are the features, bounded at the training patients' 1 and 99 %, then standardised. Prior SDs: b by
evidence per event, around 0.35 for the core panel and 0.10 for other features; d 0.05 and the terms
in t fixed. Patients seen at several landmarks have a row each; `event_power` tempers the likelihood
so that an event counts once, however many landmarks see it. Landmarking: van Houwelingen, Scand J
Stat 2007;34:70.
"""

from dataclasses import dataclass, replace

import numpy as np

from features.arrays import Bools, Floats, Ints
from features.errors import InputError
from models.accumulated_risk import anchored_intercepts, cumulative_risks
from models.applicability_domain import NOISE, shrunken_covariance
from models.hazard_ridge import ColumnGroups, fit_hazards
from models.missing_inputs import completed
from models.visit_design import visit_design

FIRST_LANDMARK, TIME_UNIT, LAST_DAY = 28.0, 90.0, 365.0
CORE_SD, OTHER_SD = 0.35, 0.10  # of an effect per SD, before the data
DRIFT_SD = 0.05  # of an effect's change per 90 days
TIME_SD, CURVE_SD = 1.5, 0.5  # of the terms in t and t^2: hazards fall by half in 90 days
BOUNDS = (0.01, 0.99)  # quantiles of the training values that bound a feature
CORE, OTHER, DRIFT, TIME, CURVE = range(5)


@dataclass(frozen=True)
class Scaling:
    """Bounds, mean and SD (p,) of the features, and their shrunken correlation (p, p).

    A column that nobody has or that does not vary has SD infinity: it is 0 for all.
    """

    low: Floats
    high: Floats
    centre: Floats
    spread: Floats
    correlation: Floats


@dataclass(frozen=True)
class HazardModel:
    """Intercepts (K, C) at day 28; effects and their drift (p, C); terms in t and t^2 (2, C)."""

    scaling: Scaling
    intercepts: Floats
    effects: Floats
    drift: Floats
    time_terms: Floats
    prior_sd: Floats

    def predictors(self, z: Floats, day: Floats) -> Floats:
        """Predictors (n, C) of complete standardised features z (n, p) at the day of the visit."""
        t = visit_time(day)[:, None]
        in_time = np.concatenate([t, t**2], axis=1) @ self.time_terms
        return np.asarray(z @ self.effects + t * (z @ self.drift) + in_time)

    def risks(self, X: Floats, day: Floats) -> Floats:
        """Cumulative risks (n, K, C) of features X (n, p); missing ones at their expected value."""
        z = complete_inputs(X, self.scaling)
        return cumulative_risks(self.intercepts, self.predictors(z, day))


def visit_time(day: Floats) -> Floats:
    """t = (min(day, 365) - 28) / 90: 0 at day 28, later visits as day 365.

    >>> visit_time(np.array([28.0, 118.0])).tolist()
    [0.0, 1.0]
    """
    return np.asarray((np.minimum(day, LAST_DAY) - FIRST_LANDMARK) / TIME_UNIT)


def check_visits(X: Floats, day: Floats, n_features: int) -> None:
    """Refuse rows that are not (n, n_features) or days not (n,): compiled code checks no bounds."""
    if X.ndim != 2 or X.shape[1] != n_features or day.shape != (len(X),):
        raise InputError(
            f"This model takes rows of {n_features} features and a day each, but an array of shape "
            f"{X.shape} and days of shape {day.shape} came: give one column per feature, NaN where "
            "it was not measured, and one day per row."
        )


def learn_scaling(X: Floats, row_weight: Floats | None = None) -> Scaling:
    """Scaling of features X (n, p), NaN where missing; a row of weight 2 counts as two rows."""
    share = np.ones(len(X)) if row_weight is None else row_weight
    weight = np.where(np.isnan(X), 0.0, share[:, None])
    has_values = weight.any(axis=0)
    low, high = np.zeros(X.shape[1]), np.zeros(X.shape[1])
    for j in np.flatnonzero(has_values):
        low[j], high[j] = _weighted_quantiles(X[:, j], weight[:, j])
    bounded = np.where(weight > 0, np.clip(X, low, high), 0.0)
    total = np.where(has_values, weight.sum(axis=0), 1.0)
    centre = (weight * bounded).sum(axis=0) / total
    variance = (weight * (bounded - centre) ** 2).sum(axis=0) / total
    varies = variance > (1e-9 * (1.0 + np.abs(centre))) ** 2
    spread = np.where(varies, np.sqrt(variance), np.inf)
    z = np.where(weight > 0, (bounded - centre) / spread, 0.0)
    correlation = (1 - NOISE) * shrunken_covariance(z, share) + NOISE * np.eye(X.shape[1])
    return Scaling(low, high, centre, spread, correlation)


def _weighted_quantiles(values: Floats, weight: Floats) -> Floats:
    """The bounding quantiles of values of weight above 0: where the weight so far reaches them."""
    observed = weight > 0
    order = np.argsort(values[observed], kind="stable")
    reached = np.cumsum(weight[observed][order])
    position = np.searchsorted(reached, np.array(BOUNDS) * reached[-1] * (1 - 1e-12))
    return np.asarray(values[observed][order][position])


def standardised(X: Floats, scaling: Scaling) -> Floats:
    """Features bounded and standardised, NaN where missing."""
    bounded = np.clip(X, scaling.low, scaling.high)
    return np.asarray((bounded - scaling.centre) / scaling.spread)


def complete_inputs(X: Floats, scaling: Scaling) -> Floats:
    """Features X (n, p) standardised, missing ones at their expected value, within the bounds."""
    expected = completed(standardised(X, scaling), scaling.correlation)
    low, high = ((end - scaling.centre) / scaling.spread for end in (scaling.low, scaling.high))
    return np.clip(expected, low, high)


def event_power(event: Ints, patient: Ints) -> float:
    """Power of the likelihood of stacked rows: patients with an event over rows with one.

    One number for all rows. Weights by the number of a patient's rows would depend on how long the
    patient stays event-free, and bias the risks: relapse at day 120 was observed 1.26 times as
    often as expected, and with one power 1.07 times. Without events 1.

    >>> event_power(np.array([[1], [1], [2], [0]]), np.array([7, 7, 8, 9]))
    0.6666666666666666
    """
    has_event = (event > 0).any(axis=1)
    if not has_event.any():
        return 1.0
    return len(np.unique(patient[has_event])) / int(has_event.sum())


def fit_hazard_model(
    X: Floats, day: Floats, event: Ints, weight: Floats,
    *, is_core: Bools, incidence: Floats, row_weight: Floats | None = None,
) -> HazardModel:  # fmt: skip
    """Fit the model to visits: features X (n, p), `day` (n,), `event` and `weight` (n, K).

    `is_core` (p,) marks the core panel; `incidence` (K, C) is the cumulative incidence, over the
    rows, at which the intercepts are anchored. With one day alone the terms in time are left out.
    `row_weight` (n,) counts rows for scaling and anchoring, once each when None.

    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(300, 2))
    >>> event = (rng.random((300, 1)) < 1 / (1 + np.exp(1 - X[:, :1]))).astype(int)
    >>> model = fit_hazard_model(X, np.full(300, 28.0), event, np.ones((300, 1)),
    ...     is_core=np.array([True, False]), incidence=event.mean(axis=0, keepdims=True))
    >>> bool(abs(model.risks(X, np.full(300, 28.0)).mean() - event.mean()) < 1e-6)
    True
    """
    scaling = learn_scaling(X, row_weight)
    z = complete_inputs(X, scaling)
    model = unanchored_model(
        z, day, event, weight, is_core=is_core, n_events=incidence.shape[1], scaling=scaling
    )
    predictors = model.predictors(z, day)
    anchored = anchored_intercepts(model.intercepts, predictors, incidence, row_weight)
    return replace(model, intercepts=anchored)


def unanchored_model(
    z: Floats, day: Floats, event: Ints, weight: Floats,
    *, is_core: Bools, n_events: int, scaling: Scaling,
) -> HazardModel:  # fmt: skip
    """The fit to complete standardised features z (n, p), before its intercepts are anchored."""
    p, in_time = z.shape[1], bool(np.ptp(day) > 0)
    design = visit_design(z, visit_time(day), (1, 2) if in_time else ())
    groups = _groups(is_core, has_time=in_time)
    fit = fit_hazards(design, event, weight, groups=groups, n_events=n_events)
    drift, time_terms = np.zeros((p, n_events)), np.zeros((2, n_events))
    if in_time:
        drift, time_terms = fit.effects[p : 2 * p], fit.effects[2 * p :]
    return HazardModel(scaling, fit.intercepts, fit.effects[:p], drift, time_terms, fit.prior_sd)


def _groups(is_core: Bools, has_time: bool) -> ColumnGroups:
    group = np.where(is_core, CORE, OTHER)
    if has_time:
        group = np.concatenate([group, np.full(len(is_core), DRIFT), [TIME, CURVE]])
    scale = np.array([CORE_SD, OTHER_SD, DRIFT_SD, TIME_SD, CURVE_SD])
    return ColumnGroups(group, scale, np.array([False, False, True, True, True]))
