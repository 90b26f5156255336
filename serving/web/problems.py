"""HTTP errors as problem+json (RFC 9457): which field broke which rule, never a sent value.

Our own code raises `Problem`; `serving.web.problem_middleware` turns whatever a framework would
answer instead (plain text, JSON lists, tracebacks) into one.
Reference: https://www.rfc-editor.org/rfc/rfc9457
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, NotRequired, TypedDict, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Scope

from features.errors import InputError
from serving.web.problem_messages import field, rule

MEDIA_TYPE = "application/problem+json"

# Our words for the status codes that callers meet.
DETAILS: dict[int, str] = {
    400: "The request could not be read; the body must be one JSON document.",
    401: "A token is needed: send 'Authorization: Bearer TOKEN', or sign in at /.",
    403: "This token's role does not allow this.",
    404: "There is nothing at this address; see /v1/openapi.json for what there is.",
    405: "This address does not take this method; the Allow header names those it takes.",
    408: "The request did not arrive in time; send it again.",
    409: "This contradicts what is stored.",
    411: "The body's length must be announced in Content-Length.",
    413: "The body is too large; send fewer patients or samples at a time.",
    415: "This content type is not read here; send application/json.",
    422: "A field breaks a rule; errors names each field and its rule.",
    429: "Too many requests; wait as long as Retry-After says.",
    500: "An error of ours, not of the request; the log holds it under this request_id.",
    503: "The service is not ready; try again shortly.",
    504: "The answer took too long; try again.",
}
Model = TypeVar("Model", bound=BaseModel)


class ProblemDocument(TypedDict):
    """The JSON document of RFC 9457, with the fields at fault and the id of the request."""

    type: str
    title: str
    status: int
    detail: str
    errors: NotRequired[list[dict[str, str]]]
    request_id: NotRequired[str]


class Problem(Exception):
    """An answer that is an error: status, one sentence, and the fields at fault.

    >>> Problem(404, "No such patient.").body("r1")["title"]
    'Not Found'
    """

    def __init__(
        self,
        status: int,
        detail: str | None = None,
        errors: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status = status
        self.detail = detail or DETAILS.get(status) or phrase(status)
        self.errors = [dict(error) for error in errors]
        self.headers = dict(headers or {})
        super().__init__(self.detail)

    def body(self, request_id: str | None) -> ProblemDocument:
        """The problem document; `errors` is there only when fields are at fault."""
        document: ProblemDocument = {
            "type": "about:blank",  # the status code says it all (RFC 9457, 4.2.1)
            "title": phrase(self.status),
            "status": self.status,
            "detail": self.detail,
        }
        if self.errors:
            document["errors"] = self.errors
        if request_id:
            document["request_id"] = request_id
        return document


def phrase(status: int) -> str:
    """The status code's standard phrase.

    >>> phrase(404), phrase(499)
    ('Not Found', 'Error')
    """
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"


def response(problem: Problem, request_id: str | None = None) -> JSONResponse:
    """The problem as an HTTP response."""
    return JSONResponse(
        problem.body(request_id),
        status_code=problem.status,
        media_type=MEDIA_TYPE,
        headers=problem.headers,
    )


def request_id(scope: Scope) -> str | None:
    """The id of a request, the same in the log, the audit log and the answer."""
    value = scope.get("state", {}).get("request_id")
    return None if value is None else str(value)


def refusal(
    scope: Scope, status: int, detail: str, headers: Mapping[str, str] | None = None
) -> Response:
    """A middleware's error response: `detail` is one sentence of rule, what came, and the way out.

    >>> refusal({}, 404, "No such page.").media_type
    'application/problem+json'
    """
    return response(Problem(status, detail, headers=headers), request_id(scope))


def from_validation(error: ValidationError) -> Problem:
    """A rejected body as 422 with one entry a field, or as 400 when it was not JSON."""
    return from_errors(error.errors(include_url=False, include_input=False))


def from_errors(errors: Sequence[Mapping[str, Any]]) -> Problem:
    """Pydantic's list of errors as a problem.

    >>> from_errors([{"type": "missing", "loc": ("samples", 0, "day"), "msg": ""}]).errors
    [{'field': 'samples[0].day', 'rule': 'is required'}]
    """
    if any(error["type"] == "json_invalid" for error in errors):
        return Problem(400)
    return Problem(422, None, [{"field": field(e["loc"]), "rule": rule(e)} for e in errors])


def parse(model: type[Model], body: bytes) -> Model:
    """A JSON body as a request model; raises the problem that says which field broke which rule."""
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise from_validation(error) from None


async def answer_problem(request: Request, error: Exception) -> JSONResponse:
    """Starlette's exception handler for Problem and InputError."""
    return response(as_problem(error), request_id(request.scope))


def as_problem(error: Exception) -> Problem:
    """Any exception as a problem: the caller's mistakes as 4xx, everything else as a bare 500."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, InputError):
        return Problem(422, str(error))
    return Problem(500)
