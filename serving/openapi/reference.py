"""The OpenAPI document as a page at /docs: plain HTML, no script, nothing from elsewhere."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from serving.openapi.document import Document, document
from serving.web.render import page

PATH = "/docs"
_LIMITS = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
}


def reference_routes() -> list[BaseRoute]:
    """The route /docs, open to everyone as the document is."""

    async def reference(request: Request) -> Response:
        return page("reference.html", **reference_view())

    return [Route(PATH, reference, methods=["GET"])]


@cache
def reference_view() -> dict[str, Any]:
    """Every operation and every schema, in the order of the document."""
    whole = document()
    return {
        "about": whole["info"],
        "operations": list(_operations(whole)),
        "schemas": [
            {"name": name, "meaning": _meaning(schema), "fields": list(_fields(schema))}
            for name, schema in whole["components"]["schemas"].items()
        ],
    }


def _operations(whole: Document) -> Iterator[Document]:
    for path, item in whole["paths"].items():
        for method, operation in item.items():
            yield {
                "id": operation["operationId"],
                "method": method.upper(),
                "path": path,
                "said": operation["description"],
                "parameters": [_parameter(given) for given in operation.get("parameters", ())],
                "bodies": list(_bodies(whole, operation.get("requestBody"))),
                "answers": [
                    _answer(whole, status, given)
                    for status, given in operation["responses"].items()
                ],
            }


def _parameter(given: Document) -> Document:
    return {
        "name": given["name"],
        "where": given["in"] + (", required" if given["required"] else ""),
        "kind": kind(given["schema"]),
        "meaning": given["description"],
    }


def _bodies(whole: Document, body: Document | None) -> Iterator[Document]:
    for media, given in (body or {"content": {}})["content"].items():
        schema = given["schema"]
        named = whole["components"]["schemas"].get(_name(schema), schema)
        examples = named.get("examples", ())
        yield {
            "media": media,
            "schema": _name(schema),
            "kind": kind(schema),
            "examples": [json.dumps(example, indent=2) for example in examples],
        }


def _answer(whole: Document, status: str, given: Document) -> Document:
    if "$ref" in given:
        given = whole["components"]["responses"][_name(given)]
    ((media, content),) = given["content"].items()
    return {
        "status": status,
        "said": given["description"],
        "media": media,
        "schema": _name(content["schema"]),
    }


def _name(schema: Mapping[str, Any]) -> str:
    """The schema that a reference names; nothing for one that stands in place."""
    return str(schema.get("$ref", "")).rpartition("/")[2]


def _meaning(schema: Document) -> str:
    return str(schema.get("description", "")).partition("\n\n")[0].replace("\n", " ")


def _fields(schema: Document) -> Iterator[Document]:
    required = schema.get("required", ())
    for name, given in schema.get("properties", {}).items():
        yield {
            "name": name,
            "kind": kind(given) + ("" if name in required else ", optional"),
            "meaning": given.get("description", ""),
        }


def kind(schema: Mapping[str, Any]) -> str:
    """A schema in words: type, choices and limits.

    >>> kind({"anyOf": [{"type": "number", "minimum": 0.0}, {"type": "null"}]})
    'number (at least 0.0) or null'
    >>> kind({"type": "array", "items": {"$ref": "#/components/schemas/Sample"}})
    'array of Sample'
    """
    if "$ref" in schema:
        return _name(schema)
    if "anyOf" in schema:
        return " or ".join(kind(part) for part in schema["anyOf"])
    if "const" in schema or "enum" in schema:
        return " or ".join(str(value) for value in schema.get("enum", [schema.get("const")]))
    said = str(schema.get("type", "anything"))
    if schema.get("items"):
        said += f" of {kind(schema['items'])}"
    limits = [words.format(schema[name]) for name, words in _LIMITS.items() if name in schema]
    return f"{said} ({', '.join(limits)})" if limits else said
