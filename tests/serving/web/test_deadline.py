"""The deadline that replaces BentoML's."""

import asyncio
import gc
import json
import weakref
from typing import Any

from starlette.types import Message, Receive, Scope, Send

from serving.web.deadline import DeadlineMiddleware

SCOPE: dict[str, Any] = {"type": "http", "path": "/slow", "method": "GET", "headers": []}


def messages(
    seconds: float, begins_at: float, ends_at: float, exempt: bool = False
) -> list[Message]:
    """The messages sent when an application begins and ends its response after so many seconds."""
    sent: list[Message] = []

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(begins_at)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await asyncio.sleep(ends_at - begins_at)
        await send({"type": "http.response.body", "body": b"done"})

    async def receive() -> Message:
        return {"type": "http.request", "body": b""}

    async def send(message: Message) -> None:
        sent.append(message)

    guarded = DeadlineMiddleware(application, seconds, lambda scope: exempt)
    asyncio.run(guarded(dict(SCOPE), receive, send))
    return sent


def test_a_late_answer_becomes_504() -> None:
    """The caller gets a problem instead of nothing."""
    start, body = messages(0.05, begins_at=5.0, ends_at=5.0)
    assert start["status"] == 504 and json.loads(body["body"])["status"] == 504


def test_an_answer_that_began_is_not_cut() -> None:
    """The deadline applies only until the first byte."""
    start, body = messages(0.05, begins_at=0.0, ends_at=0.15)
    assert (start["status"], body["body"]) == (200, b"done")


def test_uploads_take_as_long_as_they_take() -> None:
    """An exempt request has no deadline."""
    start, _ = messages(0.02, begins_at=0.1, ends_at=0.1, exempt=True)
    assert start["status"] == 200


def test_nothing_of_a_request_outlives_it() -> None:
    """BentoML's timer keeps each request's objects for the whole timeout; ours releases them."""

    class Scoped(dict[str, Any]):
        """A scope that can be watched."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def nothing(*_: object) -> Any:
        return None

    async def watched() -> list[weakref.ref[Scoped]]:
        guarded = DeadlineMiddleware(application, 60.0)
        seen = []
        for _ in range(20):
            scope = Scoped(SCOPE)
            seen.append(weakref.ref(scope))
            await guarded(scope, nothing, nothing)
            del scope
        await asyncio.sleep(0)
        gc.collect()
        return [reference for reference in seen if reference() is not None]

    assert asyncio.run(watched()) == []
