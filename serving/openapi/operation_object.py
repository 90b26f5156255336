"""OpenAPI operation objects: one operation's parameters, body, responses, links and security."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

from serving.openapi.json_schema import Document, reference
from serving.openapi.operations import Operation
from serving.openapi.parameters import Parameter

# What the service answered to the document's own examples, by operation and status.
EXAMPLES: Mapping[str, Any] = json.loads(
    (Path(__file__).parents[1] / "example_answers.json").read_text()
)
# Any address may refuse for these, whatever it does.
_ALWAYS = (429, 500)
_GUARDED = (401, 403)


def operation_object(operation: Operation) -> Document:
    """One method of one address, as the document describes it."""
    result: Document = {
        "operationId": operation.name,
        "summary": operation.summary.rstrip("."),
        "description": _description(operation),
        "tags": [operation.path.split("/")[1]],
        "responses": _responses(operation),
        "security": [{"token": []}] if operation.role else [],
    }
    if operation.parameters:
        result["parameters"] = [_parameter(parameter) for parameter in operation.parameters]
    if operation.method in ("post", "put"):
        result["requestBody"] = _body(operation)
    return result


def failures(operation: Operation) -> list[int]:
    """The statuses with which an operation may refuse, in their order."""
    guarded = _GUARDED if operation.role else ()
    return sorted({*operation.errors, *_ALWAYS, *guarded})


def _description(operation: Operation) -> str:
    access = f" Needs the role {operation.role}." if operation.role else " Open to everyone."
    return operation.summary + access


def _responses(operation: Operation) -> Document:
    answers = ((operation.success, operation.answer), *operation.other)
    responses = {str(status): _response(operation, status, answer) for status, answer in answers}
    if operation.leads_to:
        responses[str(operation.success)]["links"] = _links(operation)
    problems = {
        str(status): {"$ref": f"#/components/responses/{status}"} for status in failures(operation)
    }
    return responses | problems


def _response(operation: Operation, status: int, answer: type | None) -> Document:
    content: Document = {"schema": reference(answer) if answer else {"type": "object"}}
    if (name := f"{operation.name} {status}") in EXAMPLES:
        content["example"] = EXAMPLES[name]
    docstring = (answer.__doc__ or "").strip().split("\n")[0] if answer else None
    description = HTTPStatus(status).phrase if docstring is None else docstring
    return {"description": description, "content": {operation.gives: content}}


def _links(operation: Operation) -> Document:
    return {
        name: {"operationId": name, "parameters": {"key": f"$response.body#{pointer}"}}
        for pointer, name in operation.leads_to
    }


def _body(operation: Operation) -> Document:
    if operation.body is not None:
        schemas = dict.fromkeys(operation.takes, reference(operation.body))
    else:
        schemas = _upload_schemas()
    content = {media_type: {"schema": schemas[media_type]} for media_type in operation.takes}
    return {"required": True, "content": content}


def _upload_schemas() -> Document:
    """By media type: the count file as the whole body, or as a part beside its sample."""
    file = {"type": "string", "format": "binary", "description": "The count file."}
    sample = {"type": "string", "description": "JSON: day, strategy, blood count."}
    form = {"type": "object", "required": ["file"], "properties": {"file": file, "sample": sample}}
    return {"application/octet-stream": file, "multipart/form-data": form}


def _parameter(parameter: Parameter) -> Document:
    return {
        "name": parameter.name,
        "in": parameter.location,
        "required": parameter.location == "path" or parameter.required,
        "description": parameter.meaning,
        "schema": dict(parameter.schema),
    }
