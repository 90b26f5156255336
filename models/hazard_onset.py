"""An onset as one more event of a hazard model: severe infection beside fatal infection.

Severe infection contains fatal infection and does not exclude a later relapse, so it is no event of
the joint fit. Its model is the joint fit's with one event more, the onset that is survived to the
interval's end: exp(a_o + u_o) joins the sum over events. The endpoint's risk is that of the onset
and of the events it contains together. It is never below theirs in the joint fit: with V the chance
of the endpoint after the interval, one more event of odds e moves the chance at its start by
e (1 + sum of odds - odds of the contained events - V) / (positive), and V is at most 1.
"""

import numpy as np
from scipy.optimize import brentq

from features.arrays import Bools, Floats, Ints
from models.accumulated_risk import NO_EVENT, hazards
from models.hazard_model import HazardModel, complete_inputs, unanchored_model

MOST_LIKELY = 30.0  # intercept of an event that is certain


def with_onset(
    model: HazardModel, X: Floats, day: Floats, event: Ints, weight: Floats,
    *, is_core: Bools, in_endpoint: Floats, incidence: Floats,
) -> HazardModel:  # fmt: skip
    """The joint model of C events with the onset as event C + 1.

    X (n, p), `day` (n,) are the visits; `event`, `weight` (n, K) as for the joint fit, up to the
    first event or onset: C + 1 where an onset is survived to the end of its interval. `in_endpoint`
    (C + 1,) is 1 for the onset and the events that the endpoint contains; `incidence` (K,) of the
    endpoint over the rows, which the mean risk then is, unless the contained events alone exceed
    it.
    """
    z = complete_inputs(X, model.scaling)
    fit = unanchored_model(
        z, day, event, weight,
        is_core=is_core, n_events=len(in_endpoint), scaling=model.scaling,
    )  # fmt: skip
    extended = HazardModel(
        model.scaling,
        np.column_stack([model.intercepts, fit.intercepts[:, -1]]),
        np.column_stack([model.effects, fit.effects[:, -1]]),
        np.column_stack([model.drift, fit.drift[:, -1]]),
        np.column_stack([model.time_terms, fit.time_terms[:, -1]]),
        np.column_stack([model.prior_sd, fit.prior_sd[:, -1]]),
    )
    _anchor_onset(extended.intercepts, extended.predictors(z, day), in_endpoint, incidence)
    return extended


def _anchor_onset(
    intercepts: Floats, predictors: Floats, in_endpoint: Floats, incidence: Floats
) -> None:
    """Set the onset's intercepts, interval by interval, so that the mean risk is the incidence."""
    at_risk, reached = np.full(len(predictors), 1.0 / len(predictors)), 0.0
    for k, target in enumerate(incidence):
        row = intercepts[k].copy()
        row[-1] = _onset_intercept(row, predictors, in_endpoint, at_risk, target - reached)
        intercepts[k] = row
        h = hazards(row[None], predictors)[:, 0]
        reached += float(at_risk @ (h @ in_endpoint))
        at_risk = at_risk * (1.0 - h.sum(axis=1))


def _onset_intercept(
    intercepts: Floats, predictors: Floats, in_endpoint: Floats, at_risk: Floats, target: float
) -> float:
    """The onset's intercept at which the mean hazard of the endpoint is the target."""

    def excess(onset: float) -> float:
        row = np.append(intercepts[:-1], onset)
        return float(at_risk @ (hazards(row[None], predictors)[:, 0] @ in_endpoint)) - target

    if excess(NO_EVENT) >= 0:
        return NO_EVENT
    return float(brentq(excess, NO_EVENT, MOST_LIKELY, xtol=1e-12))
