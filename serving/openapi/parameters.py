"""Parameters of the interface's addresses, described from the models that read them."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from features.table.sample_sheet import CELLS, FIRST_DAY, LAST_DAY, NUMBERS, TEXTS
from serving.requests_responses.requests import LONGEST_TEXT
from serving.storage.patient_query import PatientQuery

_TEXT = {"type": "string", "minLength": 1, "maxLength": LONGEST_TEXT}


@dataclass(frozen=True)
class Parameter:
    """A part of path, query or header; `schema` is JSON Schema."""

    name: str
    location: str
    meaning: str
    schema: Mapping[str, Any] = dataclasses.field(default_factory=lambda: dict(_TEXT))
    required: bool = False


KEY = Parameter("key", "path", "The patient's key, as POST /v1/patients answered it.")
SAMPLE = Parameter("sample_id", "path", "The caller's name of the sample.")
JOB = Parameter("key", "path", "The job, as the 202 answered it.")
PREFER = Parameter(
    "Prefer", "header", "`respond-async` answers 202 with a job to poll.", {"type": "string"}
)
SUBJECT = Parameter(
    "subject:identifier", "query", "The patient's key or hospital identifier.", required=True
)
DAY = Parameter(
    "day",
    "query",
    "Days since infusion; without it there are features and no risk.",
    {"type": "integer", "minimum": FIRST_DAY, "maximum": LAST_DAY},
)
PATIENT_KEY = Parameter(
    "patient_key",
    "query",
    "A stored patient whose earlier samples give this one its history; nothing is stored.",
)


def listing_parameters() -> tuple[Parameter, ...]:
    """The query of GET /v1/patients: the fields of the model that reads it."""
    fields = PatientQuery.model_json_schema()["properties"]
    return tuple(
        Parameter(name, "query", field["description"], _without_null(field))
        for name, field in fields.items()
    )


def context_parameters() -> tuple[Parameter, ...]:
    """The context of an uploaded sample: the optional columns of the sample sheet."""
    parameters = [
        Parameter("sample_id", "query", "The caller's name of the sample."),
        Parameter("patient_id", "query", "The caller's pseudonym of the patient."),
        Parameter(
            CELLS,
            "query",
            "The sample's cells in a file that pools several: COLUMN=VALUE "
            "(columns of obs, joined by ;), barcode=GLOB such as *-2, or all, which insists that "
            "the file is one sample.",
        ),
    ]
    parameters += [
        Parameter(
            c.name,
            "query",
            c.meaning,
            {"enum": list(c.allowed_values)} if c.allowed_values else _TEXT,
        )
        for c in TEXTS.values()
    ]
    parameters += [
        Parameter(
            f.name,
            "query",
            f"{f.meaning}. Unit: {f.unit}",
            {"type": "number", "minimum": f.low, "maximum": f.high},
        )
        for f in NUMBERS.values()
    ]
    return tuple(parameters)


def _without_null(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """A field's schema for a query, in which a part is there or left out, never null."""
    kinds = [kind for kind in schema.get("anyOf", [schema]) if kind.get("type") != "null"]
    return {n: v for n, v in kinds[0].items() if n not in ("title", "description")}
