"""How much and how fast one caller may send: rates as token buckets, bodies by size."""

import re
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.web.problems import Problem
from serving.web.refuse import refusal

MB = 1024 * 1024
BODY = 1 * MB
BATCH_BODY = 32 * MB
UPLOAD_BODY = 4096 * MB  # streamed to disk, never held in memory
BATCH_PATHS = ("/v1/predict_batch",)
# A program's upload, and the one from a patient's page.
UPLOADS = re.compile(r"/v1/summarise|/patients/[^/]+/samples/file")
# Callers remembered at once; the least recently seen is forgotten first.
MOST_CALLERS = 10_000


@dataclass(frozen=True)
class Rate:
    """`burst` requests at once, refilled at `per_second`."""

    per_second: float
    burst: float


# Per worker and token, unless `start --rate` says otherwise: an integrator's whole hospital is one
# caller. Wrong tokens are counted by address, which is all that is known of a guesser.
MOST_A_SECOND = 5000.0
REQUESTS = Rate(per_second=MOST_A_SECOND, burst=10_000.0)
BURST_SECONDS = 2.0
FAILURES = Rate(per_second=0.5, burst=20.0)


def rate_of(per_second: float) -> Rate:
    """So many requests a second, and two seconds' worth at once.

    >>> rate_of(5000) == REQUESTS
    True
    """
    return Rate(per_second, BURST_SECONDS * per_second)


class Buckets:
    """Token buckets by name (https://en.wikipedia.org/wiki/Token_bucket).

    >>> now = [0.0]
    >>> buckets = Buckets(Rate(per_second=1.0, burst=1.0), clock=lambda: now[0])
    >>> buckets.take("ward"), buckets.take("ward")
    (0.0, 1.0)
    """

    def __init__(self, rate: Rate, clock: Callable[[], float] = time.monotonic) -> None:
        self.rate = rate
        self.clock = clock
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, name: str) -> float:
        """Take one; 0.0 when there was one, otherwise the seconds until there will be."""
        level = self._level(name)
        taken = level >= 1.0
        self._levels[name] = (level - 1.0 if taken else level, self.clock())
        self._levels.move_to_end(name)
        if len(self._levels) > MOST_CALLERS:
            self._levels.popitem(last=False)
        return 0.0 if taken else (1.0 - level) / self.rate.per_second

    def empty(self, name: str) -> bool:
        """Whether the next `take` would have to wait."""
        return self._level(name) < 1.0

    def _level(self, name: str) -> float:
        level, since = self._levels.get(name, (self.rate.burst, self.clock()))
        return min(self.rate.burst, level + (self.clock() - since) * self.rate.per_second)


def is_upload(scope: Scope) -> bool:
    """Whether the request streams a count file, which takes as long as the line does."""
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
    """Answers 413 to a body over its path's limit, before any handler has seen it.

    A body is read here and handed on whole, since BentoML would log a handler's surprise at a
    cut one as our fault. An upload is only counted while its handler streams it to disk.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with its body, or refuse it."""
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD", "OPTIONS"):
            await self.app(scope, receive, send)
            return
        limit = largest_body(scope["path"])
        declared = _declared_length(scope)
        if declared is not None and declared > limit:
            await _too_large(scope, receive, send, limit)
        elif is_upload(scope):
            await self.app(scope, _counted(receive, limit), send)
        else:
            body = await _read(receive, limit)
            if body is None:
                await _too_large(scope, receive, send, limit)
            else:
                await self.app(scope, _replayed(body, receive), send)


def _declared_length(scope: Scope) -> int | None:
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


def _counted(receive: Receive, limit: int) -> Receive:
    """Receive that raises Problem 413 past `limit`, for a length that was not announced."""
    size = 0

    async def counted() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > limit:
            raise Problem(413)
        return message

    return counted


def _replayed(body: bytes, receive: Receive) -> Receive:
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return waiting.pop() if waiting else await receive()

    return again


async def _too_large(scope: Scope, receive: Receive, send: Send, limit: int) -> None:
    sentence = (
        f"A body here holds at most {limit // MB} MB, and a larger one came; send less at once."
    )
    await refusal(scope, 413, sentence, {"Connection": "close"})(scope, receive, send)
