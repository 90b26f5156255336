"""From parsed bodies to recorded answers: what predict, explain and their batch have in common."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from starlette.responses import Response

from features.table.row import Row
from serving.assessment.answer import Answer
from serving.assessment.served_model import ServedModel
from serving.auth.access import CALLER
from serving.requests_responses import requests
from serving.requests_responses.compact_json import compact
from serving.requests_responses.requests import BatchRequest, PatientRequest
from serving.state import State
from serving.storage.audit_chain import Entry, entry
from serving.storage.store import pseudonym
from serving.web import problems
from serving.web.body import Asked
from serving.web.problems import Problem

Assess = Callable[[Sequence[Row], Mapping[str, ServedModel], str], Answer]
log = logging.getLogger("bentoml.cd7watch")

NO_MODEL = (
    "A risk needs a model in service, and none is; an administrator imports one with "
    "`python -m serving import DIR`."
)


async def answer_one(
    state: State, kind: str, asked: Asked[PatientRequest], assess: Assess
) -> Response:
    """One patient's answer, sent only after its entry is on disk."""
    if isinstance(asked.body, Problem):
        return problems.response(asked.body, asked.request_id)
    try:
        models = served(state)
        answer, new = _judged(state, kind, asked.body, assess, models, asked.request_id)
        await state.ledger.commit(new)
    except Exception as error:
        return failed(error, asked.request_id)
    return json_response(answer)


async def answer_batch(
    state: State, kind: str, asked: Asked[BatchRequest], assess: Assess
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
        await state.ledger.commit_all([new for _, new in judged])
    except Exception as error:
        return failed(error, asked.request_id)
    return json_response({"request_id": asked.request_id, "answers": [a for a, _ in judged]})


def served(state: State) -> Mapping[str, ServedModel]:
    """The models in service; raises Problem 503 when there is none."""
    models = state.supply.current()
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


def about(answer: Answer, given: Sequence[Row]) -> dict[str, Any]:
    """What the record keeps of an answer: samples as given, risks and versions; no reasons."""
    kept = [
        # NaN alone differs from itself; the entry's subject stands for patient_id.
        {n: v for n, v in row.items() if v is not None and v == v and n != "patient_id"}
        for row in given
    ]
    endpoints = answer["endpoints"].values()
    return {
        "request_id": answer["request_id"],
        "samples": kept,
        "versions": {e["endpoint"]: e["model"]["version"] for e in endpoints if e["model"]},
        "risks": {
            e["endpoint"]: {str(h["horizon"]): h["risk"] for h in e["horizons"]} for e in endpoints
        },
    }


def _judged(
    state: State,
    kind: str,
    patient: PatientRequest,
    assess: Assess,
    models: Mapping[str, ServedModel],
    request_id: str,
) -> tuple[Answer, Entry]:
    given = requests.rows(patient)
    answer = assess(given, models, request_id)
    named = next((s.patient_id for s in patient.samples if s.patient_id), None)
    subject = pseudonym(state.ledger.key, named) if named else None
    return answer, entry(kind, CALLER.get().name, about(answer, given), subject)
