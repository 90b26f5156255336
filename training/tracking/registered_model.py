"""Load a registered model, its protocol and its patients, and score a cohort with it."""

import io
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion

from features.arrays import Floats, Ints, Objects
from models import persistence
from models.frozen import FrozenModel
from training.cohort.at_risk import TRANSPLANT_RULES, inputs_at_risk
from training.cohort.cohort import Cohort
from training.cohort.endpoint_declaration import endpoints_from
from training.cohort.labels import label
from training.cohort.protocol import Protocol, read_protocol
from training.evaluation.design import design_for
from training.tracking.registry import copy_folder, find_version
from training.tracking.registry_names import Address, endpoint_of


@dataclass(frozen=True)
class CohortRisks:
    """A cohort's patients at risk with a stored model's risks; arrays (n,).

    `y` is NaN and `weight` 0 where the label is not known; `time` (days from the landmark) and
    `code` are the first event.
    """

    patient_id: Objects
    y: Floats
    weight: Floats
    risk: Floats
    time: Floats
    code: Ints


def stored_model(version: ModelVersion) -> FrozenModel:
    """Load a registered version's model."""
    with tempfile.TemporaryDirectory() as scratch:
        copy_folder(version, Path(scratch) / "model")
        return persistence.load(Path(scratch) / "model")


def stored_protocol(version: ModelVersion) -> Protocol:
    """The protocol a registered version was fitted under."""
    with tempfile.TemporaryDirectory() as scratch:
        uri = f"runs:/{version.run_id}/protocol.json"
        return read_protocol(mlflow.artifacts.download_artifacts(uri, dst_path=scratch))


def manifest_protocol(model: FrozenModel) -> Protocol:
    """The protocol of a model folder, from its manifest: endpoint, landmark, horizons, rule.

    The transplant rule follows from the question the model answers; a manifest without one means
    "ignored". A manifest that does not declare its endpoint is of a standard one.
    """
    declaration = model.manifest.get("declaration")
    endpoints = endpoints_from((declaration,)) if declaration else Protocol().endpoints
    rules = {question: rule for rule, question in TRANSPLANT_RULES.items()}
    return replace(
        Protocol(),
        endpoints=endpoints,
        landmark=model.landmark,
        horizons=model.horizons,
        primary_horizon=model.primary_horizon,
        transplant=rules.get(str(model.manifest.get("question")), "ignored"),
    )


def training_patients(version: ModelVersion) -> set[str]:
    """Patients a registered version learned from, by its run's out-of-fold predictions.

    An updated version has learned from its parent's too, unless it was fitted again.
    """
    text = mlflow.artifacts.load_text(f"runs:/{version.run_id}/out_of_fold.csv")
    frame = pd.read_csv(io.StringIO(text), usecols=["patient_id"], dtype=str)
    patients, tags = set(frame["patient_id"]), version.tags
    if tags.get("update", "refit") == "refit":
        return patients
    address = Address(endpoint_of(version.name), tags["parent_version"])
    return patients | training_patients(find_version(MlflowClient(), address))


def cohort_risks(model: FrozenModel, cohort: Cohort, protocol: Protocol) -> CohortRisks:
    """Risks of the patients at risk at the protocol's primary horizon, which the model must have.

    Censoring weights come from this cohort's own curve of censoring.
    """
    cohort = cohort.at(model.landmark, protocol.transplant)
    endpoint = protocol.endpoint(model.endpoint)
    at_risk = cohort.at_risk_of(endpoint)
    labels = label(at_risk, endpoint, protocol.primary_horizon)
    design = design_for(labels, cohort.samples, model.features, protocol.core_panel)
    column = model.horizons.index(protocol.primary_horizon)
    return CohortRisks(
        patient_id=at_risk.patient_id,
        y=design.y,
        weight=np.where(design.has_label, design.weights(), 0.0),
        risk=model.risks(design.X.to_numpy(np.float64))[:, column],
        time=at_risk.time,
        code=at_risk.code,
    )


def count_out_of_population(model: FrozenModel, cohort: Cohort, protocol: Protocol) -> int:
    """Number of patients at risk whom the model flags as outside its training population."""
    at_landmark = cohort.at(model.landmark, protocol.transplant)
    at_risk = at_landmark.at_risk_of(protocol.endpoint(model.endpoint))
    X = inputs_at_risk(at_risk, cohort.samples, model.features)
    return sum(model.assess(x).out_of_population for x in X)
