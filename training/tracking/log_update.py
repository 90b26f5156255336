"""One updated model in MLflow: a child run with its closed test, and the registered version."""

import io

import mlflow
import pandas as pd
from mlflow import ActiveRun, MlflowClient
from mlflow.entities.model_registry import ModelVersion

from models.frozen import FrozenModel
from training.cohort.at_risk import inputs_at_risk
from training.cohort.protocol import Protocol
from training.evaluation.update.endpoint_tests import UpdateChoice
from training.evaluation.update.updated_model import not_judged
from training.json_values import flat_texts
from training.tracking.cohort_files import CohortFiles
from training.tracking.log_endpoint import log_model
from training.tracking.mlflow_runs import log_inputs, origin_tags
from training.tracking.registered_model import cohort_risks, stored_model
from training.tracking.registry import register

CHANGES = {
    "intercept": "new intercepts",
    "intercept_and_slope": "new intercepts, effects times a slope",
}
PARENT_FILES = ("protocol.json", "training_quantiles.json")  # the ranges stay the parent's


def log_update(
    client: MlflowClient, run: ActiveRun, model: FrozenModel, update: UpdateChoice,
    *, parent: ModelVersion, files: CohortFiles, protocol: Protocol,
) -> ModelVersion:  # fmt: skip
    """Log an updated model as a child of the update's run and register it as a candidate.

    `out_of_fold.csv` holds the new patients with the parent's risks, which never saw them.
    """
    with mlflow.start_run(
        experiment_id=run.info.experiment_id, run_name=model.endpoint, nested=True
    ) as child:
        tags = origin_tags(files.cohort) | _tags(model, parent, protocol)
        mlflow.set_tags(tags)
        mlflow.log_params({"endpoint": model.endpoint, **flat_texts(protocol.as_dict())})
        log_inputs(files)
        mlflow.log_dict(_closed_test(model.endpoint, update), "update.json")
        for name in PARENT_FILES:
            mlflow.log_dict(mlflow.artifacts.load_dict(f"runs:/{parent.run_id}/{name}"), name)
        mlflow.log_text(_unseen(parent, files, protocol), "out_of_fold.csv")
        card = updated_card(model, update)
        mlflow.log_text(card, "model_card.md")
        X = inputs_at_risk(files.cohort.at_risk, files.cohort.samples, model.features)
        model_info = log_model(model, card, child.info.run_id, X)
        version_tags = tags | {"run_id": child.info.run_id}
        return register(client, model.endpoint, model.words, model_info, version_tags)


def updated_card(model: FrozenModel, update: UpdateChoice) -> str:
    """The parent's card after a section that says what was changed, and by which test."""
    facts, test = model.manifest["parent"], update.tests.get(model.endpoint)
    tested = (
        "Too few events for a closed test of its own: it was changed with the models of its fit."
        if test is None
        else f"Closed test: p {test.p_keep:.2g} against keeping it, {test.p_intercept:.2g} against "
        f"a new intercept, {test.p_line:.2g} against a new intercept and slope."
    )
    heading, _, rest = model.manifest.get("card", "").partition("\n")
    return (
        f"{heading}\n\n## Updated\n\n"
        f"Version {facts['version']} was updated to {facts['patients']} patients of another "
        f"cohort: {CHANGES[facts['update']]}. {tested} The updated "
        "model has met no further patients: all figures below are version "
        f"{facts['version']}'s.\n{rest}"
    )


def _tags(model: FrozenModel, parent: ModelVersion, protocol: Protocol) -> dict[str, str]:
    return {
        "kind": "update",
        "endpoint": model.endpoint,
        "joint_fit": model.manifest["joint_fit"],
        "protocol_sha256": protocol.sha256,
        "provenance": model.manifest["provenance"],
        "gate_state": "candidate",
        "gate_sentences": not_judged(model.manifest["parent"]["patients"]),
        "parent_version": str(parent.version),
        "update": model.manifest["parent"]["update"],
    }


def _closed_test(endpoint: str, update: UpdateChoice) -> dict[str, object]:
    test = update.tests.get(endpoint)
    if test is None:
        return {"choice": update.choice, "choice_of_endpoint": None}
    return {
        "choice": update.choice,
        "choice_of_endpoint": test.choice,
        "p_keep": test.p_keep,
        "p_intercept": test.p_intercept,
        "p_intercept_and_slope": test.p_line,
        "intercept": test.intercept,
        "line": list(test.line),
    }


def _unseen(parent: ModelVersion, files: CohortFiles, protocol: Protocol) -> str:
    scored = cohort_risks(stored_model(parent), files.cohort, protocol)
    frame = pd.DataFrame(
        {
            "patient_id": scored.patient_id,
            "risk": scored.risk,
            "label": scored.y,
            "weight": scored.weight,
            "time": scored.time,
            "code": scored.code,
        }
    )
    text = io.StringIO()
    frame.to_csv(text, index=False)
    return text.getvalue()
