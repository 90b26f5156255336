"""Closed tests of a stored joint fit in another cohort, one an endpoint, and what they choose."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from features.arrays import Floats
from features.errors import InputError
from models.endpoints import Endpoint
from models.frozen import FrozenModel
from models.hazard_model import complete_inputs, learn_scaling
from training.cohort.cohort import Cohort
from training.cohort.labels import EndpointLabels, label
from training.cohort.protocol import Protocol
from training.evaluation.design import Design, design_for
from training.evaluation.gate import MODEL_EVENTS
from training.statistics.calibration.logistic import fit_logistic, logit
from training.statistics.calibration.recalibration import Choice, ModelUpdate, closed_test

ALPHA = 0.05
EVENTS_A_PARAMETER = 10  # of the refit that the closed test compares with
CHOICES: tuple[Choice, ...] = ("keep", "intercept", "intercept_and_slope", "refit")


@dataclass(frozen=True)
class UpdateChoice:
    """What is done with a joint fit, and the closed tests of its endpoints behind it.

    `tests` lacks the endpoints with too few events; their models change with the others'.
    """

    choice: Choice
    tests: Mapping[str, ModelUpdate]

    def slope(self, endpoint: str) -> float:
        """Factor of the effects on an endpoint's own event: 1 unless its test asked for one."""
        test = self.tests.get(endpoint)
        return 1.0 if test is None or test.choice != "intercept_and_slope" else test.line[1]


def choose_update(
    models: Sequence[FrozenModel], cohort: Cohort, protocol: Protocol
) -> UpdateChoice:
    """Test the models of one joint fit at the protocol's primary horizon.

    They share their hazards, so one choice is made for all: the largest change that any endpoint's
    test asks for. The tests share 5 %; an endpoint with under 5 events or non-events has none.
    Raises InputError where no endpoint has one, and where no intercept and slope exist.
    """
    counts = {m.endpoint: _fewer(_labels(m, cohort, protocol)) for m in models}
    tested = [m for m in models if counts[m.endpoint] >= MODEL_EVENTS]
    if not tested:
        most = max(counts.values())
        raise InputError(
            f"Updating needs at least {MODEL_EVENTS} patients with and without an event; the "
            f"cohort has {most} of one kind. Collect more, or keep the models."
        )
    alpha = ALPHA / len(tested)
    tests = {m.endpoint: endpoint_test(m, cohort, protocol, alpha) for m in tested}
    largest = max(CHOICES.index(test.choice) for test in tests.values())
    return UpdateChoice(CHOICES[largest], tests)


def endpoint_test(
    model: FrozenModel, cohort: Cohort, protocol: Protocol, alpha: float = ALPHA
) -> ModelUpdate:
    """Closed test of one model among the cohort's patients at risk at its landmark.

    The refit that it is compared with has the stored logit and as many features, in the order of
    the claim and the core panel, as there are 10 events a parameter for, one at least.
    """
    labels = _labels(model, cohort, protocol)
    design = design_for(labels, cohort.samples, model.features, protocol.core_panel)
    column = model.horizons.index(labels.horizon)
    stored = logit(model.risks(design.X.to_numpy(np.float64))[:, column])
    features = refit_features(labels.definition, protocol, _fewer(labels))
    weight = design.label_weights()
    refit, n_parameters = _refit(stored, design, features, weight)
    return closed_test(
        design.y, weight, stored,
        refit_logit=refit, refit_parameters=n_parameters, alpha=alpha,
        training_ratio=_training_ratio(model, labels),
    )  # fmt: skip


def refit_features(endpoint: Endpoint, protocol: Protocol, events: int) -> tuple[str, ...]:
    """Features of the refit: those of the claim, then the core panel, a tenth of the events less 2.

    >>> relapse = Protocol().endpoint("relapse")
    >>> len(refit_features(relapse, Protocol(), 12)), len(refit_features(relapse, Protocol(), 45))
    (1, 2)
    """
    biomarker = (endpoint.biomarker,) if endpoint.biomarker else ()
    ordered = dict.fromkeys((*biomarker, *endpoint.claims, *protocol.core_panel))
    names = [name for name in ordered if name in protocol.features]
    return tuple(names[: max(1, events // EVENTS_A_PARAMETER - 2)])


def _training_ratio(model: FrozenModel, labels: EndpointLabels) -> float:
    """Events here over those in training, 0 for a model that does not say how many it had."""
    events = model.manifest["training"].get("n_events", {}).get(str(labels.horizon), 0)
    return labels.n_events / events if events else 0.0


def _labels(model: FrozenModel, cohort: Cohort, protocol: Protocol) -> EndpointLabels:
    endpoint = protocol.endpoint(model.endpoint)
    reading = cohort.at(model.landmark, protocol.transplant)
    return label(reading.at_risk_of(endpoint), endpoint, protocol.primary_horizon)


def _fewer(labels: EndpointLabels) -> int:
    """Patients of the rarer kind: with or without the event."""
    return min(labels.n_events, labels.n_nonevents)


def _refit(
    stored: Floats, design: Design, features: Sequence[str], weight: Floats
) -> tuple[Floats, int]:
    """Logit (n,) of the maximum-likelihood refit and its number of parameters."""
    X = design.X[list(features)].to_numpy(np.float64)
    z = complete_inputs(X, learn_scaling(X))
    z = z[:, np.ptp(z, axis=0) > 0]
    for n_features in range(z.shape[1], 0, -1):
        columns = np.column_stack([np.ones(len(z)), stored, z[:, :n_features]])
        beta = fit_logistic(columns, design.y, weight)
        if beta is not None:
            return np.asarray(columns @ beta), columns.shape[1]
    raise InputError(
        "Updating a model needs patients with and without the event whose features differ and "
        "overlap; no refit exists among these. Collect more patients, or keep the model."
    )
