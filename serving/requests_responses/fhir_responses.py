"""What the FHIR addresses answer, as models: for the OpenAPI document and its tests.

The part of each R4 resource that we fill in. Reference: https://hl7.org/fhir/R4/. FHIR knows
neither null nor empty lists: what is absent is left out.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field
from pydantic.json_schema import SkipJsonSchema

from serving.requests_responses.responses import THEIRS


def _without_default(schema: dict[str, Any]) -> None:
    schema.pop("default", None)


# There or left out, never null.
Absent = SkipJsonSchema[None]
_MAYBE = Field(default=None, json_schema_extra=_without_default)
Date = Annotated[str, Field(json_schema_extra={"format": "date"})]


class FhirText(BaseModel):
    """A concept or annotation in words."""

    model_config = THEIRS
    text: str


class FhirCoding(BaseModel):
    """A code of a system, here the one that marks test data."""

    model_config = THEIRS
    system: str
    code: str
    display: str


class FhirMeta(BaseModel):
    """Marks what comes from simulated patients as test data (HTEST)."""

    model_config = THEIRS
    tag: list[FhirCoding]


class FhirIdentifier(BaseModel):
    """Our key of the patient."""

    model_config = THEIRS
    value: str


class FhirSubject(BaseModel):
    """Whom the assessment is about."""

    model_config = THEIRS
    identifier: FhirIdentifier


class FhirPeriod(BaseModel):
    """From the landmark to the horizon."""

    model_config = THEIRS
    start: Date
    end: Date


class FhirPrediction(BaseModel):
    """One horizon's risk."""

    model_config = THEIRS
    outcome: FhirText
    probability_decimal: float = Field(ge=0, le=100, description="A percentage: 37 is 37 %.")
    rationale: str
    relative_risk: float | Absent = Field(
        default=None,
        description="Against the training cohort's prevalence.",
        json_schema_extra=_without_default,
    )
    when_period: FhirPeriod | Absent = _MAYBE


class FhirRiskAssessment(BaseModel):
    """R4 RiskAssessment of one endpoint; without prediction when the model abstains."""

    model_config = THEIRS
    resource_type: Literal["RiskAssessment"]
    id: str
    status: Literal["preliminary", "final", "cancelled"]
    subject: FhirSubject
    note: list[FhirText]
    meta: FhirMeta | Absent = _MAYBE
    method: FhirText | Absent = _MAYBE
    occurrence_date_time: str | Absent = _MAYBE
    prediction: list[FhirPrediction] | Absent = _MAYBE


class FhirSearch(BaseModel):
    """Why an entry is in the bundle."""

    model_config = THEIRS
    mode: Literal["match"]


class FhirEntry(BaseModel):
    """One resource of a bundle."""

    model_config = THEIRS
    resource: FhirRiskAssessment
    search: FhirSearch


class FhirBundle(BaseModel):
    """R4 Bundle, the answer to a search; without entries when nothing was found."""

    model_config = THEIRS
    resource_type: Literal["Bundle"]
    type: Literal["searchset"]
    total: int = Field(ge=0)
    entry: list[FhirEntry] | Absent = _MAYBE


class FhirInteraction(BaseModel):
    """What can be done with a resource."""

    model_config = THEIRS
    code: Literal["search-type"]


class FhirSearchParam(BaseModel):
    """By what a resource can be searched."""

    model_config = THEIRS
    name: str
    type: Literal["token"]


class FhirServed(BaseModel):
    """A resource on offer."""

    model_config = THEIRS
    type: Literal["RiskAssessment"]
    interaction: list[FhirInteraction]
    search_param: list[FhirSearchParam]


class FhirRest(BaseModel):
    """The interface's resources."""

    model_config = THEIRS
    mode: Literal["server"]
    resource: list[FhirServed]


class FhirImplementation(BaseModel):
    """What this is, and that it is for research only."""

    model_config = THEIRS
    description: str


class FhirCapabilities(BaseModel):
    """R4 CapabilityStatement of this interface."""

    model_config = THEIRS
    resource_type: Literal["CapabilityStatement"]
    status: Literal["active"]
    date: Date
    kind: Literal["instance"]
    implementation: FhirImplementation
    fhir_version: str
    format: list[str]
    rest: list[FhirRest]
