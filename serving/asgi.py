"""BentoML's ASGI application with our middlewares in our order, without its unused parts.

Removed from BentoML 1.4: OpenTelemetry (408 us of CPU a request, even at sample rate 0), the
timeout middleware (see serving.web.deadline), the processing around each method (see
serving.web.bentoml_adapter), the index page (which loads scripts from elsewhere), the Swagger
files, and the OpenAPI document, which omits mounted routes. Tests pin all of it.
"""

from typing import Any

import attrs
from _bentoml_sdk import Service  # type: ignore[import-untyped]  # BentoML ships no types
from bentoml._internal.server.http.access import AccessLogMiddleware
from bentoml._internal.server.http.instruments import RunnerTrafficMetricsMiddleware
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.types import ASGIApp

from serving.auth.access import AccessMiddleware
from serving.state import State
from serving.web.bentoml_adapter import direct_route
from serving.web.body_limit import BodyLimitMiddleware, is_upload
from serving.web.deadline import DeadlineMiddleware
from serving.web.headers import HeadersMiddleware
from serving.web.path_templates import RealPathMiddleware, TemplateMiddleware
from serving.web.problem_middleware import ProblemMiddleware

# BentoML's own pages, which are not served; some have a page of ours instead.
NOT_SERVED = ("schema", "static_content", "assets", "openapi-spec", "index")
_OBSERVERS = (RunnerTrafficMetricsMiddleware, AccessLogMiddleware)
_REPLACED = ("OpenTelemetryMiddleware", "TimeoutMiddleware", "ContextMiddleware")


@attrs.define(hash=False, repr=False)
class GuardedService(Service[Any]):  # type: ignore[misc]  # BentoML ships no types
    """A BentoML service with our middlewares and routes."""

    state: State = attrs.field(factory=State, init=False)

    def __hash__(self) -> int:
        """BentoML uses services as dictionary keys."""
        return hash(self.name)

    def to_asgi(self, is_main: bool = True) -> ASGIApp:
        """The application that a worker serves."""
        app: Starlette = super().to_asgi(is_main)
        app.router.routes = [
            direct_route(route, self.apis)
            for route in app.router.routes
            if getattr(route, "name", "") not in NOT_SERVED
        ]
        app.user_middleware = middleware_stack(app, self.state)
        return app


def middleware_stack(app: Starlette, state: State) -> list[Middleware]:
    """Our middlewares and those of BentoML that stay, outermost first.

    BentoML's log and metrics see path templates; authentication runs before the handlers.
    """
    bentomls: dict[Any, Middleware] = {
        middleware.cls: middleware for middleware in app.user_middleware
    }
    observers = [bentomls.pop(cls) for cls in _OBSERVERS if cls in bentomls]
    others = [m for cls, m in bentomls.items() if getattr(cls, "__name__", "") not in _REPLACED]
    return [
        Middleware(HeadersMiddleware),
        Middleware(TemplateMiddleware, routes=app.router.routes),
        *observers,
        Middleware(RealPathMiddleware),
        Middleware(ProblemMiddleware),
        Middleware(AccessMiddleware, tokens=lambda: state.tokens, rate=state.rate),
        Middleware(DeadlineMiddleware, exempt=is_upload),
        Middleware(BodyLimitMiddleware),
        *others,
    ]
