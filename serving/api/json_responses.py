"""JSON responses of /v1: an answer as compact JSON, and a failure as problem details."""

import logging
from collections.abc import Mapping

from starlette.responses import Response

from serving.requests_responses.compact_json import compact
from serving.web import problems
from serving.web.problems import Problem

log = logging.getLogger("bentoml.cd7watch")


def json_response(answer: Mapping[str, object], status: int = 200) -> Response:
    """Compact JSON; NaN would be our mistake and raises ValueError."""
    return Response(compact(answer), status, media_type="application/json")


def failure_response(error: Exception, request_id: str) -> Response:
    """The caller's mistake as 4xx; anything else as 500, logged without its message or values."""
    problem = problems.as_problem(error)
    if problem.status >= 500 and not isinstance(error, Problem):
        steps = trace_without_values(error)
        log.error("Request %s failed: %s %s", request_id, type(error).__name__, steps)
    return problems.response(problem, request_id)


def trace_without_values(error: BaseException) -> str:
    """File and line of every step, without the message, which may hold a patient's value."""
    steps, trace = [], error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        steps.append(f"{code.co_filename}:{trace.tb_lineno} in {code.co_name}")
        trace = trace.tb_next
    return " > ".join(steps)
