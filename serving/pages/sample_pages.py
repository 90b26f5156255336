"""HTTP routes of the pages that add a patient or a sample, and of a sample's quality report."""

import shutil
from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from features.errors import InputError
from features.schema import CATEGORIES, Feature
from features.table.row import Row
from serving.assessment import sentences
from serving.assessment.covariates import covariates_in_service
from serving.auth.caller_entry import caller_entry, commit_entry
from serving.pages.headings import patient_name
from serving.pages.quality_view import quality_view
from serving.pages.sample_form import NO_DAY, TEXTS, form_fields, form_row
from serving.storage import audit_bodies
from serving.storage.audit_kinds import AuditKind
from serving.storage.audited_sample import put_audited_sample
from serving.web.problems import Problem
from serving.web.render import page

if TYPE_CHECKING:  # they reach BentoML, which the pages themselves do not need
    from serving.state import State
    from serving.storage.store import StoredPatient
    from serving.uploads.reader_pool import Readers

NO_FILE = "A count file is needed (.h5 of Cell Ranger, or .h5ad), but none was sent; choose one."
NO_DATE = (
    "The day of infusion is a date written YYYY-MM-DD, but this value is not; please correct it."
)
NO_PATIENT = "No patient has this address; the record may have been erased."
NO_SAMPLE = "No sample of this patient has this name; go back to the patient."
MB = 1024 * 1024


def sample_pages(state: "State") -> list[Route]:
    """The routes under /patients that add; they stand before /patients/{key}.

    Handlers take the state first and are bound to it here, so that a test can call them.
    """
    from serving.uploads.reader_pool import Readers

    readers = Readers()
    samples = "/patients/{key}/samples"
    return [
        Route("/patients/new", partial(add_patient, state), methods=["GET", "POST"]),
        Route(f"{samples}/new", partial(show_form, state)),
        Route(f"{samples}/file", partial(upload_sample, state, readers), methods=["POST"]),
        Route(samples, partial(enter_sample, state), methods=["POST"]),
        Route(samples + "/{sample_id:path}", partial(show_quality, state)),
    ]


async def add_patient(state: "State", request: Request) -> Response:
    """The form of a new patient; once it is sent, the form of the patient's first sample."""
    if request.method == "GET":
        return page("new_patient.html", problem=None)
    form = await _texts(request)
    try:
        infusion_date = _date(form.get("infusion_date", ""))
    except InputError as problem:
        return page("new_patient.html", 422, problem=str(problem))
    identifier = form.get("identifier", "").strip()[:200] or None
    key = await run_in_threadpool(state.store.add_patient, identifier, infusion_date)
    await commit_entry(state.audit_log, AuditKind.PATIENT, audit_bodies.empty_body(), key)
    return RedirectResponse(f"/patients/{key}/samples/new", 303)


async def show_form(state: "State", request: Request) -> Response:
    """The empty form of a new sample."""
    return form_page(await _patient(state, request), _covariates(state))


async def enter_sample(state: "State", request: Request) -> Response:
    """Store a sample entered by hand, or return the form with what to correct."""
    patient = await _patient(state, request)
    form = await _texts(request)
    try:
        row = form_row(form, patient.key, _covariates(state))
    except InputError as problem:
        return form_page(patient, _covariates(state), str(problem), form)
    return await store_sample(state, patient.key, row)


async def upload_sample(state: "State", readers: "Readers", request: Request) -> Response:
    """Read and store the sample of an uploaded count file, or say why it cannot be read."""
    patient = await _patient(state, request)
    try:
        with readers.slot():
            row = await _read(request, readers, _covariates(state))
    except (InputError, Problem) as problem:
        if _from_script(request):
            raise
        reason = getattr(problem, "detail", None) or str(problem)
        return form_page(patient, _covariates(state), reason)
    names = {"patient_id": patient.key, "sample_id": row["sample_id"]}
    return await store_sample(state, patient.key, row | names, as_json=_from_script(request))


async def show_quality(state: "State", request: Request) -> Response:
    """A sample's quality report."""
    patient = await _patient(state, request)
    sample_id = request.path_params["sample_id"]
    row = next((row for row in patient.rows if row["sample_id"] == sample_id), None)
    if row is None:
        is_unread = sample_id in patient.samples_of_other_schema
        raise Problem(404, sentences.other_schema([sample_id]) if is_unread else NO_SAMPLE)
    body = audit_bodies.empty_body()
    await commit_entry(state.audit_log, AuditKind.PAGE_SAMPLE, body, patient.key)
    notices = sentences.synthetic_notices(sample=row["provenance"] == "synthetic", model=False)
    name = patient_name(patient)
    return page(
        "sample.html",
        key=patient.key,
        name=name,
        notices=notices,
        **quality_view(row, _covariates(state)),
    )


def form_page(
    patient: "StoredPatient", covariates: Sequence[Feature] = (), problem: str | None = None,
    entries: Mapping[str, str] | None = None,
) -> Response:  # fmt: skip
    """The form of a new sample, with the earlier entries and what to correct.

    `covariates` are the columns beside the schema's that models in service use.
    """
    return page(
        "new_sample.html", 422 if problem else 200, key=patient.key, name=patient_name(patient),
        problem=problem, entries=entries or {}, fields=form_fields(covariates), choices=_choices(),
        labels=TEXTS, notices=sentences.synthetic_notices(
            sample=any(row["provenance"] == "synthetic" for row in patient.rows), model=False
        ),
    )  # fmt: skip


async def store_sample(state: "State", key: str, row: Row, *, as_json: bool = False) -> Response:
    """Store the sample with its audit entry in one transaction, then lead to its quality report."""
    entry = caller_entry(AuditKind.SAMPLE, audit_bodies.sample_body(row), key)
    if await run_in_threadpool(put_audited_sample, state.audit_log, key, row, entry) is None:
        raise Problem(404, NO_PATIENT)
    report = f"/patients/{key}/samples/{quote(str(row['sample_id']))}"
    return JSONResponse({"href": report}, 201) if as_json else RedirectResponse(report, 303)


def _choices() -> dict[str, tuple[str, ...]]:
    return {
        category.name: category.allowed_values for category in CATEGORIES if category.name in TEXTS
    }


def _covariates(state: "State") -> tuple[Feature, ...]:
    return covariates_in_service(state.active_models.current())


async def _patient(state: "State", request: Request) -> "StoredPatient":
    patient = await run_in_threadpool(state.store.patient, request.path_params["key"])
    if patient is None:
        raise Problem(404, NO_PATIENT)
    return patient


async def _texts(request: Request) -> dict[str, str]:
    async with request.form(max_files=0, max_fields=300) as form:
        return {name: text for name, text in form.items() if isinstance(text, str)}


def _date(text: str) -> str | None:
    try:
        return date.fromisoformat(text.strip()).isoformat() if text.strip() else None
    except ValueError:
        raise InputError(NO_DATE) from None


async def _read(request: Request, readers: "Readers", covariates: Sequence[Feature]) -> Row:
    """The row of an uploaded count file; raises InputError or Problem with the reason for none."""
    from serving.uploads.upload import (
        SampleContext,
        Upload,
        take_covariates,
        upload_folder,
        whole_day,
    )

    async with upload_folder() as folder, request.form(max_files=1, max_fields=50) as form:
        texts = {name: text for name, text in form.items() if isinstance(text, str) and text}
        day, file = whole_day(texts.pop("day", None)), form.get("file")
        if day is None:
            raise InputError(NO_DAY)
        if not isinstance(file, UploadFile) or not file.filename:
            raise InputError(NO_FILE)
        path = folder / "upload"
        await run_in_threadpool(_copy, file, path)
        sample_id = texts.pop("sample_id", "").strip()[:200] or f"day {day}"
        columns: SampleContext = {**texts, "day": day, "sample_id": sample_id}
        covariate_values = take_covariates(columns, covariates)
        row: Row = await readers.read(Upload(path, columns, covariates=covariate_values))
        return row | {"sample_id": sample_id}


def _copy(file: UploadFile, path: Path) -> None:
    with path.open("wb") as to:
        shutil.copyfileobj(file.file, to, MB)


def _from_script(request: Request) -> bool:
    """Whether static/upload.js sent this; it opens the report itself and cannot use a redirect."""
    return "application/json" in request.headers.get("accept", "")
