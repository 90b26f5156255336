"""GET /v1/model: version, state of validation, gate, training counts and card of each model."""

from functools import partial

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from features.covariates import document
from features.notices import RESEARCH_USE_ONLY
from features.schema import SCHEMA_VERSION
from serving.api.json_responses import json_response
from serving.assessment.served_model import ServedModel
from serving.requests_responses.resource_responses import ModelsAnswer, ModelShown
from serving.state import State


def model_routes(state: State) -> list[Route]:
    """The route /v1/model.

    Handlers take the state first and are bound to it here, so that a test can call them.
    """
    return [Route("/v1/model", partial(read_models, state), methods=["GET"])]


async def read_models(state: State, request: Request) -> Response:
    """The models in service."""
    models = state.active_models.current()
    answer: ModelsAnswer = {
        "research_use_only": RESEARCH_USE_ONLY,
        "schema_version": SCHEMA_VERSION,
        "models": {name: model_document(served_model) for name, served_model in models.items()},
    }
    return json_response(answer)


def model_document(served_model: ServedModel) -> ModelShown:
    """One endpoint's model."""
    manifest = served_model.manifest
    return {
        "words": served_model.model.words,
        "version": served_model.version,
        "landmark": manifest["landmark"],
        "horizons": manifest["horizons"],
        "state": manifest["state"],
        "provenance": manifest["provenance"],
        "kind": manifest["model"],
        "joint_fit": manifest["joint_fit"],
        "events": manifest["events"],
        "endpoint_events": manifest["endpoint_events"],
        "gate": manifest["gate"],
        "training": manifest["training"],
        "features": manifest["features"],
        "covariates": [dict(document(feature)) for feature in served_model.model.covariates],
        "format_version": manifest["format_version"],
        "schema_version": manifest["schema_version"],
        "files": manifest["files"],
        "card": manifest.get("card"),
    }
