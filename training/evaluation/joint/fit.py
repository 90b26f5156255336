"""Joint fit: the hazards of all exclusive events, and of each endpoint that has an onset."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from features.arrays import Floats, Ints
from models.endpoints import Endpoint
from models.hazard_model import HazardModel, fit_hazard_model
from models.hazard_onset import with_onset
from models.manifest import endpoint_events
from training.cohort.cohort import Cohort
from training.evaluation.joint.rows import (
    JointRows,
    TrainingVisits,
    training_visits,
    until_onset_rows,
)


@dataclass(frozen=True)
class JointData:
    """Rows of the exclusive events, and for each endpoint with an onset the rows until it."""

    rows: JointRows
    onset_rows: Mapping[str, JointRows]
    endpoints: tuple[Endpoint, ...]

    def events(self, endpoint: Endpoint) -> tuple[str, ...]:
        """The events whose hazards the endpoint's model has."""
        return (self.rows if endpoint.onset is None else self.onset_rows[endpoint.name]).events

    def at_endpoint_risk(self, endpoint: Endpoint) -> Ints:
        """Positions, among the patients at the judged landmark, of those at risk of the endpoint.

        All of them, unless the endpoint excludes those with an earlier onset.
        """
        everybody = self.rows.visits[0].patient
        if endpoint.onset is None:
            return np.arange(len(everybody))
        return np.flatnonzero(np.isin(everybody, self.onset_rows[endpoint.name].visits[0].patient))

    def in_endpoint(self, endpoint: Endpoint) -> Floats:
        """1 for the events that the endpoint consists of, (C,)."""
        members = endpoint_events(endpoint)
        return np.array([float(event in members) for event in self.events(endpoint)])


@dataclass(frozen=True)
class JointModel:
    """The model of the exclusive events and, by endpoint with an onset, the model with it."""

    exclusive: HazardModel
    with_onset: Mapping[str, HazardModel]

    def exclusive_risks(self, X: Floats, day: Floats) -> Floats:
        """Risks (n, K, C) of the exclusive events after visits X (n, p) on these days."""
        return self.exclusive.risks(X, day)

    def risks(self, data: "JointData", endpoint: Endpoint, X: Floats, day: Floats) -> Floats:
        """Risks (n, K) of an endpoint after visits X (n, p) on these days."""
        of_events = self.of(endpoint).risks(X, day)
        return np.asarray(of_events @ data.in_endpoint(endpoint))

    def of(self, endpoint: Endpoint) -> HazardModel:
        """The model that an endpoint is served from."""
        return self.exclusive if endpoint.onset is None else self.with_onset[endpoint.name]


def joint_data(cohort: Cohort, rows: JointRows, endpoints: Sequence[Endpoint]) -> JointData:
    """Rows for all these endpoints; those with an onset need the cohort's infections."""
    onset_rows = {e.name: until_onset_rows(rows, cohort, e) for e in endpoints if e.onset}
    return JointData(rows, onset_rows, tuple(endpoints))


def fit_joint(data: JointData, patients: Ints) -> JointModel:
    """Fit to these patients (numbers, repeated in a bootstrap); learns from them alone."""
    visits = training_visits(data.rows, patients)
    is_core = data.rows.is_core
    exclusive = fit_hazard_model(
        visits.X, visits.day, visits.event, visits.weight,
        is_core=is_core, incidence=visits.incidence,
    )  # fmt: skip
    onsets = {}
    for endpoint in data.endpoints:
        if endpoint.onset is not None:
            until = training_visits(data.onset_rows[endpoint.name], patients)
            onsets[endpoint.name] = _with_onset(exclusive, until, data, endpoint)
    return JointModel(exclusive, onsets)


def _with_onset(
    exclusive: HazardModel, until: TrainingVisits, data: JointData, endpoint: Endpoint
) -> HazardModel:
    in_endpoint = data.in_endpoint(endpoint)
    return with_onset(
        exclusive, until.X, until.day, until.event, until.weight,
        is_core=data.rows.is_core, in_endpoint=in_endpoint,
        incidence=until.incidence @ in_endpoint,
    )  # fmt: skip
