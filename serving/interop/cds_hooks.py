"""CDS Hooks 2.0: one service that shows both risks when a patient's record is opened.

Reference: https://cds-hooks.hl7.org/2.0/. A summary has under 140 characters, nothing is null,
no advice is an empty list of cards, and missing data is 412.
"""

import uuid
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from features.notices import RESEARCH_USE_ONLY
from serving.assessment import labels, risk_wording, sentences, wording
from serving.assessment.answer import ExplainAnswer, ExplainedEndpoint
from serving.assessment.primary_horizon import primary_horizon
from serving.pages.ward import notices

SERVICE_ID = "cd7watch-risk"
LONGEST_SUMMARY = 139
SOURCE = "CD7Watch (research use only)"
# A validated model's risk this many times the cohort's is worth more than an information.
WARNING_RATIO = 2.0
# A card's feedback names it; the same patient, sample and model give the same card.
_NAMESPACE = uuid.UUID("b1f3f0e6-6f0c-4a3b-8f0e-0b6f6c9f2d11")
OVERRIDE_REASONS = (
    ("known", "Already known and acted upon"),
    ("implausible", "Implausible for this patient"),
    ("not-validated", "The model is not validated"),
)

# The specification lets clients send fields we do not know; what we do read is strict.
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
    """Why a clinician set a card aside."""

    model_config = READ
    reason: OverrideCode | None = None
    userComment: str | None = Field(default=None, max_length=2000)  # noqa: N815  # the specification's


class CardFeedback(BaseModel):
    """What became of one card."""

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


def discovery() -> dict[str, Any]:
    """The services on offer.

    >>> [service["hook"] for service in discovery()["services"]]
    ['patient-view']
    """
    described = (
        "Relapse and fatal infection after CD7 CAR-T therapy, from the patient's stored samples,"
        f" with reasons. {RESEARCH_USE_ONLY}"
    )
    service = {
        "id": SERVICE_ID,
        "hook": "patient-view",
        "title": "CD7Watch risks",
        "description": described,
        "usageRequirements": "The patient's samples must be stored here under context.patientId.",
    }
    return {"services": [service]}


def cards(answer: ExplainAnswer, page_url: str) -> dict[str, Any]:
    """Both endpoints of an explained answer as cards; `page_url` is the patient's page here."""
    return {
        "cards": [
            card(answer, endpoint, page_url)
            for endpoint in answer["endpoints"].values()
            if endpoint["model"]
        ]
    }


def card(answer: ExplainAnswer, endpoint: ExplainedEndpoint, page_url: str) -> dict[str, Any]:
    """One endpoint's card: the number in the summary, what drives and limits it in the detail."""
    version = endpoint["model"]["version"] if endpoint["model"] else None
    named = f"{page_url}|{answer['sample']['sample_id']}|{endpoint['endpoint']}|{version}"
    return {
        "uuid": str(uuid.uuid5(_NAMESPACE, named)),
        "summary": summary(endpoint),
        "indicator": indicator(endpoint),
        "detail": _detail(answer, endpoint),
        "source": {"label": SOURCE},
        "links": [{"label": "Open in CD7Watch", "url": page_url, "type": "absolute"}],
        "overrideReasons": [
            {"code": code, "system": "urn:cd7watch:override", "display": display}
            for code, display in OVERRIDE_REASONS
        ],
    }


def summary(endpoint: ExplainedEndpoint) -> str:
    """One line of under 140 characters: risk, horizon, cohort, state of validation."""
    name = labels.ENDPOINTS[endpoint["endpoint"]].capitalize()
    shown = primary_horizon(endpoint)
    if shown is None:
        return f"{name}: no risk given, this patient is unlike those of the training cohort"
    state = "" if _is_validated(endpoint) else "; not validated"
    line = (
        f"{name}: {wording.percent(shown['risk'])} within {shown['horizon']} days"
        f" (cohort {wording.percent(shown['prevalence'])}){state}"
    )
    return line[:LONGEST_SUMMARY]


def indicator(endpoint: ExplainedEndpoint) -> str:
    """`warning` only from a validated model well above its cohort; research is never critical."""
    shown = primary_horizon(endpoint)
    high = shown is not None and shown["risk"] >= WARNING_RATIO * shown["prevalence"]
    return "warning" if _is_validated(endpoint) and high else "info"


def _is_validated(endpoint: ExplainedEndpoint) -> bool:
    model = endpoint["model"]
    return model is not None and model["state"] == "validated"


def _detail(answer: ExplainAnswer, endpoint: ExplainedEndpoint) -> str:
    """GitHub-flavoured Markdown, as the specification has it."""
    shown = primary_horizon(endpoint)
    lines = [RESEARCH_USE_ONLY, *notices(answer)]
    if endpoint["abstained"]:
        lines.append(endpoint["abstained"]["reason"])
    if shown is not None:
        interval = shown["stability_interval"]
        said = risk_wording.natural_frequency(shown["risk"], interval["low"], interval["high"])
        lines.append(f"That is {said}.")
        if shown["reasons"]:
            lines.append("What drives it:")
            lines.append("\n".join(f"- {reason['sentence']}" for reason in shown["reasons"][:5]))
            lines.append(sentences.MODEL_NOT_CAUSE)
        else:
            lines.append("No measurement moves it: every patient gets the cohort's risk.")
    limits = [*answer["flags"], *endpoint["flags"]]
    if limits:
        lines += ["What limits it:", "\n".join(f"- {flag['sentence']}" for flag in limits)]
    return "\n\n".join(lines)
