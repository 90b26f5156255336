"""ASGI middleware: authentication and authorisation (401, 403, 429), and the sign-in form.

Every request except health checks and the sign-in page needs a token with the path's role.
"""

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from urllib.parse import parse_qsl

from sqlalchemy import Engine
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from serving.auth.credentials import (
    cookie_redirect,
    has_token_in_address,
    is_same_origin,
    token_of,
)
from serving.auth.path_roles import SIGN_IN, role_for
from serving.auth.tokens import Caller, callers, digest
from serving.web.problems import refusal
from serving.web.rate_limit import FAILURES, REQUESTS, Buckets, Rate
from serving.web.render import sign_in_page

SAFE = ("GET", "HEAD", "OPTIONS")

# Set for the request's task; read by handlers, which BentoML calls without the request.
CALLER: ContextVar[Caller] = ContextVar("caller")


class Tokens:
    """The database's tokens in one worker's memory, read again when an unknown token comes."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._callers: Mapping[str, Caller] = {}

    def refresh(self) -> None:
        """Read every token's digest and roles."""
        self._callers = callers(self.engine)

    async def caller(self, token: str) -> Caller | None:
        """The token's caller. A new token works at once, a revoked one for at most 2 s more."""
        sha256 = digest(token)
        if sha256 not in self._callers:  # FAILURES bounds how often
            await run_in_threadpool(self.refresh)
        return self._callers.get(sha256)


class AccessMiddleware:
    """Answers 401, 403 and 429 in place of the application, and sets CALLER for its handlers."""

    def __init__(self, app: ASGIApp, tokens: Callable[[], Tokens], rate: Rate = REQUESTS) -> None:
        self.app = app
        self._tokens = tokens
        self.requests = Buckets(rate)
        self.failures = Buckets(FAILURES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a permitted request on with CALLER set."""
        if scope["type"] != "http" or scope["method"] == "OPTIONS":
            await self.app(scope, receive, send)
            return
        answer = await self._check(Request(scope, receive))
        await (self.app if answer is None else answer)(scope, receive, send)

    async def _check(self, request: Request) -> Response | None:
        """The response to a request that may not pass; None when it may."""
        path = request.scope["path"]
        role = role_for(path)
        if path == SIGN_IN:
            return await self._sign_in(request)
        return None if role is None else await self._authenticate(request, role)

    async def _authenticate(self, request: Request, role: str) -> Response | None:
        address = _address(request)
        if self.failures.empty(address):
            return _too_many(request, "wrong tokens", self.failures.take(address))
        token, from_cookie = token_of(request)
        caller = await self._tokens().caller(token) if token else None
        if caller is None:
            if token:
                self.failures.take(address)
            return _unauthenticated(request)
        answer = self._authorise(request, caller, role, from_cookie=from_cookie)
        if answer is not None:
            return answer
        if has_token_in_address(request):
            return cookie_redirect(request, token)
        CALLER.set(caller)
        return None

    def _authorise(
        self, request: Request, caller: Caller, role: str, *, from_cookie: bool
    ) -> Response | None:
        if seconds := self.requests.take(caller.name):
            return _too_many(request, "requests", seconds)
        if role not in caller.roles:
            return refusal(
                request.scope,
                403,
                f"This path needs the role {role}, and this token has "
                f"{', '.join(sorted(caller.roles))}; ask an administrator for another token.",
            )
        if request.method not in SAFE and not is_same_origin(request, from_cookie=from_cookie):
            return refusal(
                request.scope,
                403,
                "A change signed in by cookie must come from this service's own pages, and this "
                "one's Origin is another; open the page here, or send the token as Bearer.",
            )
        return None

    async def _sign_in(self, request: Request) -> Response:
        if request.method != "POST":
            return sign_in_page(200)
        if seconds := self.failures.take(_address(request)):
            return _too_many(request, "wrong tokens", seconds)
        if not is_same_origin(request, from_cookie=True):
            return refusal(
                request.scope, 403, "The sign-in form must be sent from this service's own page."
            )
        token = dict(parse_qsl((await request.body()).decode("utf-8", "replace"))).get("token", "")
        if await self._tokens().caller(token) is None:
            return sign_in_page(401)
        return cookie_redirect(request, token, "/")


def _address(request: Request) -> str:
    return request.client.host if request.client else "unknown"


def _unauthenticated(request: Request) -> Response:
    if request.method == "GET" and "text/html" in request.headers.get("accept", ""):
        return sign_in_page(401)
    return refusal(
        request.scope,
        401,
        "Every request needs a valid token, and none came or it is unknown; send "
        "`Authorization: Bearer TOKEN`, made by `cd7watch serving token add`.",
        {"WWW-Authenticate": "Bearer"},
    )


def _too_many(request: Request, things: str, seconds: float) -> Response:
    wait = max(1, int(seconds + 0.999))
    return refusal(
        request.scope,
        429,
        f"Too many {things} came from here in a short time; wait {wait} s and try again.",
        {"Retry-After": str(wait)},
    )
