"""POST /v1/predict, /v1/explain and /v1/predict_batch: from a parsed body to an audited answer.

The routes themselves are BentoML's, in `serving.service`.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from starlette.responses import Response

from features.table.row import Row
from serving.api.json_responses import failure_response, json_response
from serving.api.sample_covariates import check_covariates, located_samples
from serving.assessment.answer import Answer, PredictAnswer
from serving.assessment.assess import assess
from serving.assessment.served_model import ServedModel
from serving.auth.caller_entry import caller_entry
from serving.requests_responses import requests
from serving.requests_responses.requests import BatchRequest, PatientRequest
from serving.requests_responses.resource_responses import BatchAnswer
from serving.state import State
from serving.storage.audit_bodies import answer_body
from serving.storage.audit_chain import Entry
from serving.storage.audit_kinds import AuditKind
from serving.storage.store import pseudonym
from serving.web import problems
from serving.web.bentoml_adapter import ParsedRequest
from serving.web.problems import Problem

AnswerType = TypeVar("AnswerType", bound=Answer)
Assess = Callable[[Sequence[Row], Mapping[str, ServedModel], str], AnswerType]

NO_MODEL = (
    "A risk needs a model in service, and none is; an administrator imports one with "
    "`cd7watch serving import DIR`."
)


async def answer_one(
    state: State,
    kind: AuditKind,
    request: ParsedRequest[PatientRequest],
    assess: Assess[AnswerType],
) -> Response:
    """One patient's answer, sent only after its audit entry is on disk."""
    if isinstance(request.body, Problem):
        return problems.response(request.body, request.request_id)
    try:
        models = models_in_service(state)
        check_covariates(located_samples(request.body), models)
        answer, audit_entry = _assess_and_audit(
            state, kind, request.body, assess=assess, models=models, request_id=request.request_id
        )
        await state.audit_log.commit(audit_entry)
    except Exception as error:
        return failure_response(error, request.request_id)
    return json_response(answer)


async def answer_batch(state: State, request: ParsedRequest[BatchRequest]) -> Response:
    """Several patients' risks in the order of the request, their entries in one transaction."""
    if isinstance(request.body, Problem):
        return problems.response(request.body, request.request_id)
    try:
        answers, audit_entries = await _assess_batch(state, request.body, request.request_id)
        await state.audit_log.commit_all(audit_entries)
    except Exception as error:
        return failure_response(error, request.request_id)
    answer: BatchAnswer = {"request_id": request.request_id, "answers": answers}
    return json_response(answer)


async def _assess_batch(
    state: State, batch: BatchRequest, request_id: str
) -> tuple[list[PredictAnswer], list[Entry]]:
    models = models_in_service(state)
    check_covariates(
        (sample for i, patient in enumerate(batch.patients)
         for sample in located_samples(patient, "patients", i)),
        models,
    )  # fmt: skip
    answers, audit_entries = [], []
    for patient in batch.patients:
        answer, audit_entry = _assess_and_audit(
            state, AuditKind.PREDICT, patient, assess=assess, models=models, request_id=request_id
        )
        answers.append(answer)
        audit_entries.append(audit_entry)
        await asyncio.sleep(0)  # let other requests through between two patients
    return answers, audit_entries


def models_in_service(state: State) -> Mapping[str, ServedModel]:
    """The models in service; raises Problem 503 when there is none."""
    models = state.active_models.current()
    if not models:
        raise Problem(503, NO_MODEL, headers={"Retry-After": "10"})
    return models


def _assess_and_audit(
    state: State,
    kind: AuditKind,
    patient: PatientRequest,
    *,
    assess: Assess[AnswerType],
    models: Mapping[str, ServedModel],
    request_id: str,
) -> tuple[AnswerType, Entry]:
    """A patient's answer, and the entry about it, which the caller commits."""
    rows = requests.rows(patient)
    answer = assess(rows, models, request_id)
    patient_id = next((s.patient_id for s in patient.samples if s.patient_id), None)
    subject = pseudonym(state.audit_log.key, patient_id) if patient_id else None
    return answer, caller_entry(kind, answer_body(answer, rows), subject)
