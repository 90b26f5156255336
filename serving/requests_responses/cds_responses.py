"""Types of CDS Hooks answers: discovery, cards and feedback, under the specification's names.

Reference: https://cds-hooks.hl7.org/2.0/. Nothing is ever null there: what is absent is left out.
"""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, with_config
from typing_extensions import TypedDict  # pydantic needs this one before Python 3.12

from serving.assessment.answer import EXACT_KEYS


def _checked_uuid(text: str) -> str:
    return str(UUID(text))


@with_config(EXACT_KEYS)
class CdsService(TypedDict):
    """One service on offer; its address is /cds-services/{id}."""

    id: str
    hook: Literal["patient-view"]
    title: str
    description: str
    usageRequirements: str


@with_config(EXACT_KEYS)
class CdsServices(TypedDict):
    """CDS Hooks 2.0 discovery: the services on offer."""

    services: list[CdsService]


@with_config(EXACT_KEYS)
class CardSource(TypedDict):
    """Who publishes the card."""

    label: str


@with_config(EXACT_KEYS)
class CardLink(TypedDict):
    """The patient's page here."""

    label: str
    url: Annotated[str, Field(json_schema_extra={"format": "uri"})]
    type: Literal["absolute"]


@with_config(EXACT_KEYS)
class CardOverrideReason(TypedDict):
    """A reason for setting a card aside that the record system may offer."""

    code: str
    system: str
    display: str


@with_config(EXACT_KEYS)
class Card(TypedDict):
    """One endpoint's risk, or why there is none."""

    uuid: Annotated[
        str,
        AfterValidator(_checked_uuid),
        Field(
            description="The same patient, sample and model give the same card.",
            json_schema_extra={"format": "uuid"},
        ),
    ]
    summary: Annotated[str, Field(max_length=139, description="Risk, horizon, cohort, validation.")]
    indicator: Annotated[
        Literal["info", "warning"], Field(description="`warning` from a validated model only.")
    ]
    detail: Annotated[str, Field(description="What drives and what limits it, as Markdown.")]
    source: CardSource
    links: list[CardLink]
    overrideReasons: list[CardOverrideReason]


@with_config(EXACT_KEYS)
class Cards(TypedDict):
    """CDS Hooks 2.0 answer: one card per endpoint; none for an unknown patient."""

    cards: list[Card]


@with_config(EXACT_KEYS)
class FeedbackTaken(TypedDict):
    """Feedback is answered with an empty object."""
