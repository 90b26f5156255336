"""JSON Schema of the interface's types: references, and the definitions that they lead to."""

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import TypeAdapter

from features.schema import Feature
from serving.openapi.operations import OPERATIONS
from serving.requests_responses.problem_responses import ProblemAnswer

# A part of the document: JSON whose shape the OpenAPI and JSON Schema specifications set.
Document = dict[str, Any]
_REF = "#/components/schemas/{model}"
_Mode = Literal["validation", "serialization"]


def reference(kind: type) -> Document:
    """A reference to a type's definition.

    >>> reference(ProblemAnswer)
    {'$ref': '#/components/schemas/ProblemAnswer'}
    """
    return {"$ref": _REF.format(model=kind.__name__)}


def covariates_schema(covariates: Sequence[Feature]) -> Document:
    """The object of a sample's declared columns, which has these properties and no other."""
    return {
        "title": "Covariates",
        "description": "Columns that the training groups declared and that models in service use.",
        "type": "object",
        "properties": {feature.name: _covariate_schema(feature) for feature in covariates},
        "additionalProperties": False,
    }


def endpoint_schema(schema: Document, endpoints: Sequence[tuple[str, str]]) -> Document:
    """The schema of an endpoint's name: one of those in service, by name and words.

    >>> endpoint_schema({"type": "string"}, [("fatal_infection", "fatal infection")])["enum"]
    ['fatal_infection']
    """
    if not endpoints:
        return schema
    listed = "; ".join(f"`{name}` ({words})" for name, words in endpoints)
    names = [name for name, _ in endpoints]
    return {**schema, "description": f"Endpoints in service: {listed}.", "enum": names}


def _covariate_schema(feature: Feature) -> Document:
    """A declared column as a nullable number within its range, described in its unit."""
    limits = {"type": "number", "minimum": feature.low, "maximum": feature.high}
    return {
        "description": f"{feature.label}: {feature.meaning}. Unit: {feature.unit}; null = not "
        "measured.",
        "anyOf": [limits, {"type": "null"}],
    }


def definitions() -> Document:
    """Every request and answer by its name, and every type that they consist of."""
    answers = [o.answer for o in OPERATIONS] + [answer for o in OPERATIONS for _, answer in o.other]
    modes: list[tuple[type, _Mode]] = [(ProblemAnswer, "serialization")]
    modes += [(body, "validation") for body in _distinct([o.body for o in OPERATIONS])]
    modes += [(answer, "serialization") for answer in _distinct(answers)]
    inputs: list[tuple[str, _Mode, TypeAdapter[Any]]] = [
        (kind.__name__, mode, TypeAdapter(kind)) for kind, mode in modes
    ]
    _, schema = TypeAdapter.json_schemas(inputs, ref_template=_REF)
    by_name: Document = schema["$defs"]
    return by_name


def _distinct(kinds: Sequence[type | None]) -> list[type]:
    return list(dict.fromkeys(kind for kind in kinds if kind is not None))
