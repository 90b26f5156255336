"""Updated models of a joint fit: effects times a slope, intercepts anchored at another cohort."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from features.arrays import Bools, Floats
from models.assessment import CohortRisks
from models.endpoints import EVENT_CODES, Endpoint
from models.frozen import FrozenModel, Members
from models.manifest import ONSET_EVENT, Manifest, ParentFacts
from training.cohort.at_risk import inputs_at_risk
from training.cohort.cohort import Cohort
from training.cohort.protocol import Protocol
from training.evaluation.gate import MODEL_EVENTS
from training.evaluation.joint.cohort_fit import fit_identifier
from training.evaluation.update.anchoring import event_shifts, onset_shift
from training.evaluation.update.endpoint_tests import UpdateChoice
from training.statistics.survival.incidence import cumulative_incidence


@dataclass(frozen=True)
class NewPatients:
    """The other cohort's patients at risk at a joint fit's landmark.

    `X` (n, p); `target` (C,) is the observed incidence of each exclusive event by the primary
    horizon, interval `column`; `is_own` (C,) marks events seen at least 5 times by then.
    """

    cohort: Cohort
    X: Floats
    target: Floats
    is_own: Bools
    column: int
    horizon: int


def updated_models(
    models: Sequence[FrozenModel], update: UpdateChoice, cohort: Cohort, protocol: Protocol
) -> list[FrozenModel]:
    """The models of one joint fit with new intercepts, and with new slopes where chosen.

    Mean risks at the primary horizon are the observed incidences: every event gets one shift of
    its intercepts, an event seen under 5 times that of all events together. Effects on an
    endpoint's own event are multiplied by the slope that its test chose. Refits change in the same
    way, so that the stability interval keeps its width. Assumes an update that is no refit.
    """
    patients = new_patients(models[0], cohort, protocol)
    slopes = _slopes(models, update, protocol)
    n_events = len(patients.target)
    of_exclusive = np.array([slopes.get(event, 1.0) for event in models[0].manifest["events"]])
    sloped = models[0].members.scaled(of_exclusive).first()
    day = np.full(len(patients.X), float(models[0].landmark))
    shifts = event_shifts(
        sloped.intercepts[0][:, :n_events], sloped.predictors(patients.X, day)[:, 0, :n_events],
        patients.target, patients.is_own, patients.column,
    )  # fmt: skip
    return [_updated(m, slopes, shifts, patients, update, protocol) for m in models]


def new_patients(model: FrozenModel, cohort: Cohort, protocol: Protocol) -> NewPatients:
    """The patients at risk at the model's landmark, and the incidence of each exclusive event."""
    reading, horizon = cohort.at(model.landmark, protocol.transplant), protocol.primary_horizon
    at_risk = reading.at_risk
    events = [event for event in model.manifest["events"] if event != ONSET_EVENT]
    codes = [EVENT_CODES[event] for event in events]
    counts = [int(np.sum((at_risk.code == c) & (at_risk.time <= horizon))) for c in codes]
    curves = [cumulative_incidence(at_risk.time, at_risk.code, code) for code in codes]
    return NewPatients(
        cohort=reading,
        X=inputs_at_risk(at_risk, reading.samples, model.features),
        target=np.array([curve.at(horizon)[0] for curve in curves]),
        is_own=np.array(counts) >= MODEL_EVENTS,
        column=model.horizons.index(horizon),
        horizon=horizon,
    )


def updated_identifier(model: FrozenModel, cohort: Cohort, protocol: Protocol) -> str:
    """Identifier of the updated joint fit: that of the parent and of the tables it met."""
    parent = model.manifest["joint_fit"]
    tables = fit_identifier(cohort, protocol, (model.landmark,))
    return hashlib.sha256(f"{parent} {tables}".encode()).hexdigest()[:16]


def _slopes(
    models: Sequence[FrozenModel], update: UpdateChoice, protocol: Protocol
) -> Mapping[str, float]:
    """Factor of the effects on each event: of the exclusive endpoints, and of each onset by name.

    An endpoint of several events gives its slope to each, unless one is an endpoint of its own.
    """
    ordered = sorted(models, key=lambda m: -len(protocol.endpoint(m.endpoint).events))
    slopes: dict[str, float] = {}
    for model in ordered:
        endpoint = protocol.endpoint(model.endpoint)
        events = (_onset_name(endpoint),) if endpoint.onset else endpoint.events
        slopes.update(dict.fromkeys(events, update.slope(model.endpoint)))
    return slopes


def _onset_name(endpoint: Endpoint) -> str:
    """What tells the onsets of several endpoints apart."""
    return f"onset of {endpoint.name}"


def _updated(
    model: FrozenModel, slopes: Mapping[str, float], shifts: Floats, patients: NewPatients,
    update: UpdateChoice, protocol: Protocol,
) -> FrozenModel:  # fmt: skip
    endpoint = protocol.endpoint(model.endpoint)
    events = model.manifest["events"]
    names = [_onset_name(endpoint) if event == ONSET_EVENT else event for event in events]
    members = model.members.scaled(np.array([slopes.get(name, 1.0) for name in names]))
    all_shifts = shifts
    if endpoint.onset is not None:
        members_shifted = _shifted(members, np.append(shifts, 0.0)).first()
        all_shifts = np.append(shifts, _onset(model, members_shifted, endpoint, patients))
    return _refrozen(model, _shifted(members, all_shifts), endpoint, patients, update, protocol)


def _shifted(members: Members, shifts: Floats) -> Members:
    return replace(members, intercepts=members.intercepts + shifts)


def _onset(model: FrozenModel, member: Members, endpoint: Endpoint, patients: NewPatients) -> float:
    """Shift of the endpoint's onset, after those of the exclusive events."""
    at_risk = patients.cohort.at_risk_of(endpoint)
    X = inputs_at_risk(at_risk, patients.cohort.samples, model.features)
    curve = cumulative_incidence(at_risk.time, at_risk.code, endpoint.event_codes)
    day = np.full(len(X), float(model.landmark))
    return onset_shift(
        member.intercepts[0], member.predictors(X, day)[:, 0], model.in_endpoint,
        curve.at(patients.horizon)[0], patients.column,
    )  # fmt: skip


def _refrozen(
    model: FrozenModel, members: Members, endpoint: Endpoint, patients: NewPatients,
    update: UpdateChoice, protocol: Protocol,
) -> FrozenModel:  # fmt: skip
    """The model with its new arrays, the new cohort's prevalence and risks, and its parent."""
    at_risk = patients.cohort.at_risk_of(endpoint)
    X = inputs_at_risk(at_risk, patients.cohort.samples, model.features)
    curve = cumulative_incidence(at_risk.time, at_risk.code, endpoint.event_codes)
    draft = replace(model, members=members)
    cohort_risks = CohortRisks(
        curve.probabilities_at(model.horizons), np.sort(draft.risks(X).T, axis=1)
    )
    synthetic = "synthetic" in (model.manifest["provenance"], patients.cohort.provenance)
    manifest: Manifest = {
        **model.manifest,
        "joint_fit": updated_identifier(model, patients.cohort, protocol),
        "provenance": "synthetic" if synthetic else "real",
        "state": "candidate",
        "gate": {"state": "candidate", "sentences": [not_judged(at_risk.n)]},
        "parent": parent_facts(model, update, at_risk.n),
    }
    manifest.pop("cohort", None)  # the parent's figures: they describe other risks
    return replace(draft, cohort=cohort_risks, manifest=manifest)


def parent_facts(model: FrozenModel, update: UpdateChoice, patients: int) -> ParentFacts:
    """The parent's version and joint fit, and what was changed among how many patients."""
    return {
        "version": model.manifest.get("version", ""),
        "joint_fit": model.manifest["joint_fit"],
        "update": update.choice,
        "patients": patients,
    }


def not_judged(patients: int) -> str:
    """The sentence in place of a verdict: an updated model has met no further patients yet."""
    return (
        f"no champion: updated to {patients} patients of another cohort and not judged yet; "
        "evaluate it on further patients"
    )
