"""Types of FHIR answers: RiskAssessment, its search bundle, and the capability statement.

The part of each R4 resource that we fill in. Reference: https://hl7.org/fhir/R4/. FHIR knows
neither null nor empty lists: what is absent is left out.
"""

from typing import Annotated, Literal, NotRequired

from pydantic import Field, with_config
from typing_extensions import TypedDict  # pydantic needs this one before Python 3.12

from serving.assessment.answer import EXACT_KEYS

Date = Annotated[str, Field(json_schema_extra={"format": "date"})]


@with_config(EXACT_KEYS)
class FhirText(TypedDict):
    """A concept or annotation in words."""

    text: str


@with_config(EXACT_KEYS)
class FhirCoding(TypedDict):
    """A code of a system, here the one that marks test data."""

    system: str
    code: str
    display: str


@with_config(EXACT_KEYS)
class FhirMeta(TypedDict):
    """Marks what comes from simulated patients as test data (HTEST)."""

    tag: list[FhirCoding]


@with_config(EXACT_KEYS)
class FhirIdentifier(TypedDict):
    """Our key of the patient."""

    value: str


@with_config(EXACT_KEYS)
class FhirSubject(TypedDict):
    """Whom the assessment is about."""

    identifier: FhirIdentifier


@with_config(EXACT_KEYS)
class FhirPeriod(TypedDict):
    """From the landmark to the horizon."""

    start: Date
    end: Date


@with_config(EXACT_KEYS)
class FhirPrediction(TypedDict):
    """One horizon's risk."""

    outcome: FhirText
    probabilityDecimal: Annotated[
        float, Field(ge=0, le=100, description="A percentage: 37 is 37 %.")
    ]
    rationale: str
    relativeRisk: NotRequired[
        Annotated[float, Field(description="Against the training cohort's prevalence.")]
    ]
    whenPeriod: NotRequired[FhirPeriod]


@with_config(EXACT_KEYS)
class FhirRiskAssessment(TypedDict):
    """R4 RiskAssessment of one endpoint; without prediction when the model abstains."""

    resourceType: Literal["RiskAssessment"]
    id: str
    status: Literal["preliminary", "final", "cancelled"]
    subject: FhirSubject
    note: list[FhirText]
    method: FhirText
    meta: NotRequired[FhirMeta]
    occurrenceDateTime: NotRequired[str]
    prediction: NotRequired[list[FhirPrediction]]


@with_config(EXACT_KEYS)
class FhirSearch(TypedDict):
    """Why an entry is in the bundle."""

    mode: Literal["match"]


@with_config(EXACT_KEYS)
class FhirEntry(TypedDict):
    """One resource of a bundle."""

    resource: FhirRiskAssessment
    search: FhirSearch


@with_config(EXACT_KEYS)
class FhirBundle(TypedDict):
    """R4 Bundle, the answer to a search; without entries when nothing was found."""

    resourceType: Literal["Bundle"]
    type: Literal["searchset"]
    total: Annotated[int, Field(ge=0)]
    entry: NotRequired[list[FhirEntry]]


@with_config(EXACT_KEYS)
class FhirInteraction(TypedDict):
    """What can be done with a resource."""

    code: Literal["search-type"]


@with_config(EXACT_KEYS)
class FhirSearchParam(TypedDict):
    """By what a resource can be searched."""

    name: str
    type: Literal["token"]


@with_config(EXACT_KEYS)
class FhirServed(TypedDict):
    """A resource on offer."""

    type: Literal["RiskAssessment"]
    interaction: list[FhirInteraction]
    searchParam: list[FhirSearchParam]


@with_config(EXACT_KEYS)
class FhirRest(TypedDict):
    """The interface's resources."""

    mode: Literal["server"]
    resource: list[FhirServed]


@with_config(EXACT_KEYS)
class FhirImplementation(TypedDict):
    """What this is, and that it is for research only."""

    description: str


@with_config(EXACT_KEYS)
class FhirCapabilities(TypedDict):
    """R4 CapabilityStatement of this interface."""

    resourceType: Literal["CapabilityStatement"]
    status: Literal["active"]
    date: Date
    kind: Literal["instance"]
    implementation: FhirImplementation
    fhirVersion: str
    format: list[str]
    rest: list[FhirRest]
