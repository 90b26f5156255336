"""BentoML's application with our order of middlewares, and without what we do not serve.

Taken out of BentoML 1.4: OpenTelemetry (408 us of CPU a request, even at sample rate 0), the
timeout middleware (see serving.web.deadline), what it does around each method (see
serving.web.bentoml_adapter), its index page (which loads scripts from elsewhere), its Swagger
files, and its OpenAPI document, which omits mounted routes. Tests pin all of it.
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
from serving.web.bentoml_adapter import direct
from serving.web.deadline import DeadlineMiddleware
from serving.web.headers import HeadersMiddleware
from serving.web.limits import BodyLimitMiddleware, is_upload
from serving.web.path_templates import RealPathMiddleware, TemplateMiddleware
from serving.web.problems import ProblemMiddleware

# BentoML's own pages; ours take their place, or nothing does.
NOT_SERVED = ("schema", "static_content", "assets", "openapi-spec", "index")
_OBSERVERS = (RunnerTrafficMetricsMiddleware, AccessLogMiddleware)
_REPLACED = ("OpenTelemetryMiddleware", "TimeoutMiddleware", "ContextMiddleware")


@attrs.define(hash=False, repr=False)
class GuardedService(Service[Any]):  # type: ignore[misc]  # BentoML ships no types
    """A BentoML service whose application is ours from the outside in."""

    state: State = attrs.field(factory=State, init=False)

    def __hash__(self) -> int:
        """BentoML keeps services as keys."""
        return hash(self.name)

    def to_asgi(self, is_main: bool = True) -> ASGIApp:
        """The application that a worker serves."""
        app: Starlette = super().to_asgi(is_main)
        app.router.routes = [
            direct(route, self.apis)
            for route in app.router.routes
            if getattr(route, "name", "") not in NOT_SERVED
        ]
        app.user_middleware = arranged(app, self.state)
        return app


def arranged(app: Starlette, state: State) -> list[Middleware]:
    """Outermost first. Observers see templates of paths; handlers see whom we let in."""
    theirs: dict[Any, Middleware] = {
        middleware.cls: middleware for middleware in app.user_middleware
    }
    observers = [theirs.pop(cls) for cls in _OBSERVERS if cls in theirs]
    kept = [m for cls, m in theirs.items() if getattr(cls, "__name__", "") not in _REPLACED]
    return [
        Middleware(HeadersMiddleware),
        Middleware(TemplateMiddleware, routes=app.router.routes),
        *observers,
        Middleware(RealPathMiddleware),
        Middleware(ProblemMiddleware),
        Middleware(AccessMiddleware, tokens=lambda: state.tokens, rate=state.rate),
        Middleware(DeadlineMiddleware, exempt=is_upload),
        Middleware(BodyLimitMiddleware),
        *kept,
    ]
