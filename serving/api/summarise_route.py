"""POST /v1/summarise: a count file in, its features out, and with a day the risk."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from features.notices import RESEARCH_USE_ONLY
from features.schema import SCHEMA_VERSION
from features.table.row import Row
from serving.api.patient_routes import NO_PATIENT
from serving.api.predict_routes import NO_MODEL, failed, json_response
from serving.assessment import assess
from serving.auth.access import CALLER
from serving.requests_responses import row_json
from serving.state import State
from serving.storage import audit_bodies, audit_chain
from serving.storage.audit_bodies import AnswerBody
from serving.storage.audit_kinds import AuditKind
from serving.storage.store import pseudonym
from serving.uploads.reader_pool import Readers
from serving.uploads.upload import Upload, receive_upload, upload_folder
from serving.web.problems import Problem, request_id

NO_DAY = (
    "A risk is asked at a landmark, counted in days since infusion, and no day came with this "
    "sample; send day to get one."
)
NO_JOB = "No job that this token started has this key; an answer is kept for an hour."
LOST = "The worker that read this count file ended before its answer; upload the file again."
POLL_SECONDS = "2"


def summarise_routes(state: State) -> list[Route]:
    """The routes /v1/summarise and /v1/jobs/{key}."""
    readers = Readers()
    running: set[asyncio.Task[None]] = set()

    async def summarise(request: Request) -> Response:
        async with AsyncExitStack() as held:
            held.enter_context(readers.slot())
            folder = await held.enter_async_context(upload_folder())
            upload = await receive_upload(request, folder)
            asked = request_id(request.scope) or ""
            if "respond-async" not in request.headers.get("prefer", ""):
                return await answered(state, readers, upload, asked)
            key = await run_in_threadpool(state.jobs.start, CALLER.get().name)
            task = asyncio.create_task(
                _job(state, readers, upload, asked, key, held.pop_all()), name=f"job {asked}"
            )
            running.add(task)
            task.add_done_callback(running.discard)
            return _accepted(key)

    async def job(request: Request) -> Response:
        key = request.path_params["key"]
        found = await run_in_threadpool(state.jobs.find, key, CALLER.get().name)
        if found is None:
            raise Problem(404, NO_JOB)
        if found.state == "lost":
            raise Problem(500, LOST)
        if found.answer is None:
            return _accepted(key)
        kind = "application/json" if (found.status or 500) < 400 else "application/problem+json"
        return Response(found.answer, found.status or 500, media_type=kind)

    return [
        Route("/v1/summarise", summarise, methods=["POST"]),
        Route("/v1/jobs/{key}", job, methods=["GET"]),
    ]


async def answered(state: State, readers: Readers, upload: Upload, asked: str) -> Response:
    """Features and assessment of an upload, recorded before they leave; or the problem."""
    try:
        stored = await run_in_threadpool(_stored, state, upload.patient_key)
        row = await readers.read(upload)
        answer = judged(state, row, asked, stored)
        named = upload.sample.get("patient_id")
        subject = upload.patient_key or (
            pseudonym(state.audit_log.key, str(named)) if named else None
        )
        body = _audit_body(answer, row)
        await state.audit_log.commit(
            audit_chain.entry(AuditKind.SUMMARISE, CALLER.get().name, body, subject)
        )
        return json_response(answer)
    except Exception as error:
        return failed(error, asked)


def judged(state: State, row: Row, asked: str, stored: Sequence[Row] = ()) -> dict[str, Any]:
    """The answer's document: every feature, and the assessment or the reason why there is none.

    Of `stored`, the patient's kept samples, those of earlier days are the history.
    """
    models = state.active_models.current()
    why = NO_DAY if row["day"] is None else None if models else NO_MODEL
    return {
        "request_id": asked,
        "research_use_only": RESEARCH_USE_ONLY,
        "schema_version": SCHEMA_VERSION,
        "provenance": row["provenance"],
        "features": row_json.to_json(row),
        "assessment": None if why else assess.explain([*_before(row, stored), row], models, asked),
        "no_assessment": why,
    }


def _stored(state: State, key: str | None) -> Sequence[Row]:
    """The samples of a stored patient; none without a key, Problem 404 for an unknown one."""
    if key is None:
        return ()
    patient = state.store.patient(key)
    if patient is None:
        raise Problem(404, NO_PATIENT)
    return patient.rows


def _before(row: Row, stored: Sequence[Row]) -> list[Row]:
    """Kept samples of days before this one, under its patient_id, so that this is the latest."""
    day, whose = row["day"], {"patient_id": row["patient_id"]}
    return [kept | whose for kept in stored if isinstance(day, int) and int(kept["day"] or 0) < day]


async def _job(
    state: State, readers: Readers, upload: Upload, asked: str, key: str, held: AsyncExitStack
) -> None:
    async with held:
        answer = await answered(state, readers, upload, asked)
        text = bytes(answer.body).decode()
        await run_in_threadpool(state.jobs.finish, key, answer.status_code, text)


def _accepted(key: str) -> Response:
    place = f"/v1/jobs/{key}"
    answer = json_response({"job": key, "state": "running", "href": place}, 202)
    answer.headers["Location"] = place
    answer.headers["Retry-After"] = POLL_SECONDS
    return answer


def _audit_body(answer: dict[str, Any], row: Row) -> AnswerBody:
    if answer["assessment"] is not None:
        return audit_bodies.answer_body(answer["assessment"], [row])
    return audit_bodies.features_body(answer["request_id"], row)
