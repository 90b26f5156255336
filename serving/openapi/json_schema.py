"""JSON Schema of the interface's types: references, and the definitions that they lead to."""

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import TypeAdapter

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
