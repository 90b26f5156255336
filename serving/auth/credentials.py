"""Where a request's token comes from (header, address or cookie), and the cookie's origin check."""

from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from serving.web.headers import header

COOKIE = "cd7watch_token"


def token_of(request: Request) -> tuple[str, bool]:
    """The request's token, empty when it has none, and whether it came as a cookie."""
    scheme, _, value = header(request.scope, b"authorization").partition(" ")
    if scheme.lower() == "bearer":
        return value.strip(), False
    if has_token_in_address(request):
        return request.query_params["token"], False
    return request.cookies.get(COOKIE, ""), True


def has_token_in_address(request: Request) -> bool:
    """Whether this is the address that `serving start` prints."""
    return request.method in ("GET", "HEAD") and "token" in request.query_params


def is_same_origin(request: Request, *, from_cookie: bool) -> bool:
    """Whether a change comes from our own page; a program with a Bearer token sends no Origin."""
    origin = header(request.scope, b"origin")
    if not origin:
        return not from_cookie or header(request.scope, b"sec-fetch-site") == "same-origin"
    return origin == f"{request.url.scheme}://{request.headers.get('host', '')}"


def cookie_redirect(request: Request, token: str, to: str | None = None) -> Response:
    """Redirect to the same address without the token, which moves into a cookie.

    HttpOnly: no script reads it. SameSite=Strict: no other site's link or form sends it.
    """
    query = [(name, value) for name, value in request.query_params.multi_items() if name != "token"]
    target = to or request.url.path + (f"?{urlencode(query)}" if query else "")
    # Exactly one slash, because a browser reads two (or a backslash) as another host.
    answer = RedirectResponse("/" + quote(target.lstrip("/"), safe="/?=&%"), status_code=303)
    secure = request.url.scheme == "https"
    answer.set_cookie(COOKIE, token, httponly=True, samesite="strict", secure=secure, path="/")
    return answer
