"""What /v1/model says of the models in service."""

import asyncio
import json
from pathlib import Path

from serving.api.model_routes import model_document, read_models
from serving.assessment.served_model import ServedModel
from serving.model_store.versions_in_service import install
from serving.state import State
from tests.serving.http_request import http_request


def models_of(state: State) -> dict[str, object]:
    """The handler's answer, called without an application."""
    response = asyncio.run(read_models(state, http_request()))
    models: dict[str, object] = json.loads(bytes(response.body))["models"]
    return models


def test_without_a_model_there_is_no_endpoint(state: State) -> None:
    """Endpoints are those of the models in service."""
    assert models_of(state) == {}


def test_a_model_is_described_by_its_manifest(state: State, model_folders: dict[str, Path]) -> None:
    """Every entry but the version is the folder's own; the version is the registry's."""
    install([model_folders["relapse"]], state.audit_log, "tests")
    state._refresh_models()
    relapse = models_of(state)["relapse"]
    manifest = json.loads((model_folders["relapse"] / "manifest.json").read_text())
    assert isinstance(relapse, dict) and relapse["version"] == "1"
    others = {"covariates": [], "words": "relapse", "kind": manifest["model"]}
    assert {**others, **{n: manifest[n] for n in relapse if n in manifest}} == relapse
    served_model = state.active_models.current()["relapse"]
    assert model_document(ServedModel(served_model.model, "9")) == {**relapse, "version": "9"}
