"""JSON Schema in words: type, choices and limits."""

from collections.abc import Mapping
from typing import Any

_LIMITS = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
}


def schema_text(schema: Mapping[str, Any]) -> str:
    """A schema in words: type, choices and limits.

    >>> schema_text({"anyOf": [{"type": "number", "minimum": 0.0}, {"type": "null"}]})
    'number (at least 0.0) or null'
    >>> schema_text({"type": "array", "items": {"$ref": "#/components/schemas/Sample"}})
    'array of Sample'
    """
    if "$ref" in schema:
        return referenced_name(schema)
    if "anyOf" in schema:
        return " or ".join(schema_text(part) for part in schema["anyOf"])
    if "const" in schema or "enum" in schema:
        return " or ".join(str(value) for value in schema.get("enum", [schema.get("const")]))
    text = str(schema.get("type", "anything"))
    if schema.get("items"):
        text += f" of {schema_text(schema['items'])}"
    limits = [words.format(schema[name]) for name, words in _LIMITS.items() if name in schema]
    return f"{text} ({', '.join(limits)})" if limits else text


def referenced_name(schema: Mapping[str, Any]) -> str:
    """The schema that a reference names; empty for an inline schema.

    >>> referenced_name({"$ref": "#/components/schemas/Sample"}), referenced_name({})
    ('Sample', '')
    """
    return str(schema.get("$ref", "")).rpartition("/")[2]
