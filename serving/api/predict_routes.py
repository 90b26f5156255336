"""From parsed bodies to recorded answers: what predict, explain and their batch have in common."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from starlette.responses import Response

from features.table.row import Row
from serving.assessment.assess import Answer, ServedModel
from serving.auth.access import CALLER
from serving.requests_responses import requests
from serving.requests_responses.compact_json import compact
from serving.requests_responses.requests import BatchRequest, PatientRequest
from serving.state import State
from serving.storage.audit_bodies import answer_body
from serving.storage.audit_chain import Entry, entry
from serving.storage.audit_kinds import AuditKind
from serving.storage.store import pseudonym
from serving.web import problems
from serving.web.bentoml_adapter import ParsedRequest
from serving.web.problems import Problem

Assess = Callable[[Sequence[Row], Mapping[str, ServedModel], str], Answer]
log = logging.getLogger("bentoml.cd7watch")

NO_MODEL = (
    "A risk needs a model in service, and none is; an administrator imports one with "
    "`python -m serving import DIR`."
)


async def answer_one(
    state: State, kind: AuditKind, asked: ParsedRequest[PatientRequest], assess: Assess
) -> Response:
    """One patient's answer, sent only after its entry is on disk."""
    if isinstance(asked.body, Problem):
        return problems.response(asked.body, asked.request_id)
    try:
        models = served(state)
        answer, new = _judged(state, kind, asked.body, assess, models, asked.request_id)
        await state.audit_log.commit(new)
    except Exception as error:
        return failed(error, asked.request_id)
    return json_response(answer)


async def answer_batch(
    state: State, kind: AuditKind, asked: ParsedRequest[BatchRequest], assess: Assess
) -> Response:
    """Several patients' answers in the order asked, their entries in one transaction."""
    if isinstance(asked.body, Problem):
        return problems.response(asked.body, asked.request_id)
    try:
        models = served(state)
        judged = []
        for patient in asked.body.patients:
            judged.append(_judged(state, kind, patient, assess, models, asked.request_id))
            await asyncio.sleep(0)  # let other requests through between two patients
        await state.audit_log.commit_all([new for _, new in judged])
    except Exception as error:
        return failed(error, asked.request_id)
    return json_response({"request_id": asked.request_id, "answers": [a for a, _ in judged]})


def served(state: State) -> Mapping[str, ServedModel]:
    """The models in service; raises Problem 503 when there is none."""
    models = state.active_models.current()
    if not models:
        raise Problem(503, NO_MODEL, headers={"Retry-After": "10"})
    return models


def failed(error: Exception, request_id: str) -> Response:
    """The caller's mistake as 4xx; anything else as 500, logged without its message or values."""
    problem = problems.as_problem(error)
    if problem.status >= 500 and not isinstance(error, Problem):
        log.error("Request %s failed: %s %s", request_id, type(error).__name__, where(error))
    return problems.response(problem, request_id)


def where(error: BaseException) -> str:
    """File and line of every step, without the message, which may hold a patient's value."""
    steps, trace = [], error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        steps.append(f"{code.co_filename}:{trace.tb_lineno} in {code.co_name}")
        trace = trace.tb_next
    return " > ".join(steps)


def json_response(answer: Mapping[str, Any], status: int = 200) -> Response:
    """Compact JSON; NaN would be our mistake and raises ValueError."""
    return Response(compact(answer), status, media_type="application/json")


def _judged(
    state: State,
    kind: AuditKind,
    patient: PatientRequest,
    assess: Assess,
    models: Mapping[str, ServedModel],
    request_id: str,
) -> tuple[Answer, Entry]:
    given = requests.rows(patient)
    answer = assess(given, models, request_id)
    named = next((s.patient_id for s in patient.samples if s.patient_id), None)
    subject = pseudonym(state.audit_log.key, named) if named else None
    return answer, entry(kind, CALLER.get().name, answer_body(answer, given), subject)
