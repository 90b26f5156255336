"""Who may ask what: every request but health needs a token with the path's role."""

import re
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from urllib.parse import parse_qsl, quote, urlencode

from sqlalchemy import Engine
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from serving.auth.tokens import ADMIN, CLINICIAN, SERVICE, Caller, callers, digest
from serving.web.headers import header
from serving.web.limits import FAILURES, REQUESTS, Buckets, Rate
from serving.web.refuse import refusal
from serving.web.render import sign_in_page

COOKIE = "cd7watch_token"
SIGN_IN = "/sign-in"
HEALTH = ("/healthz", "/livez", "/readyz")
# Read by people who have no token yet: the interface's description and the pages' style.
PUBLIC = (*HEALTH, SIGN_IN, "/v1/openapi.json", "/docs", "/favicon.ico")
PUBLIC_FOLDER = "/static/"
SAFE = ("GET", "HEAD", "OPTIONS")
# Said by a person, not by a program, although it stands beside the programs' addresses.
_PERSONS = re.compile(r"/v1/patients/[^/]+/acknowledgements")

# Set for the request's task, read by handlers that BentoML calls without the request.
CALLER: ContextVar[Caller] = ContextVar("caller")


def role_for(path: str) -> str | None:
    """The role that a path asks for; None when it is open to everyone.

    >>> role_for("/v1/predict"), role_for("/metrics"), role_for("/"), role_for("/readyz")
    ('service', 'admin', 'clinician', None)
    """
    if path in PUBLIC or path.startswith(PUBLIC_FOLDER):
        return None
    if path == "/metrics":
        return ADMIN
    if _PERSONS.fullmatch(path):
        return CLINICIAN
    first = path[1:].partition("/")[0]
    return SERVICE if first in ("v1", "cds-services", "fhir") else CLINICIAN


class Tokens:
    """The database's tokens as one worker knows them, read anew for one it does not know."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._callers: Mapping[str, Caller] = {}

    def refresh(self) -> None:
        """Read every token's digest and roles."""
        self._callers = callers(self.engine)

    async def caller(self, token: str) -> Caller | None:
        """Whose token this is; a new one is known at once, a revoked one forgotten within 2 s."""
        known = self._callers.get(digest(token))
        if known is None:  # how often is bounded by FAILURES
            await run_in_threadpool(self.refresh)
            known = self._callers.get(digest(token))
        return known


class AccessMiddleware:
    """Answers 401, 403 and 429 in place of the application, and tells it who asks."""

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
        answer = await self._judge(Request(scope, receive))
        await (self.app if answer is None else answer)(scope, receive, send)

    async def _judge(self, request: Request) -> Response | None:
        path = request.scope["path"]
        role = role_for(path)
        if path == SIGN_IN:
            return await self._sign_in(request)
        if role is None:
            return None
        address = request.client.host if request.client else "unknown"
        if self.failures.empty(address):
            return _wait(request, "wrong tokens", self.failures.take(address))
        token, from_cookie = _given(request)
        caller = await self._tokens().caller(token) if token else None
        if caller is None:
            if token:
                self.failures.take(address)
            return _unknown(request)
        return self._permit(request, caller, role, token, from_cookie=from_cookie)

    def _permit(
        self, request: Request, caller: Caller, role: str, token: str, *, from_cookie: bool
    ) -> Response | None:
        if wait := self.requests.take(caller.name):
            return _wait(request, "requests", wait)
        if role not in caller.roles:
            return refusal(
                request.scope,
                403,
                f"This path asks for the role {role}, and this token has "
                f"{', '.join(sorted(caller.roles))}; ask an administrator for another token.",
            )
        if request.method not in SAFE and not _same_origin(request, from_cookie=from_cookie):
            return refusal(
                request.scope,
                403,
                "A change signed in by cookie must come from this service's own pages, and this "
                "one's Origin is another; open the page here, or send the token as Bearer.",
            )
        if request.method in ("GET", "HEAD") and "token" in request.query_params:
            return signed_in(request, token)
        CALLER.set(caller)
        return None

    async def _sign_in(self, request: Request) -> Response:
        if request.method != "POST":
            return sign_in_page(200)
        address = request.client.host if request.client else "unknown"
        if wait := self.failures.take(address):
            return _wait(request, "wrong tokens", wait)
        if not _same_origin(request, from_cookie=True):
            return refusal(
                request.scope, 403, "The sign-in form must be sent from this service's own page."
            )
        token = dict(parse_qsl((await request.body()).decode("utf-8", "replace"))).get("token", "")
        if await self._tokens().caller(token) is None:
            return sign_in_page(401)
        return signed_in(request, token, "/")


def signed_in(request: Request, token: str, to: str | None = None) -> Response:
    """Redirect to the same address without the token, which moves into a cookie.

    HttpOnly: no script reads it. SameSite=Strict: no other site's link or form sends it.
    """
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "token"]
    target = to or request.url.path + (f"?{urlencode(kept)}" if kept else "")
    # One slash, since a browser takes two (or a backslash) for another host.
    answer = RedirectResponse("/" + quote(target.lstrip("/"), safe="/?=&%"), status_code=303)
    secure = request.url.scheme == "https"
    answer.set_cookie(COOKIE, token, httponly=True, samesite="strict", secure=secure, path="/")
    return answer


def _given(request: Request) -> tuple[str, bool]:
    """The token that came, and whether it came as cookie."""
    scheme, _, value = header(request.scope, b"authorization").partition(" ")
    if scheme.lower() == "bearer":
        return value.strip(), False
    if request.method in ("GET", "HEAD") and "token" in request.query_params:
        return request.query_params["token"], False
    return request.cookies.get(COOKIE, ""), True


def _same_origin(request: Request, *, from_cookie: bool) -> bool:
    """Whether a change comes from our own page; a program with a Bearer token sends no Origin."""
    origin = header(request.scope, b"origin")
    if not origin:
        return not from_cookie or header(request.scope, b"sec-fetch-site") == "same-origin"
    return origin == f"{request.url.scheme}://{request.headers.get('host', '')}"


def _unknown(request: Request) -> Response:
    if request.method == "GET" and "text/html" in request.headers.get("accept", ""):
        return sign_in_page(401)
    return refusal(
        request.scope,
        401,
        "Every request needs a valid token, and none came or it is unknown; send "
        "`Authorization: Bearer TOKEN`, made by `python -m serving token add`.",
        {"WWW-Authenticate": "Bearer"},
    )


def _wait(request: Request, what: str, seconds: float) -> Response:
    whole = max(1, int(seconds + 0.999))
    return refusal(
        request.scope,
        429,
        f"Too many {what} came from here in a short time; wait {whole} s and try again.",
        {"Retry-After": str(whole)},
    )
