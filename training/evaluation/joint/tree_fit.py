"""Joint fit of boosted trees (LightGBM), the challenger: the same rows and events as the ridge."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from features.arrays import Floats, Ints
from models.accumulated_risk import cumulative_risks
from models.endpoints import Endpoint
from models.hazard_onset import trees_with_onset
from models.hazard_trees import fit_hazard_trees
from models.tree_members import TreeMembers
from training.evaluation.joint.fit import JointData
from training.evaluation.joint.rows import TrainingVisits, training_visits


@dataclass(frozen=True)
class JointTrees:
    """The trees of the exclusive events and, by endpoint with an onset, the trees with it."""

    exclusive: TreeMembers
    with_onset: Mapping[str, TreeMembers]

    def exclusive_risks(self, X: Floats, day: Floats) -> Floats:
        """Risks (n, K, C) of the exclusive events after visits X (n, p) on these days."""
        return _risks(self.exclusive, X, day)

    def risks(self, data: JointData, endpoint: Endpoint, X: Floats, day: Floats) -> Floats:
        """Risks (n, K) of an endpoint after visits X (n, p) on these days."""
        return np.asarray(_risks(self.of(endpoint), X, day) @ data.in_endpoint(endpoint))

    def of(self, endpoint: Endpoint) -> TreeMembers:
        """The trees that an endpoint is served from."""
        return self.exclusive if endpoint.onset is None else self.with_onset[endpoint.name]


def _risks(trees: TreeMembers, X: Floats, day: Floats) -> Floats:
    return cumulative_risks(trees.intercepts[0], trees.predictors(X, day)[:, 0])


def fit_trees(data: JointData, patients: Ints) -> JointTrees:
    """Fit to these patients (numbers, repeated in a bootstrap); learns from them alone."""
    visits = training_visits(data.rows, patients)
    fill = column_medians(visits.X)
    exclusive = fit_hazard_trees(
        visits.X, visits.day, visits.event, visits.weight, incidence=visits.incidence, fill=fill
    )
    onsets = {
        e.name: _with_onset(
            exclusive, training_visits(data.onset_rows[e.name], patients), data, e, fill=fill
        )
        for e in data.endpoints
        if e.onset is not None
    }
    return JointTrees(exclusive, onsets)


def _with_onset(
    exclusive: TreeMembers, until: TrainingVisits, data: JointData, endpoint: Endpoint,
    *, fill: Floats,
) -> TreeMembers:  # fmt: skip
    return trees_with_onset(
        exclusive, until.X, until.day, until.event, until.weight,
        in_endpoint=data.in_endpoint(endpoint), incidence=until.incidence, fill=fill,
    )  # fmt: skip


def column_medians(X: Floats) -> Floats:
    """Median of each column's values, 0 where it has none: X (n, p) to (p,).

    >>> column_medians(np.array([[1.0, np.nan], [2.0, np.nan], [9.0, np.nan]])).tolist()
    [2.0, 0.0]
    """
    has_values = ~np.isnan(X).all(axis=0)
    medians = np.zeros(X.shape[1])
    medians[has_values] = np.nanmedian(X[:, has_values], axis=0)
    return medians
