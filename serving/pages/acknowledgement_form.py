"""Form to acknowledge or override a risk, and the list of earlier decisions."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, TypedDict

from pydantic import ValidationError

from features.errors import InputError
from serving.assessment import wording
from serving.assessment.endpoints_in_service import words_of
from serving.assessment.served_model import ServedModel

if TYPE_CHECKING:
    from serving.api.acknowledgements import Acknowledgement
    from serving.requests_responses.resource_responses import AcknowledgementKept

OUTCOMES = {"acknowledged": "Acknowledge", "override": "Override: set this risk aside"}
RULE = (
    "An acknowledgement needs the risk, your decision and the reason, but one of them is missing"
    " or unknown; choose all three (a comment has at most 2,000 characters)."
)
NEEDS_COMMENT = "Another reason needs a comment, but the comment is empty; write the reason there."
NEWER_SAMPLE = (
    "An acknowledgement is for the latest sample, but a newer sample has been added since you read"
    " this page; read the new risks, then decide."
)


class DecisionView(TypedDict):
    """An earlier decision in words; `risk` is the one that was shown at that time."""

    at: str
    by: str
    outcome: str
    endpoint: str
    risk: str
    reason: str
    comment: str | None


def read_form(
    form: Mapping[str, str], sample_id: object, models: Mapping[str, ServedModel]
) -> "Acknowledgement":
    """The form's fields as an acknowledgement; raises InputError with what to correct.

    `sample_id` is that of the latest sample now; the form carries the one that was shown. `models`
    are those in service, whose risks can be acknowledged.
    """
    from serving.api.acknowledgements import Acknowledgement

    if form.get("sample_id") != str(sample_id):
        raise InputError(NEWER_SAMPLE)
    if form.get("endpoint") not in models:
        raise InputError(RULE)
    choices = {name: form.get(name, "") for name in ("endpoint", "outcome", "reason")}
    comment = form.get("comment", "").strip() or None
    try:
        acknowledgement = Acknowledgement.model_validate({**choices, "comment": comment})
    except ValidationError:
        raise InputError(RULE) from None
    if acknowledgement.reason == "other" and comment is None:
        raise InputError(NEEDS_COMMENT)
    return acknowledgement


def decisions_view(
    acknowledgements: Sequence["AcknowledgementKept"],
    reasons: Mapping[str, str],
    models: Mapping[str, ServedModel],
) -> list[DecisionView]:
    """Earlier decisions, newest first; `models` in service know their endpoints' words."""
    return [
        {
            "at": datetime.fromisoformat(one["at"]).strftime("%Y-%m-%d %H:%M UTC"),
            "by": one["by"],
            "outcome": "set aside" if one["outcome"] == "override" else "acknowledged",
            "endpoint": words_of(one["endpoint"], models),
            "risk": risk_text(one["risks"], one["primary_horizon"]),
            "reason": reasons[one["reason"]],
            "comment": one["comment"],
        }
        for one in reversed(acknowledgements)
    ]


def risk_text(risks: Mapping[str, float], horizon: int | None) -> str:
    """A risk with its horizon; "" where no number was shown.

    >>> risk_text({"90": 0.1, "180": 0.2}, 180), risk_text({}, None)
    ('20 % within 180 days', '')
    """
    risk = risks.get(str(horizon))
    return "" if risk is None else f"{wording.percent(risk)} within {horizon} days"
