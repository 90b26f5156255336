"""Looks as JSON: what the registry keeps of each test of a cohort, without identifiers."""

import json
from collections.abc import Sequence
from typing import TypedDict

from features.errors import InputError
from training.evaluation.documents.model_sections import LookSection
from training.evaluation.looks import ALPHA, Look, look_sentence


class LookRecord(TypedDict):
    """One look in JSON; `patients` are sorted pseudonyms."""

    endpoint: str
    fit: str
    patients: list[str]
    declared: int | None
    number: int
    alpha: float
    shared: int


KINDS: dict[str, tuple[type, ...]] = {
    "endpoint": (str,),
    "fit": (str,),
    "patients": (list,),
    "declared": (int, type(None)),
    "number": (int,),
    "alpha": (int, float),
    "shared": (int,),
}


def look_record(look: Look) -> LookRecord:
    """The look as plain JSON values."""
    return {
        "endpoint": look.endpoint,
        "fit": look.fit,
        "patients": sorted(look.patients),
        "declared": look.declared,
        "number": look.number,
        "alpha": look.alpha,
        "shared": look.shared,
    }


def look_section(look: Look) -> LookSection:
    """The look as an evaluation shows it: without the patients."""
    return {
        "number": look.number,
        "declared": look.declared,
        "alpha": look.alpha,
        "shared": look.shared,
        "sentence": look_sentence(look),
    }


def looks_text(looks: Sequence[Look]) -> str:
    """JSON text of the looks, in their order.

    >>> looks_from_text(looks_text([]))
    []
    """
    return json.dumps([look_record(look) for look in looks], indent=1) + "\n"


def looks_from_text(text: str, name: str = "looks.json") -> list[Look]:
    """The looks that `looks_text` wrote; `name` is the file's, for the message.

    Raises InputError for anything else: without its earlier looks a cohort would be tested at the
    level of the first again.
    """
    try:
        content = json.loads(text)
    except json.JSONDecodeError:
        content = None
    if not isinstance(content, list) or not all(_is_record(item) for item in content):
        raise InputError(
            f"The record of earlier looks must be the JSON list that a fit has written; {name} is "
            "not: restore it from a backup, since without it earlier looks at these patients "
            "cannot be counted."
        )
    return [_look(item) for item in content]


def _is_record(item: object) -> bool:
    if not isinstance(item, dict) or set(item) != set(KINDS):
        return False
    kinds = all(
        isinstance(item[key], kind) and not isinstance(item[key], bool)
        for key, kind in KINDS.items()
    )
    return (
        kinds
        and all(isinstance(patient, str) for patient in item["patients"])
        and item["number"] >= 1
        and 0 <= item["alpha"] <= ALPHA
    )


def _look(record: LookRecord) -> Look:
    return Look(
        endpoint=record["endpoint"],
        fit=record["fit"],
        patients=frozenset(record["patients"]),
        declared=record["declared"],
        number=record["number"],
        alpha=float(record["alpha"]),
        shared=record["shared"],
    )
