"""A decision's form is read or refused in one sentence; earlier decisions in words."""

import pytest

from features.errors import InputError
from serving.api.acknowledgements import REASONS
from serving.pages.acknowledgement_form import (
    NEEDS_COMMENT,
    NEWER_SAMPLE,
    RULE,
    decisions_view,
    read_form,
)
from tests.serving.fitted import fitted_models

FORM = {"sample_id": "s", "endpoint": "relapse", "outcome": "acknowledged", "reason": "seen"}


def test_a_full_form_is_read():
    """Its fields are those of the interface; an empty comment is none."""
    acknowledgement = read_form(FORM | {"comment": " "}, "s", fitted_models())
    assert acknowledgement.model_dump() == {
        "endpoint": "relapse", "outcome": "acknowledged", "reason": "seen", "comment": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"sample_id": "t"}, NEWER_SAMPLE),
        ({"outcome": "ignored"}, RULE),
        ({"endpoint": "cure"}, RULE),
        ({"comment": "x" * 2001}, RULE),
        ({"reason": "other"}, NEEDS_COMMENT),
    ],
)
def test_a_missing_field_is_named(changes, sentence):
    """One sentence with the rule and the way out."""
    with pytest.raises(InputError) as caught:
        read_form(FORM | changes, "s", fitted_models())
    assert str(caught.value) == sentence


def test_past_decisions_are_newest_first_at_the_primary_horizon():
    """Each says who, what, and the risk that was read, whatever model is in service now."""
    one = {
        "at": "2026-01-02T03:04:05+00:00", "by": "ward", "endpoint": "relapse", "comment": None,
        "outcome": "override", "reason": "known", "risks": {"90": 0.1, "180": 0.2, "365": 0.3},
        "primary_horizon": 180,
    }  # fmt: skip
    abstained = one | {"by": "later", "risks": {}, "primary_horizon": None}
    later, first, other = decisions_view(
        [one | {"primary_horizon": 90}, one, abstained | {"endpoint": "an_old_one"}],
        REASONS, fitted_models(),
    )  # fmt: skip
    assert (later["endpoint"], first["endpoint"]) == ("an old one", "relapse")
    assert (later["by"], first["by"]) == ("later", "ward")
    assert first["at"] == "2026-01-02 03:04 UTC" and first["risk"] == "20 % within 180 days"
    assert other["risk"] == "10 % within 90 days"
    assert first["outcome"] == "set aside" and later["risk"] == ""
