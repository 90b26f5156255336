"""Retrain under the previous protocol and compare with the model in service (paired Brier)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import mlflow
import numpy as np
from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion

from features.arrays import Floats
from features.errors import InputError
from models.frozen import FrozenModel
from training.cohort.cohort import Cohort
from training.cohort.labels_text import interval
from training.cohort.protocol import Protocol
from training.cohort.samples import require_same_inputs
from training.evaluation.fit_cohort import FittedEndpoint
from training.statistics.accuracy.brier import bootstrap_mean, squared_loss
from training.statistics.bootstrap import Measure, bootstrap_copies, measure
from training.tracking import promote
from training.tracking.cohort_files import CohortFiles
from training.tracking.fit_and_register import (
    fit_and_register_endpoints,
    fit_summary,
    registration_line,
)
from training.tracking.mlflow_runs import cohort_run
from training.tracking.registered_model import (
    cohort_risks,
    stored_model,
    stored_protocol,
    training_patients,
)
from training.tracking.registry import aliases, connect, find_version
from training.tracking.registry_names import Address

DRAWS = 1000
MIN_EVENTS = 10  # as the gate: with fewer a comparison is not assessable


@dataclass(frozen=True)
class RetrainComparison:
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
        on = f"on {self.patients} patients ({self.events} events) unseen by the old one"
        if self.difference is None:
            return f"cannot be compared {on}; at least {MIN_EVENTS} with and without are needed"
        verdict = (
            "beats the model in service" if self.beats else "does not beat the model in service"
        )
        return f"{verdict}: Brier difference {interval(self.difference.as_dict(), 3)} {on}"


def retrain_endpoints(
    files: CohortFiles, endpoints: Sequence[str], processes: int = 1
) -> Iterator[str]:
    """Retrain the named endpoints on the newest tables; yields the lines to print.

    The new version becomes candidate; champion only if it passes the gate and either there is no
    champion or it beats the model in service.
    """
    client = connect()
    before = {endpoint: in_service(client, endpoint) for endpoint in dict.fromkeys(endpoints)}
    protocols = {endpoint: stored_protocol(old) for endpoint, old in before.items()}
    for protocol in {p.sha256: p for p in protocols.values()}.values():
        together = {e: before[e] for e, p in protocols.items() if p.sha256 == protocol.sha256}
        yield from _retrain_together(
            client, files.under(protocol), protocol, before=together, processes=processes
        )


def _retrain_together(
    client: MlflowClient, files: CohortFiles, protocol: Protocol,
    *, before: Mapping[str, ModelVersion], processes: int,
) -> Iterator[str]:  # fmt: skip
    """Retrain endpoints of one protocol by one joint fit, so that they can serve together."""
    for old in before.values():
        require_same_inputs(files.cohort.samples, stored_model(old).covariates)
    with cohort_run(client, files, protocol) as parent:
        mlflow.set_tag("kind", "retrain")
        for result in fit_and_register_endpoints(
            client, parent, list(before), files=files, protocol=protocol, processes=processes
        ):
            yield fit_summary(result.fit)
            if result.version is None:
                continue
            old = before[result.fit.endpoint]
            comparison = compare(result.fit, old, files.cohort, protocol)
            yield f"  {comparison.sentence()} (version {old.version})"
            moves = _move_aliases(client, result.fit.endpoint, result.version, comparison)
            yield registration_line(result.version, moves)


def in_service(client: MlflowClient, endpoint: str) -> ModelVersion:
    """The champion, or where there is none the candidate; InputError when nothing is registered."""
    champion = "champion" in aliases(client, endpoint)
    return find_version(client, Address(endpoint, "champion" if champion else "candidate"))


def compare(
    fit: FittedEndpoint, old: ModelVersion, cohort: Cohort, protocol: Protocol
) -> RetrainComparison:
    """Paired comparison: the new model's out-of-fold risks against the stored model's risks."""
    frozen = stored_model(old)
    _require_horizon(frozen, protocol)
    old_risks = cohort_risks(frozen, cohort, protocol)
    patients = old_risks.patient_id.astype(str)
    unseen = ~np.isin(patients, sorted(training_patients(old)))
    new_risk = fit.out_of_fold.groupby("patient_id")["risk"].mean()
    new = new_risk.reindex(patients).to_numpy(float)
    y = np.where(unseen & np.isfinite(new), old_risks.y, np.nan)
    return paired_comparison(new, old_risks.risk, y, old_risks.weight, seed=protocol.seed)


def paired_comparison(
    new: Floats, old: Floats, y: Floats, weight: Floats, *, seed: int
) -> RetrainComparison:
    """Brier difference of two risks for the same patients; all (n,), `y` NaN where not counted.

    >>> y = np.tile([1.0, 0.0], 50)
    >>> paired_comparison(0.2 + 0.6 * y, np.full(100, 0.5), y, np.ones(100), seed=0).beats
    True
    """
    events, others = int(np.sum(y == 1)), int(np.sum(y == 0))
    if min(events, others) < MIN_EVENTS:
        return RetrainComparison(events + others, events, None)
    new_loss, weights = squared_loss(np.where(np.isfinite(y), new, 0.5)[None], y, weight[None])
    old_loss, _ = squared_loss(old[None], y, weight[None])
    difference = new_loss - old_loss
    draws = bootstrap_mean(difference, weights, bootstrap_copies(y.size, DRAWS, seed))
    value = float(difference.sum() / weights.sum())
    return RetrainComparison(events + others, events, measure(value, draws))


def _require_horizon(frozen: FrozenModel, protocol: Protocol) -> None:
    if protocol.primary_horizon not in frozen.horizons:
        raise InputError(
            f"The model in service has no horizon of {protocol.primary_horizon} days to compare; "
            "run `cd7watch training fit` instead."
        )


def _move_aliases(
    client: MlflowClient, endpoint: str, version: ModelVersion, comparison: RetrainComparison
) -> list[promote.AliasMove]:
    client.set_model_version_tag(version.name, version.version, "retrain", comparison.sentence())
    moves = promote.move_by_gate(client, version, ("candidate",))
    if comparison.beats or "champion" not in aliases(client, endpoint):
        return moves + promote.move_by_gate(client, version, ("champion",))
    refusal = promote.AliasMove("champion", False, comparison.sentence())
    promote.apply_move(client, version, refusal)
    return [*moves, refusal]
