"""Pages that add: a patient, a sample from a count file or filled in, and its quality report."""

import shutil
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from features.errors import InputError
from features.table.row import Row
from serving.assessment import sentences
from serving.auth.access import CALLER
from serving.pages.quality_view import quality_view
from serving.pages.sample_form import TEXTS, fields, filled_row
from serving.pages.ward import patient_name
from serving.storage import audit_bodies, audit_chain
from serving.storage.audit_kinds import AuditKind
from serving.storage.database import writing
from serving.storage.store import has_patient, put_sample
from serving.web.problems import Problem
from serving.web.render import page

if TYPE_CHECKING:  # they reach BentoML, which the pages themselves do not need
    from serving.state import State
    from serving.storage.store import StoredPatient

NO_FILE = "A count file is needed (.h5 of Cell Ranger), and none came; choose one."
NO_DAY = (
    "A sample has its day, a whole number of days since infusion (negative before it), and what"
    " came is none; fill in the day."
)
NO_DATE = "The day of infusion is a date written YYYY-MM-DD, and what came is none; mend it."
MB = 1024 * 1024

Handler = Callable[[Request], Awaitable[Response]]


def sample_pages(state: "State") -> list[Route]:
    """Routes under /patients that add; they stand before /patients/{key}."""
    from serving.uploads.reader_pool import Readers

    readers = Readers()

    async def new_patient(request: Request) -> Response:
        if request.method == "GET":
            return page("new_patient.html", problem=None)
        form = await _texts(request)
        try:
            infused = _date(form.get("infusion_date", ""))
        except InputError as problem:
            return page("new_patient.html", 422, problem=str(problem))
        identifier = form.get("identifier", "").strip()[:200] or None
        key = await run_in_threadpool(state.store.add_patient, identifier, infused)
        await state.audit_log.commit(
            audit_chain.entry(AuditKind.PATIENT, CALLER.get().name, audit_bodies.empty_body(), key)
        )
        return RedirectResponse(f"/patients/{key}/samples/new", 303)

    async def form(request: Request) -> Response:
        return _form(await _patient(state, request))

    async def fill_in(request: Request) -> Response:
        found = await _patient(state, request)
        given = await _texts(request)
        try:
            row = filled_row(given, found.key)
        except InputError as problem:
            return _form(found, str(problem), given)
        return await _stored(state, found.key, row)

    async def upload(request: Request) -> Response:
        found = await _patient(state, request)
        try:
            with readers.slot():
                row = await _read(request, readers)
        except (InputError, Problem) as problem:
            if _scripted(request):
                raise
            return _form(found, getattr(problem, "detail", None) or str(problem))
        named = {"patient_id": found.key, "sample_id": row["sample_id"]}
        return await _stored(state, found.key, row | named, scripted=_scripted(request))

    async def report(request: Request) -> Response:
        found = await _patient(state, request)
        asked = request.path_params["sample_id"]
        row = next((row for row in found.rows if row["sample_id"] == asked), None)
        if row is None:
            raise Problem(404, "No sample of this patient has this name; go back to the patient.")
        await state.audit_log.commit(
            audit_chain.entry(
                AuditKind.PAGE_SAMPLE, CALLER.get().name, audit_bodies.empty_body(), found.key
            )
        )
        shown = sentences.synthetic_notices(sample=row["provenance"] == "synthetic", model=False)
        name = patient_name(found)
        return page("sample.html", key=found.key, name=name, notices=shown, **quality_view(row))

    return [
        Route("/patients/new", new_patient, methods=["GET", "POST"]),
        Route("/patients/{key}/samples/new", form),
        Route("/patients/{key}/samples/file", upload, methods=["POST"]),
        Route("/patients/{key}/samples", fill_in, methods=["POST"]),
        Route("/patients/{key}/samples/{sample_id:path}", report),
    ]


def _form(
    patient: "StoredPatient", problem: str | None = None, given: dict[str, str] | None = None
) -> Response:
    return page(
        "new_sample.html", 422 if problem else 200, key=patient.key, name=patient_name(patient),
        problem=problem, given=given or {}, fields=fields(), texts=_choices(), labels=TEXTS,
        notices=sentences.synthetic_notices(
            sample=any(row["provenance"] == "synthetic" for row in patient.rows), model=False
        ),
    )  # fmt: skip


def _choices() -> dict[str, tuple[str, ...]]:
    from features.schema import CATEGORIES

    return {
        category.name: category.allowed_values for category in CATEGORIES if category.name in TEXTS
    }


async def _patient(state: "State", request: Request) -> "StoredPatient":
    found = await run_in_threadpool(state.store.patient, request.path_params["key"])
    if found is None:
        raise Problem(404, "No patient has this address; the record may have been erased.")
    return found


async def _texts(request: Request) -> dict[str, str]:
    async with request.form(max_files=0, max_fields=200) as form:
        return {name: text for name, text in form.items() if isinstance(text, str)}


def _date(text: str) -> str | None:
    try:
        return date.fromisoformat(text.strip()).isoformat() if text.strip() else None
    except ValueError:
        raise InputError(NO_DATE) from None


async def _read(request: Request, readers: Any) -> Row:
    """The row of an uploaded count file; raises InputError or Problem with the reason for none."""
    from serving.uploads.upload import Upload, upload_folder, whole_day

    async with upload_folder() as folder, request.form(max_files=1, max_fields=50) as form:
        given = {name: text for name, text in form.items() if isinstance(text, str) and text}
        day, file = whole_day(given.pop("day", None)), form.get("file")
        if day is None:
            raise InputError(NO_DAY)
        if not isinstance(file, UploadFile) or not file.filename:
            raise InputError(NO_FILE)
        path = folder / "upload"
        await run_in_threadpool(_copy, file, path)
        named = given.pop("sample_id", "").strip()[:200] or f"day {day}"
        row: Row = await readers.read(Upload(path, given | {"day": day, "sample_id": named}))
        return row | {"sample_id": named}


def _copy(file: UploadFile, path: Path) -> None:
    with path.open("wb") as to:
        shutil.copyfileobj(file.file, to, MB)


def _scripted(request: Request) -> bool:
    """Whether static/upload.js asks, which goes to the report itself: a redirect would load it."""
    return "application/json" in request.headers.get("accept", "")


async def _stored(state: "State", key: str, row: Row, *, scripted: bool = False) -> Response:
    """Keep the sample with its entry in one transaction, then lead to its quality report."""
    said = audit_chain.entry(
        AuditKind.SAMPLE, CALLER.get().name, audit_bodies.sample_body(row), key
    )
    await run_in_threadpool(_keep, state, key, row, said)
    report = f"/patients/{key}/samples/{quote(str(row['sample_id']))}"
    return JSONResponse({"href": report}, 201) if scripted else RedirectResponse(report, 303)


def _keep(state: "State", key: str, row: Row, said: audit_chain.Entry) -> None:
    with writing(state.engine) as connection:
        if not has_patient(connection, key):
            raise Problem(404, "No patient has this address; the record may have been erased.")
        put_sample(connection, key, row)
        audit_chain.append(connection, state.audit_log.key, [said])
