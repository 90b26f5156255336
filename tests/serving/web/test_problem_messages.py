"""Each fault that a body can have is reported as a rule in our words."""

import pytest
from pydantic import ValidationError

from serving.requests_responses.requests import PatientRequest
from serving.web.problem_messages import RULES, field, rule


def wrong(body):
    """Pydantic's error for a body."""
    with pytest.raises(ValidationError) as refused:
        PatientRequest.model_validate_json(body)
    return refused.value.errors(include_url=False, include_input=False)[0]


@pytest.mark.parametrize(
    ("body", "where", "said"),
    [
        ("{}", "samples", "is required"),
        ("[]", "body", "must be an object"),
        ('{"samples": 1}', "samples", "must be a list"),
        ('{"samples": []}', "samples", "must hold at least 1 item(s)"),
        ('{"samples": [1]}', "samples[0]", "must be an object"),
        ('{"samples": [{}]}', "samples[0].day", "is required"),
        ('{"samples": [{"day": 1.5}]}', "samples[0].day", "must be a whole number"),
        ('{"samples": [{"day": "1"}]}', "samples[0].day", "must be a whole number"),
        ('{"samples": [{"day": 99999}]}', "samples[0].day", "must be at most 36500"),
        ('{"samples": [{"day": 1, "hb": -1}]}', "samples[0].hb", "must be at least 0.0"),
        ('{"samples": [{"day": 1, "hb": NaN}]}', "samples[0].hb", "must be finite; send null"),
        ('{"samples": [{"day": 1, "site": ""}]}', "samples[0].site", "must hold at least 1 char"),
        ('{"samples": [{"day": 1, "site": 5}]}', "samples[0].site", "must be text"),
        ('{"samples": [{"day": 1, "x": 5}]}', "samples[0].x", "is not a known field"),
        ('{"samples": [{"day": 1}], "x": 5}', "x", "is not a known field"),
    ],
)
def test_field_and_rule(body, where, said):
    """The field is a path into the body, the rule names its limits."""
    error = wrong(body)
    assert error["type"] in RULES
    assert field(error["loc"]) == where and rule(error).startswith(said)


def test_our_own_rules_come_through():
    """A rule between several fields keeps its own sentence."""
    error = wrong('{"samples": [{"day": 1, "enrichment": "sorted", "t_fraction": 0.5}]}')
    assert rule(error).startswith("composition must be null")


def test_an_unknown_rule_is_named_without_the_message():
    """A kind of error that we do not know repeats none of its message."""
    assert rule({"type": "new_type", "msg": "Jane Doe"}) == "breaks the rule new_type"


@pytest.mark.parametrize("name", ["Jane Doe", "a" * 65, "ünï", "4711", ""])
def test_names_that_callers_made_up_are_not_repeated(name):
    """A field's name may hold a patient's; only plain words come back."""
    assert field(("samples", 0, name)) == "samples[0].(unnamed)"
