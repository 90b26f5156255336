"""ASGI middleware: a deadline (504) for every request except uploads.

It replaces BentoML's TimeoutMiddleware in `serving.asgi`, and a test pins that. BentoML's starts
a timer for each request and never cancels it, so the request's objects live for the whole timeout
(60 s) and garbage collection pauses grow with the load; it also cuts slow uploads and cannot
exempt them.
"""

import asyncio
from collections.abc import Callable
from functools import partial

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.web.problems import refusal

SECONDS = 60.0


class DeadlineMiddleware:
    """Answers 504 when no response begins within `seconds`; the timer ends with the request."""

    def __init__(
        self, app: ASGIApp, seconds: float = SECONDS, exempt: Callable[[Scope], bool] | None = None
    ) -> None:
        self.app = app
        self.seconds = seconds
        self.exempt = exempt or (lambda scope: False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; the deadline applies until the first byte of the response."""
        if scope["type"] != "http" or self.exempt(scope):
            await self.app(scope, receive, send)
            return
        deadline = asyncio.timeout(self.seconds)
        try:
            async with deadline:
                await self.app(scope, receive, partial(_stop_and_send, deadline, send))
        except TimeoutError:
            if not deadline.expired():
                raise
            sentence = (
                f"A request must be answered within {self.seconds:g} s, and this one was not;"
                " try again, or send fewer patients at once."
            )
            await refusal(scope, 504, sentence)(scope, receive, send)


async def _stop_and_send(deadline: asyncio.Timeout, send: Send, message: Message) -> None:
    deadline.reschedule(None)
    await send(message)
