"""MLflow model registry: connection, versions, aliases, and a version's model folder."""

import logging
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlparse

import mlflow
from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion
from mlflow.environment_variables import (
    MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR,
    MLFLOW_TRACKING_URI,
)
from mlflow.exceptions import MlflowException
from mlflow.models import Model
from mlflow.models.model import ModelInfo

from features import settings
from features.errors import InputError
from training.tracking.registry_names import (
    ALIASES,
    PREFIX,
    Address,
    endpoint_of,
    registered_name,
)

SQLITE_START = b"SQLite format 3\0"


def connect(uri: str | None = None) -> MlflowClient:
    """Point MLflow at the tracking store, quietly, and return its client.

    Without `uri` the address comes from the settings. The SQLite file's folder is made.
    """
    logging.getLogger("mlflow").setLevel(logging.WARNING)
    MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR.set(False)  # type: ignore[no-untyped-call]  # MLflow's own
    uri = uri or settings.mlflow_uri()
    if uri.startswith("sqlite:///"):
        _prepare_database(Path(uri.removeprefix("sqlite:///")))
    set_by_user = MLFLOW_TRACKING_URI.is_set()  # type: ignore[no-untyped-call]  # MLflow's own
    mlflow.set_tracking_uri(uri)
    if not set_by_user:  # else MLflow's copy in the environment outlives our settings
        MLFLOW_TRACKING_URI.unset()  # type: ignore[no-untyped-call]  # MLflow's own
    return MlflowClient()


def _prepare_database(path: Path) -> None:
    """Make the database's folder; refuse a file that is no database or cannot be written to."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        return
    if not path.is_file() or not os.access(path, os.R_OK | os.W_OK):
        raise InputError(
            f"MLflow keeps its runs in a database that you may write to, but {path} is not: change "
            "its permissions, or set MLFLOW_TRACKING_URI or CD7WATCH_VAR."
        )
    with path.open("rb") as file:
        start = file.read(len(SQLITE_START))
    if start not in (b"", SQLITE_START):  # SQLite takes an empty file for a new database
        raise InputError(
            f"MLflow's runs are kept in an SQLite database, but {path} is none: restore it from a "
            "backup, or set MLFLOW_TRACKING_URI or CD7WATCH_VAR."
        )


def find_version(client: MlflowClient, address: Address) -> ModelVersion:
    """The version behind an address; InputError when there is none, with what to do."""
    name = registered_name(address.endpoint)
    try:
        if address.by_number:
            return client.get_model_version(name, address.reference)
        return client.get_model_version_by_alias(name, address.reference)
    except MlflowException as problem:
        if problem.error_code not in {"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"}:
            raise
    raise InputError(_absence(client, address, name))


def _absence(client: MlflowClient, address: Address, name: str) -> str:
    alias_versions = aliases(client, address.endpoint)
    if not alias_versions:
        return (
            f"No {address.endpoint} model is registered yet{_registered(client)}: run `cd7watch "
            "training fit FEATURES OUTCOMES` first."
        )
    have = ", ".join(f"{alias} (version {number})" for alias, number in alias_versions.items())
    if address.by_number:
        return f"{name} has no version {address.reference}; it has {have}."
    return (
        f"No version of {name} is {address.reference}, that is, {ALIASES[address.reference]}; "
        f"it has {have}."
    )


def _registered(client: MlflowClient) -> str:
    """Which endpoints have models, in words; empty when none has."""
    models = client.search_registered_models(f"name LIKE '{PREFIX}%'")
    endpoints = sorted(endpoint_of(model.name) for model in models)
    return f" (there are {', '.join(endpoints)})" if endpoints else ""


def aliases(client: MlflowClient, endpoint: str) -> dict[str, str]:
    """Aliases of an endpoint's model with their version numbers; empty when none is registered."""
    try:
        numbers = client.get_registered_model(registered_name(endpoint)).aliases
    except MlflowException as problem:
        if problem.error_code == "RESOURCE_DOES_NOT_EXIST":
            return {}
        raise
    return {alias: str(numbers[alias]) for alias in ALIASES if alias in numbers}


def register(
    client: MlflowClient, endpoint: str, words: str, model_info: ModelInfo, tags: Mapping[str, str]
) -> ModelVersion:
    """Add a model, logged by `mlflow.pyfunc.log_model`, as the endpoint's newest version.

    `words` name the endpoint in the description.
    """
    name = registered_name(endpoint)
    try:
        client.get_registered_model(name)
    except MlflowException as problem:
        if problem.error_code != "RESOURCE_DOES_NOT_EXIST":
            raise
        client.create_registered_model(
            name, description=f"Risk of {words} after CD7 CAR-T therapy."
        )
    return client.create_model_version(
        name,
        source=model_info.model_uri,
        run_id=model_info.run_id,
        model_id=model_info.model_id,
        tags=dict(tags),
    )


def copy_folder(version: ModelVersion, target: Path) -> None:
    """Copy a version's model folder (manifest.json, arrays.npz) to `target`, which is made."""
    with tempfile.TemporaryDirectory() as scratch:
        uri = f"models:/{version.name}/{version.version}"
        local = Path(mlflow.artifacts.download_artifacts(uri, dst_path=scratch))
        flavour = Model.load(str(local)).flavors["python_function"]
        shutil.copytree(local / str(flavour["data"]), target)


def without_password(uri: str) -> str:
    """A tracking address for people, without the password.

    >>> without_password("postgresql://me:secret@db/mlflow")
    'postgresql://me@db/mlflow'
    """
    parts = urlparse(uri)
    if parts.password is None:
        return uri
    return uri.replace(f":{parts.password}@", "@", 1)
