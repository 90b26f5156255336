"""CDS Hooks 2.0 cards: one service that shows the risks when a patient's record is opened.

Reference: https://cds-hooks.hl7.org/2.0/. A summary has under 140 characters, nothing is null,
no advice is an empty list of cards, and missing data is 412.
"""

import uuid
from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from features.notices import RESEARCH_USE_ONLY
from serving.assessment import risk_wording, sentences, wording
from serving.assessment.answer import ExplainAnswer, ExplainedEndpoint, ExplainedHorizon
from serving.assessment.endpoints_in_service import listed_words
from serving.assessment.primary_horizon import primary_horizon
from serving.assessment.served_model import ServedModel
from serving.pages.headings import synthetic_notices
from serving.requests_responses.cds_responses import Card, Cards, CdsService, CdsServices

SERVICE_ID = "cd7watch-risk"
LONGEST_SUMMARY = 139
MOST_REASONS = 5
SOURCE = "CD7Watch (research use only)"
# From this many times the cohort's risk on, a validated model's card is a warning.
WARNING_RATIO = 2.0
# Feedback names a card by its id; the same patient, sample and model give the same id.
_NAMESPACE = uuid.UUID("b1f3f0e6-6f0c-4a3b-8f0e-0b6f6c9f2d11")
OVERRIDE_REASONS = (
    ("known", "Already known and acted upon"),
    ("implausible", "Implausible for this patient"),
    ("not-validated", "The model is not validated"),
)

# Clients may send fields of their own, by the specification; the fields we read are strict.
READ = ConfigDict(strict=True, extra="ignore", hide_input_in_errors=True)


class HookContext(BaseModel):
    """Whose record was opened; `patientId` is the hospital's identifier."""

    model_config = READ
    patientId: str = Field(min_length=1, max_length=200)  # noqa: N815  # the specification's name
    userId: str | None = Field(default=None, max_length=200)  # noqa: N815  # the specification's


class HookRequest(BaseModel):
    """A call of the hook `patient-view`."""

    model_config = READ | ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "hook": "patient-view",
                    "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
                    "context": {"userId": "Practitioner/example", "patientId": "MRN-1077"},
                }
            ]
        }
    )
    hook: Literal["patient-view"]
    hookInstance: uuid.UUID = Field(strict=False)  # noqa: N815  # the specification's name
    context: HookContext


class OverrideCode(BaseModel):
    """A coded reason of the caller's or ours."""

    model_config = READ
    code: str = Field(max_length=100)
    system: str | None = Field(default=None, max_length=200)
    display: str | None = Field(default=None, max_length=200)


class OverrideReason(BaseModel):
    """Why a clinician overrode a card."""

    model_config = READ
    reason: OverrideCode | None = None
    userComment: str | None = Field(default=None, max_length=2000)  # noqa: N815  # the specification's


class CardFeedback(BaseModel):
    """Whether a clinician accepted or overrode one card."""

    model_config = READ
    card: uuid.UUID = Field(strict=False)
    outcome: Literal["accepted", "overridden"]
    outcomeTimestamp: str = Field(max_length=40)  # noqa: N815  # the specification's name
    overrideReason: OverrideReason | None = None  # noqa: N815  # the specification's name


class FeedbackRequest(BaseModel):
    """Feedback on one or more cards."""

    model_config = READ | ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "feedback": [
                        {
                            "card": "4e0a3a1e-3283-4575-ab82-028d55fe2719",
                            "outcome": "overridden",
                            "outcomeTimestamp": "2026-01-31T12:00:00Z",
                            "overrideReason": {"reason": {"code": "known"}},
                        }
                    ]
                }
            ]
        }
    )
    feedback: list[CardFeedback] = Field(min_length=1, max_length=100)


def discovery(models: Mapping[str, ServedModel]) -> CdsServices:
    """The services on offer, with the endpoints of the models in service.

    >>> [service["hook"] for service in discovery({})["services"]]
    ['patient-view']
    """
    outcomes = listed_words(models) or "no endpoint yet"
    description = (
        f"Risks after CD7 CAR-T therapy ({outcomes}), from the patient's stored samples,"
        f" with reasons. {RESEARCH_USE_ONLY}"
    )
    service: CdsService = {
        "id": SERVICE_ID,
        "hook": "patient-view",
        "title": "CD7Watch risks",
        "description": description,
        "usageRequirements": "The patient's samples must be stored here under context.patientId.",
    }
    return {"services": [service]}


def cards(answer: ExplainAnswer, models: Mapping[str, ServedModel], page_url: str) -> Cards:
    """Every endpoint of an explained answer as a card.

    `models` are those that gave the answer; `page_url` is the patient's page here.
    """
    return {
        "cards": [
            card(answer, endpoint, primary_horizon(endpoint, models[name]), page_url)
            for name, endpoint in answer["endpoints"].items()
        ]
    }


def card(
    answer: ExplainAnswer,
    endpoint: ExplainedEndpoint,
    horizon: ExplainedHorizon | None,
    page_url: str,
) -> Card:
    """One endpoint's card: the number in the summary, what drives and limits it in the detail.

    `horizon` is the endpoint's primary horizon, None when it gives no risk.
    """
    version = endpoint["model"]["version"]
    name = f"{page_url}|{answer['sample']['sample_id']}|{endpoint['endpoint']}|{version}"
    return {
        "uuid": str(uuid.uuid5(_NAMESPACE, name)),
        "summary": summary(endpoint, horizon),
        "indicator": indicator(endpoint, horizon),
        "detail": _detail(answer, endpoint, horizon),
        "source": {"label": SOURCE},
        "links": [{"label": "Open in CD7Watch", "url": page_url, "type": "absolute"}],
        "overrideReasons": [
            {"code": code, "system": "urn:cd7watch:override", "display": display}
            for code, display in OVERRIDE_REASONS
        ],
    }


def summary(endpoint: ExplainedEndpoint, horizon: ExplainedHorizon | None) -> str:
    """One line of under 140 characters: risk, horizon, cohort, state of validation."""
    name = endpoint["words"].capitalize()
    if horizon is None:
        return f"{name}: no risk given, this patient is unlike those of the training cohort"
    state = "" if _is_validated(endpoint) else "; not validated"
    line = (
        f"{name}: {wording.percent(horizon['risk'])} within {horizon['horizon']} days"
        f" after day {endpoint['landmark']}"
        f" (cohort {wording.percent(horizon['prevalence'])}){state}"
    )
    return line[:LONGEST_SUMMARY]


def indicator(
    endpoint: ExplainedEndpoint, horizon: ExplainedHorizon | None
) -> Literal["info", "warning"]:
    """`warning` for a validated model's risk well above its cohort's, else `info`.

    Never `critical`: the model is for research.
    """
    high = horizon is not None and horizon["risk"] >= WARNING_RATIO * horizon["prevalence"]
    return "warning" if _is_validated(endpoint) and high else "info"


def _is_validated(endpoint: ExplainedEndpoint) -> bool:
    return endpoint["model"]["state"] == "validated"


def _detail(
    answer: ExplainAnswer, endpoint: ExplainedEndpoint, horizon: ExplainedHorizon | None
) -> str:
    """GitHub-flavoured Markdown, as the specification asks."""
    lines = [RESEARCH_USE_ONLY, *synthetic_notices(answer)]
    if endpoint["abstained"]:
        lines.append(endpoint["abstained"]["reason"])
    if horizon is not None:
        lines += _reasons(horizon)
    limits = [*answer["flags"], *endpoint["flags"]]
    if limits:
        lines += ["What limits it:", "\n".join(f"- {flag['sentence']}" for flag in limits)]
    return "\n\n".join(lines)


def _reasons(horizon: ExplainedHorizon) -> list[str]:
    """The risk as patients of a hundred, and the largest reasons for it."""
    interval = horizon["stability_interval"]
    words = risk_wording.natural_frequency(horizon["risk"], interval["low"], interval["high"])
    if not horizon["reasons"]:
        no_reasons = "No measurement moves it: every patient gets the cohort's risk."
        return [f"That is {words}.", no_reasons]
    reasons = [f"- {reason['sentence']}" for reason in horizon["reasons"][:MOST_REASONS]]
    return [
        f"That is {words}.", "What drives it:", "\n".join(reasons), sentences.MODEL_NOT_CAUSE,
    ]  # fmt: skip
