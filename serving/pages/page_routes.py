"""The clinicians' pages: ward list, patient, cohort, model. Nothing loaded from elsewhere."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from features.errors import InputError
from serving.assessment import labels, sentences
from serving.assessment.answer import ExplainAnswer
from serving.assessment.assess import explain
from serving.assessment.served_model import ServedModel
from serving.auth.access import CALLER
from serving.pages import acknowledgement_form
from serving.pages.cohort_view import cohort_view
from serving.pages.model_view import model_view
from serving.pages.patient_view import patient_view
from serving.pages.sample_pages import sample_pages
from serving.pages.ward import Line, Ward, drawn, patient_name
from serving.pages.ward_query import FILTERS, SORTS, asked, find
from serving.storage import audit_bodies, audit_chain
from serving.storage.audit_kinds import AuditKind
from serving.web.problems import request_id
from serving.web.render import STATIC, page, prepare

if TYPE_CHECKING:  # they reach BentoML, which the pages themselves do not need
    from serving.state import State
    from serving.storage.store import StoredPatient


def pages_app(state: "State") -> list[BaseRoute]:
    """The routes of the pages; `state` holds store, models and record, and is used per request."""
    from serving.api.acknowledgements import acknowledge

    ward = Ward()
    state.on_models_changed.append(lambda models: prepare())
    state.on_models_changed.append(lambda models: ward.lines(state.store, models))

    async def listing(request: Request) -> Response:
        models = state.active_models.current()
        lines = await run_in_threadpool(ward.lines, state.store, models)
        view = asked(request.query_params)
        found = find(lines, view, today())
        body = ward_body(found.lines, models, state.audit_log.key)
        await _record(state, AuditKind.PAGE_WARD, body, None)
        return page(
            "ward.html", found=found, view=view, n_all=len(lines), models=models,
            filters=FILTERS, sorts=SORTS, endpoints=labels.ENDPOINTS,
            drawn={line.key: drawn(line.day, line.infusion_date, today()) for line in found.lines},
            notices=sentences.synthetic_notices(
                sample=any(line.synthetic for line in lines), model=_any_synthetic(models)
            ),
            validated=all_validated(models),
        )  # fmt: skip

    async def patient(request: Request) -> Response:
        return await _patient_page(state, request)

    async def decide(request: Request) -> Response:
        key = request.path_params["key"]
        found = await run_in_threadpool(state.store.patient, key)
        if found is None or not found.rows:
            return page("missing.html", 404)
        async with request.form(max_files=0, max_fields=10) as form:
            texts = {name: text for name, text in form.items() if isinstance(text, str)}
        try:
            said = acknowledgement_form.given(texts, found.rows[-1]["sample_id"])
        except InputError as problem:
            return await _patient_page(state, request, str(problem))
        actor, asked_as = CALLER.get().name, request_id(request.scope) or ""
        await run_in_threadpool(acknowledge, state, key, said, actor, asked_as)
        return RedirectResponse(f"/patients/{key}#decisions", 303)

    async def model(request: Request) -> Response:
        models = state.active_models.current()
        return page(
            "model.html",
            models=[model_view(name, models.get(name)) for name in labels.ENDPOINTS],
            notices=sentences.synthetic_notices(sample=False, model=_any_synthetic(models)),
        )

    async def cohort(request: Request) -> Response:
        models = state.active_models.current()
        return page(
            "cohort.html",
            cards=[cohort_view(name, models.get(name)) for name in labels.ENDPOINTS],
            notices=sentences.synthetic_notices(sample=False, model=_any_synthetic(models)),
            validated=all_validated(models),
        )

    return [
        Route("/", listing),
        Route("/cohort", cohort),
        Route("/model", model),
        *sample_pages(state),
        Route("/patients/{key}", patient),
        Route("/patients/{key}/decisions", decide, methods=["POST"]),
        Mount("/static", StaticFiles(directory=STATIC)),
    ]


async def _patient_page(state: "State", request: Request, problem: str | None = None) -> Response:
    """The patient's page, recorded before it leaves; `problem` says what to mend in the form."""
    from serving.api.acknowledgements import REASONS, acknowledgements

    found = await run_in_threadpool(state.store.patient, request.path_params["key"])
    if found is None:
        return page("missing.html", 404)
    if not found.rows:
        return page("no_sample.html", name=patient_name(found), key=found.key)
    models = state.active_models.current()
    view, answer = await run_in_threadpool(_judged, found, models, request_id(request.scope) or "")
    said = await run_in_threadpool(acknowledgements, state, found.key)
    await _record(state, AuditKind.PAGE_PATIENT, audit_bodies.stored_answer_body(answer), found.key)
    return page(
        "patient.html", 422 if problem else 200, problem=problem,
        past=acknowledgement_form.past(said, REASONS),
        outcomes=acknowledgement_form.OUTCOMES, decision_reasons=REASONS, **view,
    )  # fmt: skip


def _judged(
    patient: "StoredPatient", models: Mapping[str, ServedModel], asked_as: str
) -> tuple[dict[str, Any], ExplainAnswer]:
    answer = explain(patient.rows, models, asked_as)
    return patient_view(patient, answer, models, today()), answer


def ward_body(
    lines: Sequence[Line], models: Mapping[str, ServedModel], key: bytes
) -> audit_bodies.WardBody:
    """The audit entry's body of a view of the list; `key` is the audit log's."""
    versions = {name: served.version for name, served in models.items()}
    risks = {
        line.key: {name: h["risk"] if h else None for name, h in line.horizons.items()}
        for line in lines
    }
    return audit_bodies.ward_body(risks, versions, key)


async def _record(
    state: "State", kind: AuditKind, body: Mapping[str, object], subject: str | None
) -> None:
    await state.audit_log.commit(audit_chain.entry(kind, CALLER.get().name, body, subject))


def today() -> date:
    """The date from which the age of a sample is counted."""
    return datetime.now(UTC).date()


def all_validated(models: Mapping[str, ServedModel]) -> bool:
    """Whether every endpoint's model is validated; only then may a list be coloured by risk."""
    states = [
        models[name].model.manifest.get("state") for name in labels.ENDPOINTS if name in models
    ]
    return bool(states) and all(state == "validated" for state in states)


def _any_synthetic(models: Mapping[str, ServedModel]) -> bool:
    return any(s.model.manifest.get("provenance") == "synthetic" for s in models.values())
