"""One route for all methods of an address, so that a refused method is told every allowed one."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

Handler = Callable[[Request], Awaitable[Response]]


def by_method(path: str, **handlers: Handler) -> Route:
    """The route of an address with a handler a method.

    Two routes of one path would each name only their own methods in the Allow header of a 405.

    >>> sorted(by_method("/a", get=print, post=print).methods)
    ['GET', 'HEAD', 'POST']
    """
    named = {method.upper(): handler for method, handler in handlers.items()}

    async def one_of(request: Request) -> Response:
        return await named["GET" if request.method == "HEAD" else request.method](request)

    return Route(path, one_of, methods=list(named))
