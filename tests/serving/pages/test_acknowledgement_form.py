"""A decision's form is read or refused in one sentence, and past ones are said in words."""

import pytest

from features.errors import InputError
from serving.api.acknowledgements import REASONS
from serving.pages.acknowledgement_form import MOVED_ON, NEEDS_COMMENT, RULE, given, past

FORM = {"sample_id": "s", "endpoint": "relapse", "outcome": "acknowledged", "reason": "seen"}


def test_a_full_form_is_read():
    """Its fields are those of the interface; an empty comment is none."""
    found = given(FORM | {"comment": " "}, "s")
    assert found.model_dump() == {
        "endpoint": "relapse", "outcome": "acknowledged", "reason": "seen", "comment": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"sample_id": "t"}, MOVED_ON),
        ({"outcome": "ignored"}, RULE),
        ({"comment": "x" * 2001}, RULE),
        ({"reason": "other"}, NEEDS_COMMENT),
    ],
)
def test_what_is_missing_is_said(changes, said):
    """One sentence with the rule and the way out."""
    with pytest.raises(InputError) as caught:
        given(FORM | changes, "s")
    assert str(caught.value) == said


def test_past_decisions_are_newest_first_at_the_primary_horizon():
    """Each says who, what and at which risk within 180 days."""
    one = {
        "at": "2026-01-02T03:04:05+00:00", "by": "ward", "endpoint": "relapse", "comment": None,
        "outcome": "override", "reason": "known", "risks": {"90": 0.1, "180": 0.2, "365": 0.3},
    }  # fmt: skip
    found = past([one, one | {"by": "later", "risks": {}}], REASONS)
    assert [line["by"] for line in found] == ["later", "ward"]
    assert found[1]["at"] == "2026-01-02 03:04 UTC" and found[1]["risk"] == 0.2
    assert found[1]["outcome"] == "set aside" and found[0]["risk"] is None
