"""Paths as log and metrics see them: the route's template, never what a caller wrote into it.

A patient's key, or whatever somebody types behind a slash, would otherwise reach the log and
make one time series each.
"""

from collections.abc import Iterable

from starlette.routing import BaseRoute, Match, Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

OTHER = "/(other)"
_REAL = "cd7watch.path"


def templates(routes: Iterable[BaseRoute]) -> list[Route]:
    """Every route of an application and of what is mounted at its root.

    >>> [route.path for route in templates([Route("/a/{key}", print)])]
    ['/a/{key}']
    """
    found: list[Route] = []
    for route in routes:
        if isinstance(route, Mount):
            found += templates(route.routes or ())
        elif isinstance(route, Route):
            found.append(route)
    return found


def template(routes: Iterable[Route], scope: Scope) -> str:
    """The template that a request's path fits."""
    for route in routes:
        if route.matches(scope)[0] is not Match.NONE:
            return route.path
    return OTHER


class TemplateMiddleware:
    """Hides the path behind its template from the middlewares further in, up to RealPath."""

    def __init__(self, app: ASGIApp, routes: Iterable[BaseRoute]) -> None:
        self.app = app
        self.routes = templates(routes)
        self.fixed = {route.path for route in self.routes if not route.param_convertors}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on under its template."""
        if scope["type"] == "http" and scope["path"] not in self.fixed:
            shown = template(self.routes, scope)
            scope = {**scope, "path": shown, _REAL: scope["path"]}
        await self.app(scope, receive, send)


class RealPathMiddleware:
    """Gives the path back to everything further in."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on under its own path."""
        if _REAL in scope:
            scope = {**scope, "path": scope[_REAL]}
        await self.app(scope, receive, send)
