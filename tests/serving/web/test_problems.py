"""Problem documents: status, sentence, fields at fault, request id."""

import json

import pytest
from pydantic import ValidationError

from features.errors import InputError
from serving.requests_responses.requests import PatientRequest
from serving.web import problems
from serving.web.problems import Problem


def test_a_document_names_fields_and_request_only_when_there_are_any() -> None:
    """Without fields at fault and without an id there are neither `errors` nor `request_id`."""
    bare = Problem(404).body(None)
    assert set(bare) == {"type", "title", "status", "detail"}
    fields = [{"field": "day", "rule": "is required"}]
    document = Problem(422, None, fields).body("r-1")
    assert document["errors"] == fields and document["request_id"] == "r-1"


@pytest.mark.parametrize(
    ("error", "status", "detail"),
    [
        (Problem(409, "It exists."), 409, "It exists."),
        (InputError("Send a day; none came."), 422, "Send a day; none came."),
        (ValueError("Jane Doe"), 500, problems.DETAILS[500]),
    ],
)
def test_any_exception_is_a_problem(error: Exception, status: int, detail: str) -> None:
    """The caller's mistakes keep their sentence; any other exception loses its message."""
    problem = problems.as_problem(error)
    assert (problem.status, problem.detail) == (status, detail)


def test_a_refusal_carries_the_requests_id_and_its_headers() -> None:
    """The middleware's response is a problem document with the id of the scope's request."""
    scope = {"state": {"request_id": "r-1"}}
    answer = problems.refusal(scope, 429, "Wait.", {"Retry-After": "7"})
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")
    assert json.loads(bytes(answer.body))["request_id"] == "r-1"
    assert problems.request_id({}) is None


def test_a_body_that_is_no_json_has_no_fields_at_fault() -> None:
    """400 in place of 422, since there is nothing whose fields could break a rule."""
    with pytest.raises(Problem) as caught:
        problems.parse(PatientRequest, b"{")
    assert caught.value.status == 400 and caught.value.errors == []
    with pytest.raises(ValidationError) as invalid:
        PatientRequest.model_validate({"samples": []})
    assert problems.from_validation(invalid.value).status == 422
