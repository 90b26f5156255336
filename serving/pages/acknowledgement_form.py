"""The page's form to acknowledge a risk or set it aside, and what was said before."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from features.errors import InputError
from serving.assessment import labels
from serving.requests_responses.resource_responses import AcknowledgementKept

if TYPE_CHECKING:
    from serving.api.acknowledgements import Acknowledgement

OUTCOMES = {"acknowledged": "Acknowledge", "override": "Override: set this risk aside"}
RULE = (
    "An acknowledgement names the risk, what you decide and the reason, and one of them is missing"
    " or unknown; choose all three (a comment holds at most 2,000 characters)."
)
NEEDS_COMMENT = "Another reason must be said, and the comment is empty; write it there."
MOVED_ON = (
    "An acknowledgement answers the risk that was read, and a newer sample has come since; read"
    " the page again, then decide."
)


def given(form: Mapping[str, str], sample_id: object) -> "Acknowledgement":
    """The form's fields as an acknowledgement; raises InputError with what to mend.

    `sample_id` is that of the latest sample now; the form carries the one that was shown.
    """
    from serving.api.acknowledgements import Acknowledgement

    if form.get("sample_id") != str(sample_id):
        raise InputError(MOVED_ON)
    said = {name: form.get(name, "") for name in ("endpoint", "outcome", "reason")}
    comment = form.get("comment", "").strip() or None
    try:
        found = Acknowledgement.model_validate({**said, "comment": comment})
    except ValidationError:
        raise InputError(RULE) from None
    if found.reason == "other" and comment is None:
        raise InputError(NEEDS_COMMENT)
    return found


def past(found: Sequence[AcknowledgementKept], reasons: Mapping[str, str]) -> list[dict[str, Any]]:
    """What was said before, newest first, in words."""
    return [
        {
            "at": datetime.fromisoformat(one["at"]).strftime("%Y-%m-%d %H:%M UTC"),
            "by": one["by"],
            "outcome": "set aside" if one["outcome"] == "override" else "acknowledged",
            "endpoint": labels.ENDPOINTS[one["endpoint"]],
            "risk": max(one["risks"].items(), key=_primary_first)[1] if one["risks"] else None,
            "reason": reasons[one["reason"]],
            "comment": one["comment"],
        }
        for one in reversed(found)
    ]


def _primary_first(item: tuple[str, float]) -> bool:
    return item[0] == "180"
