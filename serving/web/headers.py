"""Headers of every answer: nothing is framed, cached, sniffed or loaded from elsewhere.

And a request's headers, read where Starlette's own objects would cost more than what they find.
"""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
# OWASP Secure Headers Project, https://owasp.org/www-project-secure-headers/
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}


# Written once as they are sent: the loop that completes an answer runs for each.
_RAW = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]


def header(scope: Scope, name: bytes) -> str:
    """A request's header by its name in lower case; empty when it did not come.

    >>> header({"headers": [(b"accept", b"text/html")]}, b"accept")
    'text/html'
    """
    for given, value in scope["headers"]:
        if given == name:
            return bytes(value).decode("latin-1")
    return ""


class HeadersMiddleware:
    """Sets the headers on every answer, and removes the one that names the server's software."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; the answer's headers are completed on their way out."""

        async def completed(message: Message) -> None:
            if message["type"] == "http.response.start":
                kept = [pair for pair in message.get("headers", ()) if pair[0] != b"server"]
                there = {name for name, _ in kept}
                kept += [pair for pair in _RAW if pair[0] not in there]
                message = {**message, "headers": kept}
            await send(message)

        await self.app(scope, receive, completed)
