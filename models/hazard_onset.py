"""An onset as one more event of a hazard model: severe infection beside fatal infection.

Severe infection contains fatal infection and does not exclude a later relapse, so it is no event of
the joint fit. Its model is the joint fit's with one event more, the onset that is survived to the
interval's end: exp(a_o + u_o) joins the sum over events. The endpoint's risk is that of the onset
and of the events it contains together. It is never below theirs in the joint fit: with V the chance
of the endpoint after the interval, one more event of odds e moves the chance at its start by
e (1 + sum of odds - odds of the contained events - V) / (positive), and V is at most 1.
"""

from dataclasses import replace

import numpy as np
from scipy.optimize import brentq

from features.arrays import Bools, Floats, Ints
from models.accumulated_risk import NO_EVENT, hazards
from models.hazard_model import HazardModel, complete_inputs, unanchored_model
from models.hazard_trees import fit_hazard_trees
from models.tree_members import TreeMembers, with_last_event

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
    anchored = anchored_onset(
        extended.intercepts, extended.predictors(z, day), in_endpoint, incidence
    )
    return replace(extended, intercepts=anchored)


def trees_with_onset(
    model: TreeMembers, X: Floats, day: Floats, event: Ints, weight: Floats,
    *, in_endpoint: Floats, incidence: Floats, fill: Floats | None = None,
) -> TreeMembers:  # fmt: skip
    """The challenger of C events with the onset as event C + 1, as `with_onset` does for the ridge.

    `incidence` (K, C + 1) of all events and the onset over the rows; `fill` (p,) as in
    `models.hazard_trees`.
    """
    fit = fit_hazard_trees(X, day, event, weight, incidence=incidence, fill=fill)
    extended = with_last_event(model, fit)
    predictors = extended.predictors(X, day)[:, 0]
    anchored = anchored_onset(
        extended.intercepts[0], predictors, in_endpoint, incidence @ in_endpoint
    )
    return replace(extended, intercepts=anchored[None])


def anchored_onset(
    intercepts: Floats, predictors: Floats, in_endpoint: Floats, incidence: Floats
) -> Floats:
    """Intercepts (K, C + 1) with the onset's, the last, such that the mean risk is the incidence.

    `predictors` (n, C + 1) of the rows whose mean it is; `in_endpoint` (C + 1,) and `incidence`
    (K,) as for `with_onset`. Interval by interval, because later ones depend on earlier ones.
    Where the other events leave fewer patients than the incidence asks for, the onset is certain
    for those who are left, and the mean risk stays below the incidence.
    """
    anchored = intercepts.copy()
    at_risk, reached = np.full(len(predictors), 1.0 / len(predictors)), 0.0
    for k, target in enumerate(incidence):
        row = anchored[k]
        row[-1] = _onset_intercept(row, predictors, in_endpoint, at_risk, target - reached)
        h = hazards(row[None], predictors)[:, 0]
        reached += float(at_risk @ (h @ in_endpoint))
        at_risk = at_risk * (1.0 - h.sum(axis=1))
    return anchored


def _onset_intercept(
    intercepts: Floats, predictors: Floats, in_endpoint: Floats, at_risk: Floats, target: float
) -> float:
    """The onset's intercept at which the mean hazard of the endpoint is the target."""

    def excess(onset: float) -> float:
        row = np.append(intercepts[:-1], onset)
        return float(at_risk @ (hazards(row[None], predictors)[:, 0] @ in_endpoint)) - target

    if excess(NO_EVENT) >= 0:
        return NO_EVENT
    if excess(MOST_LIKELY) <= 0:
        return MOST_LIKELY
    return float(brentq(excess, NO_EVENT, MOST_LIKELY, xtol=1e-12))
