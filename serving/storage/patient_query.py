"""Filters of the patient list: the query parameters of GET /v1/patients, and their SQL."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import ColumnElement, func, select

from features.schema import SCHEMA_VERSION
from serving.requests_responses.requests import FIRST_DAY, LAST_DAY, Text
from serving.storage.tables import patients, samples
from serving.web import problems

MOST_LISTED = 200
_Day = Annotated[int, Field(ge=FIRST_DAY, le=LAST_DAY)]


class PatientQuery(BaseModel):
    """The query of GET /v1/patients; a patient is listed when every parameter fits.

    >>> PatientQuery.model_validate({"limit": "2", "latest_from": "21"}).latest_from
    21
    """

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)
    limit: int = Field(default=50, ge=1, le=MOST_LISTED, description="Patients a page.")
    after: Text | None = Field(default=None, description="The last key of the page before.")
    provenance: Literal["real", "synthetic"] | None = Field(
        default=None, description="Only patients whose samples are real, or synthetic."
    )
    latest_from: _Day | None = Field(
        default=None, description="Only patients whose latest sample is of this day or later."
    )
    latest_to: _Day | None = Field(
        default=None, description="Only patients whose latest sample is of this day or earlier."
    )


def parse(parameters: Mapping[str, str]) -> PatientQuery:
    """The query, or Problem 422 that names the parameter and the rule that it breaks."""
    try:
        return PatientQuery.model_validate(dict(parameters))
    except ValidationError as error:
        raise problems.from_validation(error) from None


def conditions(query: PatientQuery) -> list[ColumnElement[bool]]:
    """The SQL conditions that a listed patient meets; the caller applies `limit`.

    A patient counts as synthetic as soon as one sample is.
    """
    clauses: list[ColumnElement[bool]] = []
    if query.after is not None:
        start = select(patients.c.number).where(patients.c.key == query.after).scalar_subquery()
        clauses.append(patients.c.number > start)
    of_patient = (samples.c.patient_key == patients.c.key) & (
        samples.c.schema_version == SCHEMA_VERSION
    )
    latest = select(func.max(samples.c.day)).where(of_patient).scalar_subquery()
    if query.latest_from is not None:
        clauses.append(latest >= query.latest_from)
    if query.latest_to is not None:
        clauses.append(latest <= query.latest_to)
    if query.provenance is not None:
        provenance: Any = samples.c.body["provenance"].as_string()
        synthetic = select(samples.c.day).where(of_patient & (provenance == "synthetic")).exists()
        clauses.append(synthetic if query.provenance == "synthetic" else ~synthetic)
    return clauses
