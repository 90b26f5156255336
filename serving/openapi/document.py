"""OpenAPI 3.1 document of the interface: addresses, units, ranges, errors and security.

It is made from the types that read the requests and write the answers. BentoML's own document
leaves out mounted routes, security and the true shape of errors.
Reference: https://spec.openapis.org/oas/v3.1.0
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache, partial
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from features.notices import RESEARCH_USE_ONLY
from serving.openapi.components import components
from serving.openapi.json_schema import Document
from serving.openapi.operation_object import operation_object
from serving.openapi.operations import OPERATIONS, Operation
from serving.openapi.parameters import number_parameters
from serving.openapi.served_interface import WITHOUT_MODELS, ServedInterface, served_interface

if TYPE_CHECKING:  # it reaches BentoML, which the document itself does not need
    from serving.state import State

TAGS = (
    ("v1", "Risks, reasons, patients and models."),
    ("cds-services", "CDS Hooks 2.0."),
    ("fhir", "FHIR R4."),
)


def openapi_routes(state: "State") -> list[BaseRoute]:
    """The route /v1/openapi.json.

    Handlers take the state first and are bound to it here, so that a test can call them.
    """
    return [Route("/v1/openapi.json", partial(read_document, state), methods=["GET"])]


async def read_document(state: "State", request: Request) -> Response:
    """The document as JSON, with endpoints and declared columns of the models in service."""
    return JSONResponse(document(served_interface(state.active_models.current())))


@lru_cache(maxsize=2)
def document(served: ServedInterface = WITHOUT_MODELS) -> Document:
    """The whole document, built once for the same models.

    `served` are their endpoints and declared columns.

    >>> document()["openapi"], "/v1/predict" in document()["paths"]
    ('3.1.0', True)
    """
    paths: dict[str, Document] = {}
    for operation in operations(served):
        paths.setdefault(operation.path, {})[operation.method] = operation_object(operation)
    return {
        "openapi": "3.1.0",
        "info": _info(served),
        "servers": [{"url": "/", "description": "The service that gave this document."}],
        "tags": [{"name": name, "description": meaning} for name, meaning in TAGS],
        "paths": paths,
        "components": components(served),
    }


def operations(served: ServedInterface) -> Iterator[Operation]:
    """Every operation; an upload also takes the declared columns."""
    for operation in OPERATIONS:
        parameters = operation.parameters
        if operation.name == "summarise":
            parameters = (*parameters, *number_parameters(served.covariates))
        yield replace(operation, parameters=parameters)


def _info(served: ServedInterface) -> Document:
    outcomes = ", ".join(words for _, words in served.endpoints) or "the models in service"
    return {
        "title": "CD7Watch",
        "version": _version(),
        "summary": f"Risks after CD7 CAR-T therapy: {outcomes}.",
        "description": (
            f"{RESEARCH_USE_ONLY} Every answer says whether its model is validated and whether"
            " model or sample is synthetic."
        ),
        "license": {"name": "MIT", "identifier": "MIT"},
    }


def _version() -> str:
    try:
        return version("cd7watch")
    except PackageNotFoundError:  # run from the repository, not installed
        return "0"
