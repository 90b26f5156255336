"""Fit again under the previous protocol, and ask whether that beats the model in service."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import mlflow
import numpy as np
from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion

from features.arrays import Floats
from features.errors import InputError
from models.frozen import FrozenModel
from training.cohort.labels_text import interval
from training.cohort.outcomes import endpoint_code
from training.cohort.protocol import Protocol
from training.evaluation.fit_endpoint import FittedEndpoint
from training.statistics.bootstrap import Measure, bootstrap_copies, measure
from training.statistics.brier import bootstrap_mean, squared_loss
from training.tracking import promote
from training.tracking.fit_and_register import named, outcome, train_endpoint
from training.tracking.mlflow_runs import Cohort, cohort_run
from training.tracking.registered_model import (
    score,
    stored_model,
    stored_protocol,
    training_patients,
)
from training.tracking.registry import aliases, connect, find
from training.tracking.registry_names import Address

DRAWS = 1000
MIN_EVENTS = 10  # as the gate: with fewer a comparison is not assessable


@dataclass(frozen=True)
class Comparison:
    """New model against the one in service on patients the latter has not learned from.

    `difference` is the paired Brier difference, new minus old: below 0 the new one is better.
    None when there are too few events to compare.
    """

    patients: int
    events: int
    difference: Measure | None

    @property
    def beats(self) -> bool:
        """True when the whole interval lies below 0."""
        high = self.difference.high if self.difference else None
        return high is not None and high < 0

    def sentence(self) -> str:
        """The comparison in words."""
        on = f"on {self.patients} patients ({self.events} events) that the old one never saw"
        if self.difference is None:
            return f"cannot be compared {on}; at least {MIN_EVENTS} with and without are needed"
        verdict = (
            "beats the model in service" if self.beats else "does not beat the model in service"
        )
        return f"{verdict}: Brier difference {interval(self.difference.as_dict(), 3)} {on}"


def retrain_endpoints(
    cohort: Cohort, endpoints: Sequence[str], processes: int = 1
) -> Iterator[str]:
    """Retrain the named endpoints on the newest tables; yields what to tell the user.

    The new version becomes candidate; champion only if it passes the gate and either nobody is
    champion or it beats the model in service.
    """
    for endpoint in endpoints:
        endpoint_code(endpoint)
    client = connect()
    before = {endpoint: in_service(client, endpoint) for endpoint in dict.fromkeys(endpoints)}
    for endpoint, old in before.items():
        protocol = stored_protocol(old)
        with cohort_run(client, cohort, protocol) as parent:
            mlflow.set_tag("kind", "retrain")
            trained = train_endpoint(client, parent, cohort, protocol, endpoint, processes)
            yield outcome(trained.fitted)
            if trained.version is None:
                continue
            found = compare(trained.fitted, old, cohort, protocol)
            yield f"  {found.sentence()} (version {old.version})"
            moves = _name(client, endpoint, trained.version, found)
            yield named(trained.version, moves)


def in_service(client: MlflowClient, endpoint: str) -> ModelVersion:
    """The champion, or where there is none the candidate; InputError when nothing is registered."""
    champion = "champion" in aliases(client, endpoint)
    return find(client, Address(endpoint, "champion" if champion else "candidate"))


def compare(
    fitted: FittedEndpoint, old: ModelVersion, cohort: Cohort, protocol: Protocol
) -> Comparison:
    """Paired comparison: the new model's out-of-fold risks against the stored model's risks."""
    frozen = stored_model(old)
    _require_horizon(frozen, protocol)
    scored = score(frozen, cohort, protocol)
    patients = scored.patient_id.astype(str)
    unseen = ~np.isin(patients, sorted(training_patients(old)))
    own = fitted.out_of_fold.groupby("patient_id")["risk"].mean()
    new = own.reindex(patients).to_numpy(float)
    y = np.where(unseen & np.isfinite(new), scored.y, np.nan)
    return paired(new, scored.risk, y, scored.weight, protocol.seed)


def paired(new: Floats, old: Floats, y: Floats, weight: Floats, seed: int) -> Comparison:
    """Brier difference of two risks for the same patients; all (n,), `y` NaN where not counted.

    >>> y = np.tile([1.0, 0.0], 50)
    >>> paired(0.2 + 0.6 * y, np.full(100, 0.5), y, np.ones(100), 0).beats
    True
    """
    events, others = int(np.sum(y == 1)), int(np.sum(y == 0))
    if min(events, others) < MIN_EVENTS:
        return Comparison(events + others, events, None)
    known = np.isfinite(y)
    new_loss, used = squared_loss(np.where(known, new, 0.5)[None], y, weight[None])
    old_loss, _ = squared_loss(old[None], y, weight[None])
    difference = new_loss - old_loss
    draws = bootstrap_mean(difference, used, bootstrap_copies(y.size, DRAWS, seed))
    value = float(difference.sum() / used.sum())
    return Comparison(events + others, events, measure(value, draws))


def _require_horizon(frozen: FrozenModel, protocol: Protocol) -> None:
    if protocol.primary_horizon not in frozen.horizons:
        raise InputError(
            f"The model in service has no horizon of {protocol.primary_horizon} days to compare; "
            "run `python -m training fit` instead."
        )


def _name(
    client: MlflowClient, endpoint: str, version: ModelVersion, found: Comparison
) -> list[promote.Move]:
    client.set_model_version_tag(version.name, version.version, "retrain", found.sentence())
    moves = promote.by_gate(client, version, ("candidate",))
    if found.beats or "champion" not in aliases(client, endpoint):
        return moves + promote.by_gate(client, version, ("champion",))
    kept = promote.Move("champion", False, found.sentence())
    promote.apply(client, version, kept)
    return [*moves, kept]
