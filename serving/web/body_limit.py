"""ASGI middleware: the largest body (413) of each address."""

import re
from functools import partial

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.web.problems import Problem, refusal

MB = 1024 * 1024
BODY = 1 * MB
BATCH_BODY = 32 * MB
UPLOAD_BODY = 4096 * MB  # streamed to disk, never whole in memory
BATCH_PATHS = ("/v1/predict_batch",)
# The upload by a program, and the one on a patient's page.
UPLOADS = re.compile(r"/v1/summarise|/patients/[^/]+/samples/file")


def is_upload(scope: Scope) -> bool:
    """Whether the request streams a count file, which may take long on a slow connection."""
    return UPLOADS.fullmatch(scope.get("path", "")) is not None


def largest_body(path: str) -> int:
    """Bytes that a request to `path` may carry.

    >>> largest_body("/v1/predict_batch") // MB, largest_body("/v1/predict") // MB
    (32, 1)
    """
    if UPLOADS.fullmatch(path):
        return UPLOAD_BODY
    return BATCH_BODY if path in BATCH_PATHS else BODY


class BodyLimitMiddleware:
    """Answers 413 to a body over its path's limit, before any handler reads it.

    The whole body is read here and passed on, because BentoML would log a handler's failure on an
    incomplete one as our fault. An upload is only counted while its handler streams it to disk.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with its body, or refuse it."""
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD", "OPTIONS"):
            await self.app(scope, receive, send)
            return
        limit = largest_body(scope["path"])
        if (_content_length(scope) or 0) > limit:
            await _refuse(scope, receive, send, limit)
        elif is_upload(scope):
            await self.app(scope, _CountedReceive(receive, limit), send)
        else:
            body = await _read(receive, limit)
            if body is None:
                await _refuse(scope, receive, send, limit)
            else:
                await self.app(scope, _replay(body, receive), send)


def _content_length(scope: Scope) -> int | None:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return None


async def _read(receive: Receive, limit: int) -> bytes | None:
    """The whole body, or None as soon as it exceeds `limit`."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        part = message.get("body", b"")
        size += len(part)
        if size > limit:
            return None
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


class _CountedReceive:
    """A `receive` that raises Problem 413 past `limit`, for bodies without Content-Length."""

    def __init__(self, receive: Receive, limit: int) -> None:
        self.receive = receive
        self.limit = limit
        self.size = 0

    async def __call__(self) -> Message:
        message = await self.receive()
        self.size += len(message.get("body", b""))
        if self.size > self.limit:
            raise Problem(413)
        return message


def _replay(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives the body first."""
    message = {"type": "http.request", "body": body, "more_body": False}
    return partial(_next_message, [message], receive)


async def _next_message(first: list[Message], receive: Receive) -> Message:
    return first.pop() if first else await receive()


async def _refuse(scope: Scope, receive: Receive, send: Send, limit: int) -> None:
    sentence = (
        f"A body here holds at most {limit // MB} MB, and a larger one came; send less at once."
    )
    await refusal(scope, 413, sentence, {"Connection": "close"})(scope, receive, send)
