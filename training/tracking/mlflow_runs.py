"""A fit as an MLflow run: one parent for the cohort, one child an endpoint, and what they need."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
from mlflow import ActiveRun, MlflowClient
from mlflow.data.pandas_dataset import from_pandas
from mlflow.data.sources import LocalArtifactDatasetSource  # type: ignore[attr-defined]  # made at run time
from mlflow.entities.model_registry import ModelVersion
from mlflow.environment_variables import MLFLOW_RUN_ID
from mlflow.models import ModelSignature
from mlflow.types.schema import ColSpec, Schema

from features import settings
from features.arrays import Floats
from features.errors import InputError
from features.notices import RESEARCH_USE_ONLY
from features.table.feature_table import code_version
from models import persistence
from models.frozen import FrozenModel
from training.charts.endpoint_plots import figures
from training.cohort.labels import at_risk
from training.cohort.outcomes import Outcomes
from training.cohort.protocol import Protocol
from training.cohort.samples import Samples
from training.evaluation.documents.evaluation_document import Evaluation
from training.evaluation.fit_endpoint import FittedEndpoint
from training.flat import numbers, words
from training.model_card.model_card import model_card
from training.study.page import render
from training.tracking.registry import register
from training.tracking.registry_names import registered_name
from training.tracking.training_quantiles import training_quantiles

EXPERIMENT = "cd7watch"
# Makes MLflow's page open on runs and models rather than on traces of language models.
PAGE = {"mlflow.experimentKind": "custom_model_development"}

# Parts of an evaluation whose numbers are shown as metrics; curves and lists stay in the JSON.
MEASURED = ("counts", "horizons", "permutation", "instability", "sample_size", "selection")

# What `models.persistence` needs to load and predict; MLflow adds itself.
PREDICTS_WITH = ("numpy", "numba", "pandas")


@dataclass(frozen=True)
class Cohort:
    """The two tables of a fit and the files they came from."""

    samples: Samples
    outcomes: Outcomes
    features_path: Path
    outcomes_path: Path

    @property
    def name(self) -> str:
        """The folder that holds the feature table, for people."""
        return self.features_path.resolve().parent.name


@contextmanager
def cohort_run(client: MlflowClient, cohort: Cohort, protocol: Protocol) -> Iterator[ActiveRun]:
    """The parent run. Under `mlflow run` it is the run that MLflow started for us."""
    under = None if _started_for_us() else experiment(client)
    with mlflow.start_run(experiment_id=under, run_name=f"cohort {cohort.name}") as run:
        mlflow.set_tags(origin(cohort) | {"kind": "fit", "protocol_sha256": protocol.sha256})
        # mlflow run has logged its own parameters under the project's names (features, outcomes).
        mlflow.log_params({f"protocol.{k}": v for k, v in words(protocol.as_dict()).items()})
        _log_tables(cohort)
        mlflow.log_dict(protocol.as_dict(), "protocol.json")
        page = render(cohort.samples, cohort.outcomes, protocol.landmark)
        mlflow.log_text(page, "cohort_report.html")
        yield run


@contextmanager
def evaluation_run(
    client: MlflowClient, cohort: Cohort, model: FrozenModel, version: ModelVersion | None
) -> Iterator[ActiveRun]:
    """The run of a stored model's evaluation on another cohort."""
    told = {"kind": "evaluation", "endpoint": model.endpoint}
    if version is not None:
        told |= {"registered_model": version.name, "model_version": str(version.version)}
    name = f"evaluate {model.endpoint} {version.version if version else 'from a folder'}"
    under = None if _started_for_us() else experiment(client)
    with mlflow.start_run(experiment_id=under, run_name=name) as run:
        mlflow.set_tags(origin(cohort) | told)
        _log_tables(cohort, "evaluation")
        yield run


def experiment(client: MlflowClient) -> str:
    """Id of our experiment, made when it is not there; artefacts lie beside the SQLite file."""
    found = client.get_experiment_by_name(EXPERIMENT)
    if found is None:
        local = mlflow.get_tracking_uri().startswith("sqlite:")
        root = (settings.var_dir() / "mlartifacts").as_uri() if local else None
        return str(client.create_experiment(EXPERIMENT, root, PAGE))
    if found.lifecycle_stage == "deleted":
        raise InputError(
            f"The MLflow experiment {EXPERIMENT} was deleted; bring it back with "
            f"`mlflow experiments restore --experiment-id {found.experiment_id}`."
        )
    return str(found.experiment_id)


def origin(cohort: Cohort) -> dict[str, str]:
    """Tags that say what a run rests on."""
    return {
        "provenance": cohort.samples.provenance,
        "schema_version": cohort.samples.schema_version,
        "features_sha256": cohort.samples.digest,
        "outcomes_sha256": cohort.outcomes.digest,
        "code_version": code_version(),
        "research_use_only": RESEARCH_USE_ONLY,
    }


def log_endpoint(
    client: MlflowClient, parent: ActiveRun, fitted: FittedEndpoint, cohort: Cohort,
    protocol: Protocol,
) -> ModelVersion | None:  # fmt: skip
    """Log one endpoint as a child of the cohort's run and register its model.

    The parent gets the endpoint's main measures too, so that cohorts compare in one table.
    Returns the registered version; None when there were too few events for a model.
    """
    if "metrics" in fitted.evaluation:
        measures = numbers({fitted.endpoint: fitted.evaluation["metrics"]})
        mlflow.log_metrics(measures, run_id=parent.info.run_id)
    with mlflow.start_run(
        experiment_id=parent.info.experiment_id, run_name=fitted.endpoint, nested=True
    ) as run:
        verdict = fitted.verdict
        tags = origin(cohort) | {
            "kind": "fit",
            "protocol_sha256": protocol.sha256,
            "endpoint": fitted.endpoint,
            "gate_state": verdict.state,
            "gate_sentences": "\n".join(verdict.sentences),
        }
        mlflow.set_tags(tags)
        mlflow.log_params({"endpoint": fitted.endpoint, **words(protocol.as_dict())})
        mlflow.log_metrics(metrics(fitted.evaluation))
        mlflow.log_dict(dict(fitted.evaluation), "evaluation.json")
        mlflow.log_dict(protocol.as_dict(), "protocol.json")
        _log_tables(cohort)
        if fitted.model is None:
            return None
        assert "metrics" in fitted.evaluation  # a model comes with its performance
        card = model_card(fitted.evaluation, registered_name(fitted.endpoint))
        mlflow.log_text(card, "model_card.md")
        mlflow.log_text(fitted.out_of_fold.to_csv(index=False), "out_of_fold.csv")
        X = training_rows(cohort, protocol)
        mlflow.log_dict(training_quantiles(protocol.features, X), "training_quantiles.json")
        for name, figure in figures(fitted, X).items():
            mlflow.log_figure(figure, f"plots/{name}.png")
        logged = _log_model(fitted.model, card, run.info.run_id, X)
        return register(client, fitted.endpoint, logged, tags | {"run_id": run.info.run_id})


def metrics(evaluation: Evaluation) -> dict[str, float]:
    """Numbers of an evaluation as flat metrics.

    The out-of-fold measures at the primary horizon stand alone (`auc`, `auc_low`, `auc_high`), the
    others under the name of their part (`counts/events`, `comparators/easix/brier_difference`).
    """
    sections: Mapping[str, object] = evaluation
    parts = {key: sections[key] for key in MEASURED if sections.get(key)}
    if "metrics" in evaluation:
        comparators = evaluation["comparators"].items()
        compared = {name: entry for name, entry in comparators if entry["compared"]}
        return numbers(evaluation["metrics"]) | numbers({**parts, "comparators": compared})
    return numbers(parts)


def training_rows(cohort: Cohort, protocol: Protocol) -> Floats:
    """Features (n, p) of the patients at risk at the landmark."""
    members = at_risk(cohort.outcomes, cohort.samples, protocol.landmark, protocol.transplant)
    rows = cohort.samples.frame.iloc[members.row][list(protocol.features)]
    return rows.to_numpy(np.float64)


def _log_model(model: FrozenModel, card: str, run_id: str, X: Floats) -> Any:
    """Log the model's folder; the example is the cohort's medians, never a patient."""
    training = {**_mapping(model.manifest["training"]), "mlflow_run_id": run_id}
    complete = replace(model, manifest={**model.manifest, "training": training, "card": card})
    with tempfile.TemporaryDirectory() as room:
        folder = Path(room) / "model"
        persistence.save(complete, folder)
        return mlflow.pyfunc.log_model(
            name="model",
            loader_module="models.persistence",
            data_path=str(folder),
            pip_requirements=[f"{name}=={installed(name)}" for name in PREDICTS_WITH],
            signature=signature(model),
            input_example=median_row(model.features, X),
        )


def signature(model: FrozenModel) -> ModelSignature:
    """Features in, one risk a horizon out, all doubles."""
    inputs: list[Any] = [ColSpec("double", name) for name in model.features]
    outputs: list[Any] = [ColSpec("double", f"risk_{horizon}") for horizon in model.horizons]
    return ModelSignature(Schema(inputs), Schema(outputs))


def median_row(features: tuple[str, ...], X: Floats) -> pd.DataFrame:
    """One made-up row: each feature's median; 0 where nobody had it."""
    known = [column[np.isfinite(column)] for column in X.T]
    medians = [float(np.median(values)) if values.size else 0.0 for values in known]
    return pd.DataFrame([medians], columns=list(features))


def _log_tables(cohort: Cohort, context: str = "training") -> None:
    """Register both tables as the run's inputs, with their SHA-256; no row is copied."""
    samples, outcomes = cohort.samples, cohort.outcomes
    tables = (
        ("features", samples.frame, cohort.features_path, samples.digest),
        ("outcomes", outcomes.frame.reset_index(), cohort.outcomes_path, outcomes.digest),
    )
    for name, frame, path, sha256 in tables:
        whole = frame.select_dtypes("integer").columns  # MLflow warns: such a column cannot miss
        dataset = from_pandas(
            frame.astype(dict.fromkeys(whole, float)),
            source=LocalArtifactDatasetSource(path.resolve().as_uri()),
            name=name,
            digest=sha256[:16],
        )
        mlflow.log_input(dataset, context=context, tags={"sha256": sha256})


def _started_for_us() -> bool:
    """True under `mlflow run`, which has made the run and names it to us."""
    return bool(MLFLOW_RUN_ID.get())  # type: ignore[no-untyped-call]  # MLflow's own


def _mapping(value: object) -> dict[str, Any]:
    assert isinstance(value, Mapping)
    return dict(value)
