"""MLflow runs: one parent for a cohort's fit, one for each evaluation, with tags and inputs."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import mlflow
import pandas as pd
from mlflow import ActiveRun, MlflowClient
from mlflow.data.pandas_dataset import from_pandas
from mlflow.data.sources import LocalArtifactDatasetSource  # type: ignore[attr-defined]  # made at run time
from mlflow.entities.model_registry import ModelVersion
from mlflow.environment_variables import MLFLOW_RUN_ID

from features import settings
from features.errors import InputError
from features.notices import RESEARCH_USE_ONLY
from features.table.feature_table import code_version
from models.frozen import FrozenModel
from training.cohort.cohort import Cohort
from training.cohort.protocol import Protocol
from training.evaluation.documents.evaluation_document import Evaluation
from training.json_values import flat_numbers, flat_texts
from training.study.page import render
from training.tracking.cohort_files import CohortFiles

EXPERIMENT = "cd7watch"
# Makes MLflow's page open on runs and models rather than on traces of language models.
PAGE = {"mlflow.experimentKind": "custom_model_development"}

# Parts of an evaluation whose numbers are shown as metrics; curves and lists stay in the JSON.
METRIC_PARTS = ("counts", "horizons", "score_test", "look", "instability", "sample_size")


@contextmanager
def cohort_run(client: MlflowClient, files: CohortFiles, protocol: Protocol) -> Iterator[ActiveRun]:
    """The parent run. Under `mlflow run` it is the run that MLflow started for us."""
    cohort = files.cohort
    with _start_run(client, f"cohort {files.name}") as run:
        mlflow.set_tags(origin_tags(cohort) | {"kind": "fit", "protocol_sha256": protocol.sha256})
        # mlflow run has logged its own parameters under the project's names (features, outcomes).
        parameters = flat_texts(protocol.as_dict())
        mlflow.log_params({f"protocol.{name}": text for name, text in parameters.items()})
        log_inputs(files)
        mlflow.log_dict(protocol.as_dict(), "protocol.json")
        mlflow.log_text(render(cohort), "cohort_report.html")
        yield run


@contextmanager
def evaluation_run(
    client: MlflowClient, files: CohortFiles, model: FrozenModel, version: ModelVersion | None
) -> Iterator[ActiveRun]:
    """The run of a stored model's evaluation on another cohort."""
    tags = {"kind": "evaluation", "endpoint": model.endpoint}
    if version is not None:
        tags |= {"registered_model": version.name, "model_version": str(version.version)}
    name = f"evaluate {model.endpoint} {version.version if version else 'from a folder'}"
    with _start_run(client, name) as run:
        mlflow.set_tags(origin_tags(files.cohort) | tags)
        log_inputs(files, "evaluation")
        yield run


def experiment(client: MlflowClient, name: str = EXPERIMENT) -> str:
    """Id of an experiment of ours, created when missing; artefacts lie beside the SQLite file."""
    current = client.get_experiment_by_name(name)
    if current is None:
        local = mlflow.get_tracking_uri().startswith("sqlite:")
        root = (settings.var_dir() / "mlartifacts").as_uri() if local else None
        return str(client.create_experiment(name, root, PAGE))
    if current.lifecycle_stage == "deleted":
        raise InputError(
            f"The MLflow experiment {name} was deleted; bring it back with "
            f"`mlflow experiments restore --experiment-id {current.experiment_id}`."
        )
    return str(current.experiment_id)


def origin_tags(cohort: Cohort) -> dict[str, str]:
    """Tags of the data and the code that a run rests on."""
    return {
        "provenance": cohort.samples.provenance,
        "schema_version": cohort.samples.schema_version,
        "features_sha256": cohort.samples.digest,
        "outcomes_sha256": cohort.outcomes.digest,
        "code_version": code_version(),
        "research_use_only": RESEARCH_USE_ONLY,
    }


def metrics(evaluation: Evaluation) -> dict[str, float]:
    """Numbers of an evaluation as flat metrics.

    The out-of-fold measures at the primary horizon stand alone (`auc`, `auc_low`, `auc_high`), the
    others under the name of their part (`counts/events`, `comparators/easix/brier_difference`).
    """
    sections: Mapping[str, object] = evaluation
    parts = {key: sections[key] for key in METRIC_PARTS if sections.get(key)}
    if "metrics" in evaluation:
        comparators = evaluation["comparators"].items()
        compared_scores = {name: entry for name, entry in comparators if entry["compared"]}
        by_part = flat_numbers({**parts, "comparators": compared_scores})
        return flat_numbers(evaluation["metrics"]) | by_part
    return flat_numbers(parts)


def log_inputs(files: CohortFiles, context: str = "training") -> None:
    """Register the tables as the run's inputs, with their SHA-256; no row is copied."""
    for name, frame, path, sha256 in _tables(files):
        # MLflow warns of columns of whole numbers, which cannot have missing values.
        whole_numbers = frame.select_dtypes("integer").columns
        dataset = from_pandas(
            frame.astype(dict.fromkeys(whole_numbers, float)),
            source=LocalArtifactDatasetSource(path.resolve().as_uri()),
            name=name,
            digest=sha256[:16],
        )
        mlflow.log_input(dataset, context=context, tags={"sha256": sha256})


def _tables(files: CohortFiles) -> Iterator[tuple[str, pd.DataFrame, Path, str]]:
    """Name, content, file and SHA-256 of each of the cohort's tables."""
    samples, outcomes = files.cohort.samples, files.cohort.outcomes
    infections = files.cohort.infections
    yield "features", samples.frame, files.features, samples.digest
    yield "outcomes", outcomes.frame.reset_index(), files.outcomes, outcomes.digest
    if infections is not None and files.infections is not None:
        digest = hashlib.sha256(infections.to_csv(index=False).encode()).hexdigest()
        yield "infections", infections, files.infections, digest


def _start_run(client: MlflowClient, name: str) -> ActiveRun:
    """A new run in our experiment; under `mlflow run`, the run that MLflow has made."""
    started_by_mlflow = bool(MLFLOW_RUN_ID.get())  # type: ignore[no-untyped-call]  # MLflow's own
    experiment_id = None if started_by_mlflow else experiment(client)
    return mlflow.start_run(experiment_id=experiment_id, run_name=name)
