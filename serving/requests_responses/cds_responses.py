"""What the CDS Hooks address answers, as models: for the OpenAPI document and its tests.

Reference: https://cds-hooks.hl7.org/2.0/. Nothing is ever null there: what is absent is left out.
"""

from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from serving.requests_responses.responses import THEIRS


class CdsService(BaseModel):
    """One service on offer; its address is /cds-services/{id}."""

    model_config = THEIRS
    id: str
    hook: Literal["patient-view"]
    title: str
    description: str
    usage_requirements: str


class CdsServices(BaseModel):
    """CDS Hooks 2.0 discovery: the services on offer."""

    model_config = THEIRS
    services: list[CdsService]


class CardSource(BaseModel):
    """Who says what the card says."""

    model_config = THEIRS
    label: str


class CardLink(BaseModel):
    """The patient's page here."""

    model_config = THEIRS
    label: str
    url: str = Field(json_schema_extra={"format": "uri"})
    type: Literal["absolute"]


class CardOverrideReason(BaseModel):
    """A reason for setting a card aside that the record system may offer."""

    model_config = THEIRS
    code: str
    system: str
    display: str


class Card(BaseModel):
    """One endpoint's risk, or why there is none."""

    model_config = THEIRS
    uuid: UUID = Field(description="The same patient, sample and model give the same card.")
    summary: str = Field(max_length=139, description="Risk, horizon, cohort, validation.")
    indicator: Literal["info", "warning"] = Field(
        description="`warning` from a validated model only."
    )
    detail: str = Field(description="What drives and what limits it, as Markdown.")
    source: CardSource
    links: list[CardLink]
    override_reasons: list[CardOverrideReason]


class Cards(BaseModel):
    """CDS Hooks 2.0 answer: a card an endpoint; none for a patient who is not ours."""

    model_config = THEIRS
    cards: list[Card]


class FeedbackTaken(BaseModel):
    """Feedback is answered with an empty object."""

    model_config = THEIRS
