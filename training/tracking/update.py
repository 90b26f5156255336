"""Update registered models to another cohort: keep, new intercept, intercept and slope, refit."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import mlflow
from mlflow import ActiveRun, MlflowClient
from mlflow.entities.model_registry import ModelVersion

from features.errors import InputError
from models.frozen import FrozenModel
from models.manifest import ParentFacts
from training.cohort.cohort import Cohort
from training.cohort.protocol import Protocol
from training.cohort.samples import require_same_inputs
from training.evaluation.update.endpoint_tests import UpdateChoice, choose_update
from training.evaluation.update.updated_model import parent_facts, updated_models
from training.tracking import promote
from training.tracking.cohort_files import CohortFiles
from training.tracking.fit_and_register import (
    fit_and_register_endpoints,
    fit_summary,
    registration_line,
)
from training.tracking.log_update import log_update
from training.tracking.mlflow_runs import cohort_run
from training.tracking.registered_model import (
    cohort_risks,
    stored_model,
    stored_protocol,
    training_patients,
)
from training.tracking.registry import connect, find_version
from training.tracking.registry_names import parse_address

WORDS = {
    "keep": "keep the model as it is",
    "intercept": "new intercepts",
    "intercept_and_slope": "new intercepts and slope",
    "refit": "fit again",
}


def update_models(models: Sequence[str], files: CohortFiles, processes: int = 1) -> Iterator[str]:
    """Update the models of one joint fit; yields the lines to print.

    `models` are ENDPOINT@ALIAS or ENDPOINT/VERSION. New versions are candidates that name their
    parents; nothing is registered where the models are kept. Raises InputError for versions of
    several fits, for patients the models have learned from, and for too few events.
    """
    client = connect()
    versions = [find_version(client, parse_address(model)) for model in dict.fromkeys(models)]
    parents = [_numbered(stored_model(version), version) for version in versions]
    _require_one_fit(parents)
    protocol = stored_protocol(versions[0])
    reading = replace(files, cohort=files.cohort.at(parents[0].landmark, protocol.transplant))
    for parent in parents:
        require_same_inputs(reading.cohort.samples, parent.covariates)
    for version in versions:
        _require_other_patients(version, reading.cohort)
    update = choose_update(parents, reading.cohort, protocol)
    yield from (_line(parent, update, reading, protocol) for parent in parents)
    if update.choice == "keep":
        yield "These patients do not contradict the models: they are kept, nothing is registered."
        return
    with cohort_run(client, reading, protocol) as run:
        mlflow.set_tag("kind", "update")
        if update.choice == "refit":
            yield from _refitted(client, run, parents, update, reading, protocol, processes)
        else:
            changed = updated_models(parents, update, reading.cohort, protocol)
            for model, version in zip(changed, versions, strict=True):
                successor = log_update(
                    client, run, model, update, parent=version, files=reading, protocol=protocol
                )
                yield _registered(client, successor)


def _refitted(
    client: MlflowClient, run: ActiveRun, parents: Sequence[FrozenModel], update: UpdateChoice,
    files: CohortFiles, protocol: Protocol, processes: int,
) -> Iterator[str]:  # fmt: skip
    """The models fitted again to these patients, judged by the gate like any fit."""
    facts: Mapping[str, ParentFacts] = {
        p.endpoint: parent_facts(p, update, _patients(files.cohort, p, protocol)) for p in parents
    }
    for result in fit_and_register_endpoints(
        client, run, list(facts), files=files, protocol=protocol, processes=processes, parents=facts
    ):
        yield fit_summary(result.fit)
        if result.version:
            yield _registered(client, result.version)


def _patients(cohort: Cohort, model: FrozenModel, protocol: Protocol) -> int:
    """How many patients of the cohort are at risk of the model's endpoint."""
    return cohort.at_risk_of(protocol.endpoint(model.endpoint)).n


def _registered(client: MlflowClient, version: ModelVersion) -> str:
    return registration_line(version, promote.move_by_gate(client, version, ("candidate",)))


def _numbered(model: FrozenModel, version: ModelVersion) -> FrozenModel:
    """The model with the number that only the registry knows."""
    return replace(model, manifest={**model.manifest, "version": str(version.version)})


def _require_one_fit(parents: Sequence[FrozenModel]) -> None:
    fits = {parent.manifest["joint_fit"] for parent in parents}
    if len(fits) > 1 or len({parent.endpoint for parent in parents}) < len(parents):
        raise InputError(
            "Models are updated together when they come from one fit, one version an endpoint, or "
            "their risks could contradict each other; these do not: update them one fit at a time."
        )


def _require_other_patients(version: ModelVersion, cohort: Cohort) -> None:
    """Refuse patients whom the model has learned from: their risks would look too good.

    Simulated patients are the same only in the same table: every simulation has an S001.
    """
    simulated = cohort.provenance == "synthetic"
    if simulated and version.tags.get("features_sha256") != cohort.samples.digest:
        return
    shared = training_patients(version) & set(cohort.at_risk.patient_id.astype(str))
    if shared:
        raise InputError(
            f"A model is updated to patients it has not learned from, but {len(shared)} of these "
            f"are among those of {version.name} version {version.version}: leave them out, or use "
            "`cd7watch training retrain`."
        )


def _line(parent: FrozenModel, update: UpdateChoice, files: CohortFiles, protocol: Protocol) -> str:
    """What the stored model did among these patients, and what its test chose."""
    scored, test = cohort_risks(parent, files.cohort, protocol), update.tests.get(parent.endpoint)
    use = scored.weight > 0
    observed = float((scored.weight[use] * scored.y[use]).sum())
    expected = float((scored.weight[use] * scored.risk[use]).sum())
    return (
        f"{parent.endpoint} version {parent.manifest['version']}: {int(use.sum())} patients, "
        f"{int(scored.y[use].sum())} events, observed over expected {observed / expected:.2f}; "
        + (
            "too few events for a test of its own"
            if test is None
            else f"closed test: {WORDS[test.choice]} (p {test.p_keep:.2g} against keeping, "
            f"{test.p_intercept:.2g} against an intercept, {test.p_line:.2g} against a slope)"
        )
    )
