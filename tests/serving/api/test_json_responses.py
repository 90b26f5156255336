"""Answers as JSON, and failures without a patient's value."""

import json

import pytest

from features.errors import InputError
from serving.api.json_responses import failure_response, json_response, trace_without_values


def test_an_answer_is_compact_json() -> None:
    """Without spaces, under the given status; NaN is refused."""
    response = json_response({"a": [1, None]}, 201)
    assert (response.status_code, response.body) == (201, b'{"a":[1,null]}')
    with pytest.raises(ValueError, match="JSON"):
        json_response({"a": float("nan")})


def test_bad_input_is_422_with_its_sentence() -> None:
    """The caller's mistake is answered in the words of the error."""
    response = failure_response(InputError("A sample needs a day."), "r1")
    answer = json.loads(bytes(response.body))
    assert (answer["status"], answer["detail"]) == (422, "A sample needs a day.")


def test_a_trace_names_steps_and_no_message() -> None:
    """File, line and function of every step, outermost first."""

    def inner() -> None:
        raise ArithmeticError("0.123")

    with pytest.raises(ArithmeticError) as raised:
        inner()
    trace = trace_without_values(raised.value)
    assert trace.endswith("in inner") and " > " in trace and "0.123" not in trace
