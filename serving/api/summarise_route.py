"""POST /v1/summarise and GET /v1/jobs/{key}: a count file's features, and with a day its risks."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from features.notices import RESEARCH_USE_ONLY
from features.schema import SCHEMA_VERSION
from features.table.row import Row
from serving.api.json_responses import failure_response, json_response
from serving.api.patient_routes import NO_PATIENT
from serving.api.predict_routes import NO_MODEL
from serving.assessment.assess import explain
from serving.assessment.covariates import covariates_in_service
from serving.auth.access import CALLER
from serving.auth.caller_entry import commit_entry
from serving.requests_responses import row_json
from serving.requests_responses.resource_responses import JobAnswer, SummariseAnswer
from serving.state import State
from serving.storage import audit_bodies
from serving.storage.audit_bodies import AnswerBody
from serving.storage.audit_kinds import AuditKind
from serving.storage.store import pseudonym
from serving.uploads.reader_pool import Readers
from serving.uploads.upload import Upload, receive_upload, upload_folder
from serving.web.problems import Problem
from serving.web.problems import request_id as request_id_of

NO_DAY = (
    "A risk needs the sample's day, counted from infusion, and no day came with this sample; "
    "send day to get one."
)
NO_JOB = "This token started no job with this key, or its answer is older than an hour."
WORKER_ENDED = (
    "The worker that read this count file ended before its answer; upload the file again."
)
POLL_SECONDS = "2"


@dataclass(frozen=True)
class Uploads:
    """One worker's reader processes, and the jobs that outlive their requests.

    asyncio refers to a task only weakly, so a job that nothing else refers to could disappear.
    """

    readers: Readers = field(default_factory=Readers)
    jobs: set[asyncio.Task[None]] = field(default_factory=set)


def summarise_routes(state: State) -> list[Route]:
    """The routes /v1/summarise and /v1/jobs/{key}.

    Handlers take state and uploads first and are bound to them here, so that a test can call them.
    """
    return [
        Route("/v1/summarise", partial(summarise, state, Uploads()), methods=["POST"]),
        Route("/v1/jobs/{key}", partial(read_job, state), methods=["GET"]),
    ]


async def summarise(state: State, uploads: Uploads, request: Request) -> Response:
    """Features and risks of an upload; with `Prefer: respond-async` 202 and a job to poll."""
    async with AsyncExitStack() as resources:
        resources.enter_context(uploads.readers.slot())
        folder = await resources.enter_async_context(upload_folder())
        covariates = covariates_in_service(state.active_models.current())
        upload = await receive_upload(request, folder, covariates)
        request_id = request_id_of(request.scope) or ""
        respond = partial(summarise_upload, state, uploads.readers, upload, request_id)
        if "respond-async" not in request.headers.get("prefer", ""):
            return await respond()
        key = await run_in_threadpool(state.jobs.start, CALLER.get().name)
        job = _run_job(state, key, respond, resources.pop_all())
        task = asyncio.create_task(job, name=f"job {request_id}")
        uploads.jobs.add(task)
        task.add_done_callback(uploads.jobs.discard)
        return _running_job(key)


async def read_job(state: State, request: Request) -> Response:
    """A job's answer, or 202 while it runs; 404 for another caller's job."""
    key = request.path_params["key"]
    job = await run_in_threadpool(state.jobs.find, key, CALLER.get().name)
    if job is None:
        raise Problem(404, NO_JOB)
    if job.state == "lost":
        raise Problem(500, WORKER_ENDED)
    if job.answer is None:
        return _running_job(key)
    status = job.status or 500
    media_type = "application/json" if status < 400 else "application/problem+json"
    return Response(job.answer, status, media_type=media_type)


async def summarise_upload(
    state: State, readers: Readers, upload: Upload, request_id: str
) -> Response:
    """Features and assessment of an upload, audited before they leave; or the problem."""
    try:
        stored_rows = await run_in_threadpool(_stored_rows, state, upload.patient_key)
        row = await readers.read(upload)
        answer = summarise_answer(state, row, request_id, stored_rows)
        body = _audit_body(answer, row)
        await commit_entry(state.audit_log, AuditKind.SUMMARISE, body, _subject(state, upload))
        return json_response(answer)
    except Exception as error:
        return failure_response(error, request_id)


def summarise_answer(
    state: State, row: Row, request_id: str, stored_rows: Sequence[Row] = ()
) -> SummariseAnswer:
    """Every feature of the sample, and its assessment or the reason why there is none.

    Of `stored_rows`, the patient's stored samples, those of earlier days are the history.
    """
    models = state.active_models.current()
    obstacle = NO_DAY if row["day"] is None else None if models else NO_MODEL
    rows = [*_earlier_rows(row, stored_rows), row]
    return {
        "request_id": request_id,
        "research_use_only": RESEARCH_USE_ONLY,
        "schema_version": SCHEMA_VERSION,
        "provenance": "synthetic" if row["provenance"] == "synthetic" else "real",
        "features": row_json.to_json(row),
        "assessment": None if obstacle else explain(rows, models, request_id),
        "no_assessment": obstacle,
    }


def _stored_rows(state: State, key: str | None) -> Sequence[Row]:
    """The samples of a stored patient; none without a key, Problem 404 for an unknown one."""
    if key is None:
        return ()
    patient = state.store.patient(key)
    if patient is None:
        raise Problem(404, NO_PATIENT)
    return patient.rows


def _earlier_rows(row: Row, stored_rows: Sequence[Row]) -> list[Row]:
    """Stored samples of days before this one, under its patient_id, so that this is the latest."""
    day, patient_id = row["day"], {"patient_id": row["patient_id"]}
    return [
        stored_row | patient_id
        for stored_row in stored_rows
        if isinstance(day, int) and int(stored_row["day"] or 0) < day
    ]


def _subject(state: State, upload: Upload) -> str | None:
    """Whom the audit entry is about: our key of the patient, else the caller's as a pseudonym."""
    patient_id = upload.sample.get("patient_id")
    if upload.patient_key or not patient_id:
        return upload.patient_key
    return pseudonym(state.audit_log.key, str(patient_id))


async def _run_job(
    state: State,
    key: str,
    respond: Callable[[], Awaitable[Response]],
    resources: AsyncExitStack,
) -> None:
    """Store a job's answer, then release its folder and its place among the readers."""
    async with resources:
        response = await respond()
        text = bytes(response.body).decode()
        await run_in_threadpool(state.jobs.finish, key, response.status_code, text)


def _running_job(key: str) -> Response:
    href = f"/v1/jobs/{key}"
    answer: JobAnswer = {"job": key, "state": "running", "href": href}
    response = json_response(answer, 202)
    response.headers["Location"] = href
    response.headers["Retry-After"] = POLL_SECONDS
    return response


def _audit_body(answer: SummariseAnswer, row: Row) -> AnswerBody:
    if answer["assessment"] is not None:
        return audit_bodies.answer_body(answer["assessment"], [row])
    return audit_bodies.features_body(answer["request_id"], row)
