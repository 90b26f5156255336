"""BentoML's API routes without BentoML's work around each request: our body parser, our response.

For each request BentoML reads the method's signature again, wraps the method, resolves its
configuration and fills in a context, none of which our methods use. It answers 400 to every
ValidationError, also to one of ours, and logs it with a traceback that repeats field names which
a caller chose. So the input model parses the body itself and passes on the problem, if there is
one, instead of raising it, and each route calls its method directly. The addresses and the
methods stay as BentoML declares them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from _bentoml_sdk.io_models import IODescriptor  # type: ignore[import-untyped]  # BentoML ships no types
from pydantic import BaseModel, create_model
from starlette.requests import Request
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from serving.web.problems import Problem, parse, request_id

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class ParsedRequest(Generic[Model]):
    """What an API method receives: the body, or the problem for which it could not be parsed."""

    body: Model | Problem
    request_id: str


class _InputSpec(IODescriptor):  # type: ignore[misc]  # BentoML ships no types
    """BentoML's input model without fields: the whole body is the method's argument."""

    body_model: ClassVar[type[BaseModel]]
    __root_input__ = True  # BentoML's name for it

    @classmethod
    async def from_http_request(cls, request: Request, serde: object) -> ParsedRequest[BaseModel]:
        """The request's body as `body_model`, or the problem."""
        try:
            body: BaseModel | Problem = parse(cls.body_model, await request.body())
        except Problem as problem:
            body = problem
        return ParsedRequest(body, request_id(request.scope) or "")


def input_spec(model: type[BaseModel]) -> Any:
    """The `input_spec` of `@bentoml.api` for a method that takes a ParsedRequest of `model`.

    It has no fields: BentoML's own OpenAPI document cannot hold our examples, and is not served.
    """
    spec = create_model(f"{model.__name__}Body", __base__=_InputSpec)
    spec.body_model = model
    return spec


class ApiEndpoint:
    """The ASGI application of one API method."""

    def __init__(self, method: Any) -> None:
        self.method = method

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Parse the body, call the method, send its response."""
        request = await self.method.input_spec.from_http_request(Request(scope, receive), None)
        # The first argument is the service's instance, which the methods do not use.
        response = await self.method.func(None, request)
        await response(scope, receive, send)


def direct_route(route: BaseRoute, methods: Mapping[str, Any]) -> BaseRoute:
    """The route of an API method, calling it directly; every other route unchanged."""
    method = methods.get(getattr(route, "name", ""))
    if method is None or not isinstance(route, Route):
        return route
    return Route(route.path, ApiEndpoint(method), methods=["POST"], name=route.name)
