"""Reference of the interface at /docs: the OpenAPI document as plain HTML without a script."""

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, TypedDict

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from serving.openapi.document import document
from serving.openapi.json_schema import Document
from serving.openapi.schema_wording import referenced_name, schema_text
from serving.openapi.served_interface import WITHOUT_MODELS, ServedInterface, served_interface
from serving.web.render import page

if TYPE_CHECKING:  # it reaches BentoML, which the page itself does not need
    from serving.state import State

PATH = "/docs"


class FieldView(TypedDict):
    """A line of a table: a parameter, or a field of a schema."""

    name: str
    location: str
    kind: str
    meaning: str


class BodyView(TypedDict):
    """A request's body in one media type; `schema` is empty where `kind` says it all."""

    media: str
    schema: str
    kind: str
    examples: list[str]


class ResponseView(TypedDict):
    """A status with its meaning and its body."""

    status: str
    meaning: str
    media: str
    schema: str


class OperationView(TypedDict):
    """One method of one address."""

    id: str
    method: str
    path: str
    meaning: str
    parameters: list[FieldView]
    bodies: list[BodyView]
    answers: list[ResponseView]


class SchemaView(TypedDict):
    """A schema and its fields."""

    name: str
    meaning: str
    fields: list[FieldView]


class ReferenceView(TypedDict):
    """The whole page."""

    info: Mapping[str, object]
    operations: list[OperationView]
    schemas: list[SchemaView]


def reference_routes(state: "State") -> list[BaseRoute]:
    """The route /docs, open to everyone as the document is.

    Handlers take the state first and are bound to it here, so that a test can call them.
    """
    return [Route(PATH, partial(reference_page, state), methods=["GET"])]


async def reference_page(state: "State", request: Request) -> Response:
    """The page of the whole document, for the models in service."""
    served = served_interface(state.active_models.current())
    return page("reference.html", **reference_view(served))


@lru_cache(maxsize=2)
def reference_view(served: ServedInterface = WITHOUT_MODELS) -> ReferenceView:
    """Every operation and every schema, in the order of the document.

    `served` are endpoints and declared columns of the models in service.
    """
    full_document = document(served)
    schemas = full_document["components"]["schemas"]
    return {
        "info": full_document["info"],
        "operations": list(_operations(full_document)),
        "schemas": [
            {"name": name, "meaning": _meaning(schema), "fields": list(_fields(schema))}
            for name, schema in schemas.items()
        ],
    }


def _operations(full_document: Document) -> Iterator[OperationView]:
    for path, item in full_document["paths"].items():
        for method, operation in item.items():
            responses = operation["responses"].items()
            yield {
                "id": operation["operationId"],
                "method": method.upper(),
                "path": path,
                "meaning": operation["description"],
                "parameters": [_parameter(part) for part in operation.get("parameters", ())],
                "bodies": list(_bodies(full_document, operation)),
                "answers": [
                    _response(full_document, status, answer) for status, answer in responses
                ],
            }


def _parameter(parameter: Document) -> FieldView:
    return {
        "name": parameter["name"],
        "location": parameter["in"] + (", required" if parameter["required"] else ""),
        "kind": schema_text(parameter["schema"]),
        "meaning": parameter["description"],
    }


def _bodies(full_document: Document, operation: Document) -> Iterator[BodyView]:
    for media, content in operation.get("requestBody", {"content": {}})["content"].items():
        schema = content["schema"]
        definition = full_document["components"]["schemas"].get(referenced_name(schema), schema)
        examples = definition.get("examples", ())
        yield {
            "media": media,
            "schema": referenced_name(schema),
            "kind": schema_text(schema),
            "examples": [json.dumps(example, indent=2) for example in examples],
        }


def _response(full_document: Document, status: str, response: Document) -> ResponseView:
    if "$ref" in response:
        response = full_document["components"]["responses"][referenced_name(response)]
    ((media, content),) = response["content"].items()
    return {
        "status": status,
        "meaning": response["description"],
        "media": media,
        "schema": referenced_name(content["schema"]),
    }


def _meaning(schema: Mapping[str, Any]) -> str:
    """The first paragraph of a schema's description."""
    return str(schema.get("description", "")).partition("\n\n")[0].replace("\n", " ")


def _fields(schema: Document) -> Iterator[FieldView]:
    required = schema.get("required", ())
    for name, field in schema.get("properties", {}).items():
        yield {
            "name": name,
            "location": "",
            "kind": schema_text(field) + ("" if name in required else ", optional"),
            "meaning": field.get("description", ""),
        }
