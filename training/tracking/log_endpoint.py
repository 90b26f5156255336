"""One fitted endpoint in MLflow: a child run with metrics, artefacts and the registered model."""

import tempfile
from dataclasses import replace
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
from mlflow import ActiveRun, MlflowClient
from mlflow.entities.model_registry import ModelVersion
from mlflow.models import ModelSignature
from mlflow.models.model import ModelInfo
from mlflow.types.schema import ColSpec, Schema

from features.arrays import Floats
from models import persistence
from models.frozen import FrozenModel
from models.manifest import Manifest, ParentFacts, TrainingFacts
from training.charts.endpoint_plots import figures
from training.cohort.at_risk import inputs_at_risk
from training.cohort.protocol import Protocol
from training.evaluation.fit_cohort import FittedEndpoint
from training.json_values import flat_numbers, flat_texts
from training.model_card.model_card import model_card
from training.tracking.cohort_files import CohortFiles
from training.tracking.mlflow_runs import log_inputs, metrics, origin_tags
from training.tracking.registry import register
from training.tracking.registry_names import registered_name
from training.tracking.training_quantiles import training_quantiles

# What `models.persistence` needs to load and predict; MLflow adds itself.
PREDICTS_WITH = ("numpy", "numba", "pandas")


def log_endpoint(
    client: MlflowClient, parent: ActiveRun, fit: FittedEndpoint,
    *, files: CohortFiles, protocol: Protocol, updated: ParentFacts | None = None,
) -> ModelVersion | None:  # fmt: skip
    """Log one endpoint as a child of the cohort's run and register its model.

    The parent run gets the endpoint's main measures too, so that cohorts compare in one table.
    `updated` names the model that this fit replaces in an update. Returns the registered version;
    None when there were too few events for a model.
    """
    if "metrics" in fit.evaluation:
        measures = flat_numbers({fit.endpoint: fit.evaluation["metrics"]})
        mlflow.log_metrics(measures, run_id=parent.info.run_id)
    with mlflow.start_run(
        experiment_id=parent.info.experiment_id, run_name=fit.endpoint, nested=True
    ) as run:
        tags = origin_tags(files.cohort) | _fit_tags(fit, protocol) | _update_tags(updated)
        mlflow.set_tags(tags)
        _log_evaluation(fit, protocol)
        log_inputs(files)
        if fit.model is None:
            return None
        assert "metrics" in fit.evaluation  # a model comes with its performance
        card = model_card(fit.evaluation, registered_name(fit.endpoint))
        endpoint = protocol.endpoint(fit.endpoint)
        at_landmark = files.cohort.at(fit.model.landmark)
        at_risk = at_landmark.at_risk_of(endpoint)
        X = inputs_at_risk(at_risk, at_landmark.samples, protocol.features)
        _log_artefacts(fit, card, protocol, X)
        model = with_parent(fit.model, updated)
        model_info = log_model(model, card, run.info.run_id, X)
        return register(
            client, fit.endpoint, fit.model.words, model_info, tags | {"run_id": run.info.run_id}
        )


def with_parent(model: FrozenModel, parent: ParentFacts | None) -> FrozenModel:
    """The model with its parent named in the manifest; unchanged without one."""
    if parent is None:
        return model
    return replace(model, manifest={**model.manifest, "parent": parent})


def signature(model: FrozenModel) -> ModelSignature:
    """Features in, one risk a horizon out, all doubles."""
    inputs: list[Any] = [ColSpec("double", name) for name in model.features]
    outputs: list[Any] = [ColSpec("double", f"risk_{horizon}") for horizon in model.horizons]
    return ModelSignature(Schema(inputs), Schema(outputs))


def median_row(features: tuple[str, ...], X: Floats) -> pd.DataFrame:
    """One invented row: each feature's median; 0 for a feature without any value."""
    finite = [column[np.isfinite(column)] for column in X.T]
    medians = [float(np.median(values)) if values.size else 0.0 for values in finite]
    return pd.DataFrame([medians], columns=list(features))


def _fit_tags(fit: FittedEndpoint, protocol: Protocol) -> dict[str, str]:
    joint_fit = {} if fit.model is None else {"joint_fit": fit.model.manifest["joint_fit"]}
    return joint_fit | {
        "kind": "fit",
        "protocol_sha256": protocol.sha256,
        "endpoint": fit.endpoint,
        "gate_state": fit.verdict.state,
        "gate_sentences": "\n".join(fit.verdict.sentences),
    }


def _update_tags(parent: ParentFacts | None) -> dict[str, str]:
    if parent is None:
        return {}
    return {"parent_version": parent["version"], "update": parent["update"]}


def _log_evaluation(fit: FittedEndpoint, protocol: Protocol) -> None:
    mlflow.log_params({"endpoint": fit.endpoint, **flat_texts(protocol.as_dict())})
    mlflow.log_metrics(metrics(fit.evaluation))
    mlflow.log_dict(dict(fit.evaluation), "evaluation.json")
    mlflow.log_dict(protocol.as_dict(), "protocol.json")


def _log_artefacts(fit: FittedEndpoint, card: str, protocol: Protocol, X: Floats) -> None:
    mlflow.log_text(card, "model_card.md")
    mlflow.log_text(fit.out_of_fold.to_csv(index=False), "out_of_fold.csv")
    mlflow.log_dict(training_quantiles(protocol.features, X), "training_quantiles.json")
    for name, figure in figures(fit, X).items():
        mlflow.log_figure(figure, f"plots/{name}.png")


def log_model(model: FrozenModel, card: str, run_id: str, X: Floats) -> ModelInfo:
    """Log the model's folder; the example is the cohort's medians, never a patient."""
    training: TrainingFacts = {**model.manifest["training"], "mlflow_run_id": run_id}
    manifest: Manifest = {**model.manifest, "training": training, "card": card}
    complete = replace(model, manifest=manifest)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "model"
        persistence.save(complete, folder)
        model_info: ModelInfo = mlflow.pyfunc.log_model(
            name="model",
            loader_module="models.persistence",
            data_path=str(folder),
            pip_requirements=[f"{name}=={installed(name)}" for name in PREDICTS_WITH],
            signature=signature(model),
            input_example=median_row(model.features, X),
        )
    return model_info
