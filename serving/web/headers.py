"""HTTP headers: security headers (OWASP) on every response, and a cheap read of a request's.

Responses must not be framed, cached, sniffed or loaded from elsewhere. A request's header is read
from the ASGI scope, because building Starlette's objects would cost more than the read.
"""

from functools import partial

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
# Encoded once: the middleware iterates over them for every response.
_RAW = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]


def header(scope: Scope, name: bytes) -> str:
    """A request's header by its name in lower case; empty when the request has none.

    >>> header({"headers": [(b"accept", b"text/html")]}, b"accept")
    'text/html'
    """
    for header_name, value in scope["headers"]:
        if header_name == name:
            return bytes(value).decode("latin-1")
    return ""


class HeadersMiddleware:
    """Adds the headers to every response and removes the one that names the server's software."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; the response's headers are completed when they are sent."""
        await self.app(scope, receive, partial(_send_with_headers, send))


async def _send_with_headers(send: Send, message: Message) -> None:
    if message["type"] == "http.response.start":
        headers = [pair for pair in message.get("headers", ()) if pair[0] != b"server"]
        present = {name for name, _ in headers}
        headers += [pair for pair in _RAW if pair[0] not in present]
        message = {**message, "headers": headers}
    await send(message)
