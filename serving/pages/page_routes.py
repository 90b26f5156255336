"""HTTP routes of the clinicians' pages: ward list, patient, cohort, model."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from functools import partial
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from features.errors import InputError
from serving.assessment import sentences
from serving.assessment.answer import Answer
from serving.assessment.assess import explain
from serving.assessment.served_model import ServedModel
from serving.auth.access import CALLER
from serving.auth.caller_entry import commit_entry
from serving.pages import acknowledgement_form
from serving.pages.cohort_view import cohort_view
from serving.pages.headings import patient_name
from serving.pages.model_view import model_view
from serving.pages.patient_view import PatientView, patient_view
from serving.pages.sample_pages import sample_pages
from serving.pages.ward import Ward
from serving.pages.ward_line import WardLine
from serving.pages.ward_query import read_query, ward_page
from serving.pages.ward_view import all_validated, any_synthetic, ward_view
from serving.storage import audit_bodies
from serving.storage.audit_kinds import AuditKind
from serving.web.problems import request_id
from serving.web.render import STATIC, page, prepare

if TYPE_CHECKING:  # they reach BentoML, which the pages themselves do not need
    from serving.state import State
    from serving.storage.store import StoredPatient

Models = Mapping[str, ServedModel]


def pages_app(state: "State") -> list[BaseRoute]:
    """The routes of the pages.

    Handlers take the state first and are bound to it here, so that a test can call them.
    """
    ward = Ward()
    state.on_models_changed.append(prepare_templates)
    state.on_models_changed.append(partial(warm_up_ward, state, ward))
    return [
        Route("/", partial(list_ward, state, ward)),
        Route("/cohort", partial(show_cohort, state)),
        Route("/model", partial(show_models, state)),
        *sample_pages(state),
        Route("/patients/{key}", partial(show_patient, state)),
        Route("/patients/{key}/decisions", partial(decide, state), methods=["POST"]),
        Mount("/static", StaticFiles(directory=STATIC)),
    ]


def prepare_templates(models: Models) -> None:
    """Compile the templates before the first reader comes."""
    prepare()


def warm_up_ward(state: "State", ward: Ward, models: Models) -> list[WardLine]:
    """Compute the ward list under models that are about to come into service."""
    return ward.lines(state.store, models)


async def list_ward(state: "State", ward: Ward, request: Request) -> Response:
    """The ward list that the address names; its audit entry is written before it is sent."""
    models = state.active_models.current()
    lines = await run_in_threadpool(ward.lines, state.store, models)
    query = read_query(request.query_params, models)
    selection = ward_page(lines, query, today())
    body = ward_body(selection.lines, models, state.audit_log.key)
    await commit_entry(state.audit_log, AuditKind.PAGE_WARD, body)
    unread = await run_in_threadpool(state.store.unread_patients)
    view = ward_view(lines, selection, query, models, today(), unread_patients=unread)
    return page("ward.html", **view)


async def show_patient(state: "State", request: Request) -> Response:
    """A patient's risks, reasons and trends."""
    return await patient_page(state, request)


async def decide(state: "State", request: Request) -> Response:
    """Store an acknowledgement from the page's form, or return the page with what to correct."""
    from serving.api.acknowledgements import acknowledge

    key = request.path_params["key"]
    patient = await run_in_threadpool(state.store.patient, key)
    if patient is None or not patient.rows:
        return page("missing.html", 404)
    async with request.form(max_files=0, max_fields=10) as form:
        texts = {name: text for name, text in form.items() if isinstance(text, str)}
    try:
        acknowledgement = acknowledgement_form.read_form(
            texts, patient.rows[-1]["sample_id"], state.active_models.current()
        )
    except InputError as problem:
        return await patient_page(state, request, str(problem))
    actor, number = CALLER.get().name, request_id(request.scope) or ""
    await run_in_threadpool(acknowledge, state, key, acknowledgement, actor, number)
    return RedirectResponse(f"/patients/{key}#decisions", 303)


async def show_models(state: "State", request: Request) -> Response:
    """The models in service."""
    models = state.active_models.current()
    return page(
        "model.html",
        models=[model_view(served_model, models) for served_model in models.values()],
        notices=sentences.synthetic_notices(sample=False, model=any_synthetic(models)),
    )


async def show_cohort(state: "State", request: Request) -> Response:
    """How the models in service did on their training cohorts."""
    models = state.active_models.current()
    return page(
        "cohort.html",
        cards=[cohort_view(served_model) for served_model in models.values()],
        notices=sentences.synthetic_notices(sample=False, model=any_synthetic(models)),
        validated=all_validated(models),
    )


async def patient_page(state: "State", request: Request, problem: str | None = None) -> Response:
    """The patient's page, audited before it is sent; `problem` says what to correct in the form."""
    from serving.api.acknowledgements import REASONS, acknowledgements

    patient = await run_in_threadpool(state.store.patient, request.path_params["key"])
    if patient is None:
        return page("missing.html", 404)
    if not patient.rows:
        unread = sentences.other_schema(patient.samples_of_other_schema)
        return page("no_sample.html", name=patient_name(patient), key=patient.key, unread=unread)
    models, number = state.active_models.current(), request_id(request.scope) or ""
    view, answer = await run_in_threadpool(assessed_view, patient, models, number)
    decisions = await run_in_threadpool(acknowledgements, state, patient.key)
    body = audit_bodies.stored_answer_body(answer)
    await commit_entry(state.audit_log, AuditKind.PAGE_PATIENT, body, patient.key)
    return page(
        "patient.html", 422 if problem else 200, problem=problem,
        decisions=acknowledgement_form.decisions_view(decisions, REASONS, models),
        outcomes=acknowledgement_form.OUTCOMES, decision_reasons=REASONS, **view,
    )  # fmt: skip


def assessed_view(
    patient: "StoredPatient", models: Models, number: str
) -> tuple[PatientView, Answer]:
    """The page's values and the answer they show; `number` is the request's."""
    answer = explain(patient.rows, models, number)
    return patient_view(patient, answer, models, today()), answer


def ward_body(
    lines: Sequence[WardLine], models: Mapping[str, ServedModel], key: bytes
) -> audit_bodies.WardBody:
    """The audit entry's body of a view of the list; `key` is the audit log's."""
    versions = {name: served_model.version for name, served_model in models.items()}
    risks = {
        line.key: {name: h["risk"] if h else None for name, h in line.horizons.items()}
        for line in lines
    }
    return audit_bodies.ward_body(risks, versions, key)


def today() -> date:
    """The date from which the age of a sample is counted."""
    return datetime.now(UTC).date()
