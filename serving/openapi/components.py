"""Components of the OpenAPI document: schemas, security, and the responses that are problems."""

from http import HTTPStatus

from serving.openapi.json_schema import Document, definitions, reference
from serving.openapi.operation_object import failures
from serving.openapi.operations import OPERATIONS
from serving.requests_responses.problem_responses import ProblemAnswer
from serving.web import problems


def components() -> Document:
    """What operations refer to."""
    statuses = {status for operation in OPERATIONS for status in failures(operation)}
    return {
        "schemas": definitions(),
        "securitySchemes": {"token": _security()},
        "responses": {str(status): _problem_response(status) for status in sorted(statuses)},
    }


def _problem_response(status: int) -> Document:
    response: Document = {
        "description": problems.DETAILS.get(status, HTTPStatus(status).phrase),
        "content": {problems.MEDIA_TYPE: {"schema": reference(ProblemAnswer)}},
    }
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        wait = {"description": "Seconds to wait.", "schema": {"type": "integer"}}
        response["headers"] = {"Retry-After": wait}
    return response


def _security() -> Document:
    return {
        "type": "http",
        "scheme": "bearer",
        "description": "A token made by `cd7watch serving token`; its roles say what it opens.",
    }
