"""BentoML's own routes without what BentoML does around a handler.

For each request BentoML reads the handler's signature anew, wraps it, resolves its configuration
and fills in a context, none of which our methods use. The route and its method stay BentoML's;
the address leads straight to the method.
"""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send


class Direct:
    """The ASGI application of one method that takes a `ParsedRequest` and gives a response."""

    def __init__(self, method: Any) -> None:
        self.method = method

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the body, ask the method, send its response."""
        asked = await self.method.input_spec.from_http_request(Request(scope, receive), None)
        # Without an instance of the service: the methods keep nothing on it.
        response = await self.method.func(None, asked)
        await response(scope, receive, send)


def direct(route: BaseRoute, methods: Mapping[str, Any]) -> BaseRoute:
    """The route of one of the service's methods, led straight to it; any other as it is."""
    method = methods.get(getattr(route, "name", ""))
    if method is None or not isinstance(route, Route):
        return route
    return Route(route.path, Direct(method), methods=["POST"], name=route.name)
