"""Answers that a middleware gives in place of the application."""

from collections.abc import Mapping

from starlette.responses import Response
from starlette.types import Scope

from serving.web import problems


def request_id(scope: Scope) -> str | None:
    """The id that this request carries through log, record and answer."""
    found = scope.get("state", {}).get("request_id")
    return None if found is None else str(found)


def refusal(
    scope: Scope, status: int, detail: str, headers: Mapping[str, str] | None = None
) -> Response:
    """A problem document: `detail` is one sentence of rule, what came, and the way out.

    >>> refusal({}, 404, "No such page.").media_type
    'application/problem+json'
    """
    return problems.response(problems.Problem(status, detail, headers=headers), request_id(scope))
