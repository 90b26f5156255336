"""Errors as RFC 9457 problem+json: which field broke which rule, never the value that came.

`Problem` is raised by our own code; `ProblemMiddleware` turns whatever a framework would answer
instead (plain text, JSON lists, tracebacks) into one.
Reference: https://www.rfc-editor.org/rfc/rfc9457
"""

import logging
import uuid
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from features.errors import InputError
from serving.web.headers import header
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

log = logging.getLogger("cd7watch.problems")

# What each address reads; all others read JSON.
JSON: tuple[str, ...] = ("application/json",)
FILES: tuple[str, ...] = ("application/octet-stream", "application/x-hdf5", "multipart/form-data")
# Pages' forms.
FORMS: tuple[str, ...] = ("application/x-www-form-urlencoded",)
FHIR: tuple[str, ...] = ("application/fhir+json", "application/json")
_HEADERS_OF_THE_OLD_BODY = ("content-length", "content-type", "content-encoding")
Model = TypeVar("Model", bound=BaseModel)


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

    def body(self, request_id: str | None) -> dict[str, Any]:
        """The problem document; `errors` is there only when fields are at fault."""
        document: dict[str, Any] = {
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
    """The problem as an HTTP answer."""
    return JSONResponse(
        problem.body(request_id),
        status_code=problem.status,
        media_type=MEDIA_TYPE,
        headers=problem.headers,
    )


def from_validation(error: ValidationError) -> Problem:
    """A rejected body as 422 with one entry a field, or 400 when it was no JSON at all."""
    return from_errors(error.errors(include_url=False, include_input=False))


def from_errors(found: Sequence[Mapping[str, Any]]) -> Problem:
    """Pydantic's list of errors as a problem.

    >>> from_errors([{"type": "missing", "loc": ("samples", 0, "day"), "msg": ""}]).errors
    [{'field': 'samples[0].day', 'rule': 'is required'}]
    """
    if any(error["type"] == "json_invalid" for error in found):
        return Problem(400)
    return Problem(422, None, [{"field": field(e["loc"]), "rule": rule(e)} for e in found])


def parse(model: type[Model], body: bytes) -> Model:
    """A JSON body as a request model, or the problem that says which field broke which rule."""
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise from_validation(error) from None


async def answer_problem(request: Request, error: Exception) -> JSONResponse:
    """Starlette's exception handler for Problem and InputError."""
    return response(as_problem(error), request.scope.get("state", {}).get("request_id"))


def as_problem(error: Exception) -> Problem:
    """Any exception as a problem: the caller's mistakes as 4xx, everything else as a bare 500."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, InputError):
        return Problem(422, str(error))
    return Problem(500)


def content_types(path: str) -> Sequence[str]:
    """Content types that an address reads.

    >>> content_types("/v1/predict"), content_types("/v1/summarise")[0]
    (('application/json',), 'application/octet-stream')
    """
    if path.startswith("/v1/summarise"):
        return FILES
    if path.startswith("/fhir/"):
        return FHIR
    if path.startswith("/patients/") and path.endswith("/samples/file"):
        return FILES[-1:]
    return JSON if path.startswith(("/v1/", "/cds-services")) else (*FORMS, *JSON)


class ProblemMiddleware:
    """Gives each request its id, checks the content type, and rewrites errors.

    An error answer is held back until it is whole and then replaced; every other answer passes
    through untouched and unbuffered. HTML errors pass for callers that asked for HTML: the pages
    write their own.
    """

    def __init__(self, app: ASGIApp, reads: Callable[[str], Sequence[str]] = content_types) -> None:
        self.app = app
        self.reads = reads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = scope.setdefault("state", {}).setdefault("request_id", str(uuid.uuid4()))
        refused = _refused(scope, self.reads)
        if refused is not None:
            await response(refused, request_id)(scope, receive, send)
            return
        held = _Held(scope, send)
        problem: Problem | None
        try:
            await self.app(scope, receive, held)
            problem = held.problem()
        except Exception as error:
            problem = as_problem(error)
            if problem.status >= 500:
                # The type alone: an exception's message or traceback may hold a patient's values.
                log.error("request %s failed: %s", request_id, type(error).__name__)
            if held.passed:
                raise  # the answer has begun, so the server can only cut it
        if problem is not None:
            await response(problem, request_id)(scope, receive, send)


def _refused(scope: Scope, reads: Callable[[str], Sequence[str]]) -> Problem | None:
    """The problem of a body in a type that the address does not read."""
    if scope["method"] not in ("POST", "PUT", "PATCH"):
        return None
    if header(scope, b"content-length") in ("", "0") and not header(scope, b"transfer-encoding"):
        return None  # no body
    sent = header(scope, b"content-type").split(";")[0].strip().lower()
    accepted = reads(scope["path"])
    if sent in accepted:
        return None
    detail = f"This address reads {' or '.join(accepted)}; set Content-Type accordingly."
    return Problem(415, detail, headers={"Accept": ", ".join(accepted)})


class _Held:
    """A send that lets good answers through and keeps errors back."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self.scope = scope
        self.send = send
        self.passed = False
        self.start: Message | None = None

    async def __call__(self, message: Message) -> None:
        if self.start is None and message["type"] == "http.response.start":
            if self._is_foreign_error(message):
                self.start = message
            else:
                self.passed = True
        if self.passed:
            await self.send(message)

    def _is_foreign_error(self, message: Message) -> bool:
        if message["status"] < 400:
            return False
        kind = Headers(raw=list(message["headers"])).get("content-type", "")
        page = kind.startswith("text/html") and "text/html" in header(self.scope, b"accept")
        return not (page or kind.startswith(MEDIA_TYPE))

    def problem(self) -> Problem | None:
        """What the held answer becomes; None when the answer has passed."""
        if self.start is None:
            return None
        kept = {
            name: value
            for name, value in Headers(raw=list(self.start["headers"])).items()
            if name not in _HEADERS_OF_THE_OLD_BODY
        }
        return Problem(self.start["status"], headers=kept)
