"""Routing: one route for all methods of an address, so that 405 names every allowed method."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

Handler = Callable[[Request], Awaitable[Response]]


def by_method(path: str, **handlers: Handler) -> Route:
    """The route of an address with one handler for each method.

    With two routes of the same path, each would name only its own methods in a 405's Allow header.

    >>> sorted(by_method("/a", get=print, post=print).methods)
    ['GET', 'HEAD', 'POST']
    """
    by_name = {method.upper(): handler for method, handler in handlers.items()}
    return Route(path, partial(_call, by_name), methods=list(by_name))


async def _call(handlers: Mapping[str, Handler], request: Request) -> Response:
    return await handlers["GET" if request.method == "HEAD" else request.method](request)
