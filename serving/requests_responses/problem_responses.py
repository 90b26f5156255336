"""Types of RFC 9457 problem details, as they are answered and documented."""

from typing import Annotated, NotRequired

from pydantic import Field
from typing_extensions import TypedDict  # pydantic needs this one before Python 3.12


class FieldError(TypedDict):
    """A field and the rule it breaks; never the value."""

    field: Annotated[str, Field(examples=["samples[0].monocyte_fraction"])]
    rule: Annotated[str, Field(examples=["must be at most 1.0"])]


class ProblemAnswer(TypedDict):
    """RFC 9457 problem details."""

    type: str
    title: str
    status: int
    detail: str
    errors: NotRequired[Annotated[list[FieldError] | None, Field(default=None)]]
    request_id: NotRequired[Annotated[str | None, Field(default=None)]]
