"""Our OpenAPI 3.1 document, made from the contracts: addresses, units, ranges, errors, security.

BentoML's own document leaves out mounted routes, security and the true shape of errors.
Reference: https://spec.openapis.org/oas/v3.1.0
"""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from http import HTTPStatus
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Literal

from pydantic import TypeAdapter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from features.notices import RESEARCH_USE_ONLY
from serving.openapi.operations import OPERATIONS, Operation
from serving.openapi.parameters import Parameter
from serving.requests_responses.problem_responses import ProblemAnswer
from serving.web import problems

# What the service answered to the examples of docs/http.md, by operation and status.
EXAMPLES: Mapping[str, Any] = json.loads(
    (Path(__file__).parents[1] / "example_answers.json").read_text()
)
_REF = "#/components/schemas/{model}"
# Any address may refuse for these, whatever it does.
_ALWAYS = (429, 500)
_GUARDED = (401, 403)

Document = dict[str, Any]
_Mode = Literal["validation", "serialization"]


def openapi_routes() -> list[BaseRoute]:
    """The route /v1/openapi.json."""

    async def openapi(request: Request) -> Response:
        return JSONResponse(document())

    return [Route("/v1/openapi.json", openapi, methods=["GET"])]


@cache
def document() -> Document:
    """The whole document; built once a process.

    >>> document()["openapi"], "/v1/predict" in document()["paths"]
    ('3.1.0', True)
    """
    paths: dict[str, Document] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method] = _described(operation)
    schemas = _schemas()
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "CD7Watch",
            "version": _version(),
            "summary": "Relapse and fatal-infection risk after CD7 CAR-T therapy.",
            "description": (
                f"{RESEARCH_USE_ONLY} Every answer says whether its model is validated and whether"
                " model or sample is synthetic."
            ),
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/", "description": "The service that gave this document."}],
        "tags": [
            {"name": name, "description": meaning}
            for name, meaning in (
                ("v1", "Risks, reasons, patients and models."),
                ("cds-services", "CDS Hooks 2.0."),
                ("fhir", "FHIR R4."),
            )
        ],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": _security()},
            "responses": {str(status): _problem(status) for status in sorted(_statuses())},
        },
    }


def _version() -> str:
    try:
        return version("cd7watch")
    except PackageNotFoundError:  # run from the repository, not installed
        return "0"


def _described(operation: Operation) -> Document:
    failures = (*operation.errors, *_ALWAYS, *(_GUARDED if operation.role else ()))
    given = ((operation.success, operation.answer), *operation.other)
    answers = {str(code): _answer(operation, code, model) for code, model in given}
    if operation.leads_to:
        answers[str(operation.success)]["links"] = _links(operation)
    answers |= {
        str(code): {"$ref": f"#/components/responses/{code}"} for code in sorted(set(failures))
    }
    described: Document = {
        "operationId": operation.name,
        "summary": operation.summary.rstrip("."),
        "description": _description(operation),
        "tags": [operation.path.split("/")[1]],
        "responses": answers,
        "security": [{"token": []}] if operation.role else [],
    }
    if operation.parameters:
        described["parameters"] = [_parameter(parameter) for parameter in operation.parameters]
    if operation.method in ("post", "put"):
        described["requestBody"] = _body(operation)
    return described


def _description(operation: Operation) -> str:
    asked = f" Asks for the role {operation.role}." if operation.role else " Open to everyone."
    return operation.summary + asked


def _answer(operation: Operation, status: int, model: type | None) -> Document:
    content: Document = {
        "schema": {"$ref": _REF.format(model=model.__name__)} if model else {"type": "object"}
    }
    if (named := f"{operation.name} {status}") in EXAMPLES:
        content["example"] = EXAMPLES[named]
    said = (model.__doc__ or "").strip().split("\n")[0] if model else HTTPStatus(status).phrase
    return {"description": said, "content": {operation.gives: content}}


def _links(operation: Operation) -> Document:
    return {
        name: {"operationId": name, "parameters": {"key": f"$response.body#{place}"}}
        for place, name in operation.leads_to
    }


def _body(operation: Operation) -> Document:
    if operation.body is not None:
        schema: Document = {"$ref": _REF.format(model=operation.body.__name__)}
        content: Document = {kind: {"schema": schema} for kind in operation.takes}
        return {"required": True, "content": content}
    file = {"type": "string", "format": "binary", "description": "The count file."}
    sample = {"type": "string", "description": "JSON: day, strategy, blood count."}
    form = {"type": "object", "required": ["file"], "properties": {"file": file, "sample": sample}}
    schemas = {"application/octet-stream": file, "multipart/form-data": form}
    return {
        "required": True,
        "content": {kind: {"schema": schemas[kind]} for kind in operation.takes},
    }


def _parameter(parameter: Parameter) -> Document:
    return {
        "name": parameter.name,
        "in": parameter.where,
        "required": parameter.where == "path" or parameter.required,
        "description": parameter.meaning,
        "schema": dict(parameter.schema),
    }


def _statuses() -> set[int]:
    return {*_ALWAYS, *_GUARDED, *(code for operation in OPERATIONS for code in operation.errors)}


def _problem(status: int) -> Document:
    schema = {"$ref": _REF.format(model=ProblemAnswer.__name__)}
    described: Document = {
        "description": problems.DETAILS.get(status, HTTPStatus(status).phrase),
        "content": {problems.MEDIA_TYPE: {"schema": schema}},
    }
    if status == 429:
        wait = {"description": "Seconds to wait.", "schema": {"type": "integer"}}
        described["headers"] = {"Retry-After": wait}
    return described


def _security() -> Document:
    return {
        "type": "http",
        "scheme": "bearer",
        "description": "A token made by `python -m serving token`; its roles say what it opens.",
    }


def _schemas() -> Document:
    """Every request and answer as JSON Schema, from the models that read and check them."""
    answers = [o.answer for o in OPERATIONS] + [answer for o in OPERATIONS for _, answer in o.other]
    modes: list[tuple[type, _Mode]] = [(ProblemAnswer, "serialization")]
    modes += [(body, "validation") for body in _distinct([o.body for o in OPERATIONS])]
    modes += [(answer, "serialization") for answer in _distinct(answers)]
    inputs: list[tuple[str, _Mode, TypeAdapter[Any]]] = [
        (kind.__name__, mode, TypeAdapter(kind)) for kind, mode in modes
    ]
    _, definitions = TypeAdapter.json_schemas(inputs, ref_template=_REF)
    schemas: Document = definitions["$defs"]
    return schemas


def _distinct(types: Sequence[type | None]) -> list[type]:
    return list(dict.fromkeys(kind for kind in types if kind is not None))
