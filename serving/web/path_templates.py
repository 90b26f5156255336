"""Path templates: log and metrics see a route's template (`/v1/patients/{key}`), never the path.

Otherwise a patient's key, or anything that a caller writes into a path, would reach the log, and
each path would become a time series of its own.
"""

from collections.abc import Iterable

from starlette.routing import BaseRoute, Match, Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

OTHER = "/(other)"
_REAL = "cd7watch.path"


def templates(routes: Iterable[BaseRoute]) -> list[Route]:
    """Every route of an application, including those of what is mounted in it.

    >>> [route.path for route in templates([Route("/a/{key}", print)])]
    ['/a/{key}']
    """
    flat: list[Route] = []
    for route in routes:
        if isinstance(route, Mount):
            flat += templates(route.routes or ())
        elif isinstance(route, Route):
            flat.append(route)
    return flat


def template(routes: Iterable[Route], scope: Scope) -> str:
    """The template that a request's path fits."""
    for route in routes:
        if route.matches(scope)[0] is not Match.NONE:
            return route.path
    return OTHER


class TemplateMiddleware:
    """Replaces the path by its template for the inner middlewares, up to RealPathMiddleware."""

    def __init__(self, app: ASGIApp, routes: Iterable[BaseRoute]) -> None:
        self.app = app
        self.routes = templates(routes)
        self.fixed = {route.path for route in self.routes if not route.param_convertors}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on under its template."""
        if scope["type"] == "http" and scope["path"] not in self.fixed:
            path = template(self.routes, scope)
            scope = {**scope, "path": path, _REAL: scope["path"]}
        await self.app(scope, receive, send)


class RealPathMiddleware:
    """Restores the path for everything inside it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on under its own path."""
        if _REAL in scope:
            scope = {**scope, "path": scope[_REAL]}
        await self.app(scope, receive, send)
