"""OpenAPI 3.1 document of the interface: addresses, units, ranges, errors and security.

It is made from the types that read the requests and write the answers. BentoML's own document
leaves out mounted routes, security and the true shape of errors.
Reference: https://spec.openapis.org/oas/v3.1.0
"""

from functools import cache
from importlib.metadata import PackageNotFoundError, version

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from features.notices import RESEARCH_USE_ONLY
from serving.openapi.components import components
from serving.openapi.json_schema import Document
from serving.openapi.operation_object import operation_object
from serving.openapi.operations import OPERATIONS

TAGS = (
    ("v1", "Risks, reasons, patients and models."),
    ("cds-services", "CDS Hooks 2.0."),
    ("fhir", "FHIR R4."),
)


def openapi_routes() -> list[BaseRoute]:
    """The route /v1/openapi.json."""
    return [Route("/v1/openapi.json", read_document, methods=["GET"])]


async def read_document(request: Request) -> Response:
    """The document as JSON."""
    return JSONResponse(document())


@cache
def document() -> Document:
    """The whole document; built once a process.

    >>> document()["openapi"], "/v1/predict" in document()["paths"]
    ('3.1.0', True)
    """
    paths: dict[str, Document] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method] = operation_object(operation)
    return {
        "openapi": "3.1.0",
        "info": _info(),
        "servers": [{"url": "/", "description": "The service that gave this document."}],
        "tags": [{"name": name, "description": meaning} for name, meaning in TAGS],
        "paths": paths,
        "components": components(),
    }


def _info() -> Document:
    return {
        "title": "CD7Watch",
        "version": _version(),
        "summary": "Relapse and fatal-infection risk after CD7 CAR-T therapy.",
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
