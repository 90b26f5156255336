"""A deadline for every request but uploads, which BentoML's own cannot exempt.

BentoML's TimeoutMiddleware starts a timer per request and never cancels it, so each request's
objects live for the whole timeout (60 s), and the collector's pauses grow with the load; and it
cuts a slow upload. It is replaced in `serving.asgi`, which a test pins.
"""

import asyncio
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.web.refuse import refusal

SECONDS = 60.0


class DeadlineMiddleware:
    """Answers 504 when nothing was answered within `seconds`; its timer ends with the request."""

    def __init__(
        self, app: ASGIApp, seconds: float = SECONDS, exempt: Callable[[Scope], bool] | None = None
    ) -> None:
        self.app = app
        self.seconds = seconds
        self.exempt = exempt or (lambda scope: False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; the deadline stands until the answer's first byte."""
        if scope["type"] != "http" or self.exempt(scope):
            await self.app(scope, receive, send)
            return
        deadline = asyncio.timeout(self.seconds)

        async def answered(message: Message) -> None:
            deadline.reschedule(None)
            await send(message)

        try:
            async with deadline:
                await self.app(scope, receive, answered)
        except TimeoutError:
            if not deadline.expired():
                raise
            sentence = (
                f"A request must be answered within {self.seconds:g} s, and this one was not;"
                " try again, or send fewer patients at once."
            )
            await refusal(scope, 504, sentence)(scope, receive, send)
