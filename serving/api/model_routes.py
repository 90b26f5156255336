"""What is in service: versions, state of validation, gate, training counts, card."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from features.notices import RESEARCH_USE_ONLY
from features.schema import SCHEMA_VERSION
from models.endpoints import ENDPOINTS
from serving.api.predict_routes import json_response
from serving.assessment.assess import ServedModel
from serving.state import State

SHOWN = (
    "landmark",
    "horizons",
    "state",
    "provenance",
    "candidate",
    "gate",
    "training",
    "features",
    "format_version",
    "schema_version",
    "files",
    "card",
)


def model_routes(state: State) -> list[Route]:
    """The route /v1/model."""

    async def model(request: Request) -> Response:
        models = state.supply.current()
        return json_response(
            {
                "research_use_only": RESEARCH_USE_ONLY,
                "schema_version": SCHEMA_VERSION,
                "models": {name: described(models.get(name)) for name in ENDPOINTS},
            }
        )

    return [Route("/v1/model", model, methods=["GET"])]


def described(served: ServedModel | None) -> dict[str, Any] | None:
    """One endpoint's model; None when none is in service."""
    if served is None:
        return None
    manifest = served.model.manifest
    return {"version": served.version} | {name: manifest.get(name) for name in SHOWN}
