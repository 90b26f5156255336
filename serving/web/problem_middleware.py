"""ASGI middleware: request id, content type (415), and every error as problem+json."""

import logging
import uuid
from collections.abc import Callable, Sequence

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.web.headers import header
from serving.web.problems import MEDIA_TYPE, Problem, as_problem, response

# Content types of the different addresses (see `content_types`).
JSON: tuple[str, ...] = ("application/json",)
FILES: tuple[str, ...] = ("application/octet-stream", "application/x-hdf5", "multipart/form-data")
FORMS: tuple[str, ...] = ("application/x-www-form-urlencoded",)
FHIR: tuple[str, ...] = ("application/fhir+json", "application/json")
_HEADERS_OF_THE_OLD_BODY = ("content-length", "content-type", "content-encoding")

log = logging.getLogger("cd7watch.problems")


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

    A framework's error response is withheld and replaced; every other response passes through
    unchanged and unbuffered. HTML errors pass for callers that accept HTML, because the pages
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
        problem = _content_type_problem(scope, self.reads)
        if problem is None:
            problem = await self._problem_of_app(scope, receive, send)
        if problem is not None:
            await response(problem, request_id)(scope, receive, send)

    async def _problem_of_app(self, scope: Scope, receive: Receive, send: Send) -> Problem | None:
        """Run the application; the problem to answer instead, or None when it has answered."""
        error_filter = _ErrorFilter(scope, send)
        try:
            await self.app(scope, receive, error_filter)
        except Exception as error:
            problem = as_problem(error)
            if problem.status >= 500:
                # The type alone: an exception's message or traceback may hold a patient's values.
                request_id = scope["state"]["request_id"]
                log.error("request %s failed: %s", request_id, type(error).__name__)
            if error_filter.has_sent:
                raise  # the response has begun, so the server can only cut it
            return problem
        return error_filter.problem()


def _content_type_problem(scope: Scope, reads: Callable[[str], Sequence[str]]) -> Problem | None:
    """Problem 415 for a body in a content type that the address does not read."""
    if scope["method"] not in ("POST", "PUT", "PATCH"):
        return None
    if header(scope, b"content-length") in ("", "0") and not header(scope, b"transfer-encoding"):
        return None  # no body
    content_type = header(scope, b"content-type").split(";")[0].strip().lower()
    readable = reads(scope["path"])
    if content_type in readable:
        return None
    detail = f"This address reads {' or '.join(readable)}; set Content-Type accordingly."
    return Problem(415, detail, headers={"Accept": ", ".join(readable)})


class _ErrorFilter:
    """A `send` that passes good responses on and withholds a framework's error responses."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self.scope = scope
        self.send = send
        self.has_sent = False
        self.error_start: Message | None = None

    async def __call__(self, message: Message) -> None:
        if self.error_start is None and message["type"] == "http.response.start":
            if self._is_foreign_error(message):
                self.error_start = message
            else:
                self.has_sent = True
        if self.has_sent:
            await self.send(message)

    def _is_foreign_error(self, message: Message) -> bool:
        if message["status"] < 400:
            return False
        kind = Headers(raw=list(message["headers"])).get("content-type", "")
        page = kind.startswith("text/html") and "text/html" in header(self.scope, b"accept")
        return not (page or kind.startswith(MEDIA_TYPE))

    def problem(self) -> Problem | None:
        """The withheld error as a problem with its other headers; None when nothing is withheld."""
        if self.error_start is None:
            return None
        headers = {
            name: value
            for name, value in Headers(raw=list(self.error_start["headers"])).items()
            if name not in _HEADERS_OF_THE_OLD_BODY
        }
        return Problem(self.error_start["status"], headers=headers)
