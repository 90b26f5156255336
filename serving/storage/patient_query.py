"""Which stored patients a list shows: what a caller may ask, and the same as conditions in SQL."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import ColumnElement, func, select

from serving.requests_responses.requests import FIRST_DAY, LAST_DAY, Text
from serving.storage.tables import patients, samples
from serving.web import problems

MOST_LISTED = 200
_Day = Annotated[int, Field(ge=FIRST_DAY, le=LAST_DAY)]


class PatientQuery(BaseModel):
    """The query of GET /v1/patients; a patient is listed when every given part holds.

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


def asked(query: Mapping[str, str]) -> PatientQuery:
    """The query's parts, or Problem 422 naming the part that breaks its rule."""
    try:
        return PatientQuery.model_validate(dict(query))
    except ValidationError as error:
        raise problems.from_validation(error) from None


def conditions(query: PatientQuery) -> list[ColumnElement[bool]]:
    """What a listed patient fulfils; `limit` is the caller's.

    A patient counts as synthetic as soon as one sample is.
    """
    found: list[ColumnElement[bool]] = []
    if query.after is not None:
        start = select(patients.c.number).where(patients.c.key == query.after).scalar_subquery()
        found.append(patients.c.number > start)
    own = samples.c.patient_key == patients.c.key
    latest = select(func.max(samples.c.day)).where(own).scalar_subquery()
    if query.latest_from is not None:
        found.append(latest >= query.latest_from)
    if query.latest_to is not None:
        found.append(latest <= query.latest_to)
    if query.provenance is not None:
        said: Any = samples.c.body["provenance"].as_string()
        synthetic = select(samples.c.day).where(own & (said == "synthetic")).exists()
        found.append(synthetic if query.provenance == "synthetic" else ~synthetic)
    return found
