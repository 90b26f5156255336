"""Bodies of BentoML's own routes, read without BentoML's validation.

BentoML answers 400 to every ValidationError, also to one of ours, and logs it with a traceback that
repeats the field names a caller chose. So the input model parses the body itself and hands over
the problem, if there is one, instead of raising it.
"""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from _bentoml_sdk.io_models import IODescriptor  # type: ignore[import-untyped]  # BentoML ships no types
from pydantic import BaseModel, create_model
from starlette.requests import Request

from serving.web.problems import Problem, parse
from serving.web.refuse import request_id

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class ParsedRequest(Generic[Model]):
    """What a route of BentoML receives: the body, or why it could not be read."""

    body: Model | Problem
    request_id: str


def read_as(model: type[BaseModel]) -> Any:
    """An input model for `@bentoml.api(input_spec=...)` that hands over a `ParsedRequest`.

    It has no fields: BentoML's own document cannot take our examples, and is not the one we serve.
    """

    async def from_http_request(cls: type[BaseModel], request: Request, serde: object) -> Any:
        try:
            body: BaseModel | Problem = parse(model, await request.body())
        except Problem as problem:
            body = problem
        return ParsedRequest(body, request_id(request.scope) or "")

    spec = create_model(f"{model.__name__}Body", __base__=IODescriptor)
    spec.from_http_request = classmethod(from_http_request)
    spec.__root_input__ = True  # BentoML's: the body is the argument
    return spec
