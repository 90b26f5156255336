"""HTTP routes of CDS Hooks and FHIR, on stored patients."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from serving.assessment.answer import ExplainAnswer
from serving.assessment.assess import explain
from serving.assessment.sentences import other_schema
from serving.assessment.served_model import ServedModel
from serving.auth.caller_entry import commit_entry
from serving.interop import cds_hooks, fhir
from serving.interop.cds_hooks import FeedbackRequest, HookRequest
from serving.requests_responses.fhir_responses import FhirRiskAssessment
from serving.requests_responses.requests import LONGEST_TEXT
from serving.storage import audit_bodies
from serving.storage.audit_kinds import AuditKind
from serving.web import problems
from serving.web.problems import Problem, request_id

if TYPE_CHECKING:  # they reach BentoML, which these routes themselves do not need
    from serving.state import State
    from serving.storage.store import StoredPatient

NO_SAMPLE = "This patient is known, but has no stored sample; store one, then ask again."
NO_SUBJECT = (
    "A search needs the patient, RiskAssessment?subject:identifier=KEY, in at most "
    f"{LONGEST_TEXT} characters."
)


def integration_routes(state: "State") -> list[BaseRoute]:
    """The routes under /cds-services and /fhir.

    Handlers take the state first and are bound to it here, so that a test can call them.
    """
    service = f"/cds-services/{cds_hooks.SERVICE_ID}"
    return [
        Route("/cds-services", partial(list_services, state), methods=["GET"]),
        Route(service, partial(patient_view, state), methods=["POST"]),
        Route(f"{service}/feedback", partial(take_feedback, state), methods=["POST"]),
        Route("/fhir/metadata", show_capabilities, methods=["GET"]),
        Route("/fhir/RiskAssessment", partial(search_risks, state), methods=["GET"]),
    ]


async def list_services(state: "State", request: Request) -> Response:
    """CDS Hooks discovery: the one service on offer."""
    return JSONResponse(cds_hooks.discovery(state.active_models.current()))


async def patient_view(state: "State", request: Request) -> Response:
    """The hook `patient-view`: one card an endpoint for the patient whose record was opened."""
    call = problems.parse(HookRequest, await request.body())
    patient = await run_in_threadpool(stored_patient, state, call.context.patientId)
    if patient is None:
        return JSONResponse({"cards": []})
    if not patient.rows:
        raise Problem(412, other_schema(patient.samples_of_other_schema) or NO_SAMPLE)
    models = state.active_models.current()
    answer = await _explain_and_record(state, request, models, patient, kind=AuditKind.CDS_HOOKS)
    page_url = str(request.url.replace(path=f"/patients/{patient.key}", query=""))
    return JSONResponse(cds_hooks.cards(answer, models, page_url))


async def take_feedback(state: "State", request: Request) -> Response:
    """Record what a clinician did with a card."""
    feedback = problems.parse(FeedbackRequest, await request.body())
    cards = feedback.model_dump(mode="json", exclude_none=True)["feedback"]
    await commit_entry(state.audit_log, AuditKind.CDS_FEEDBACK, audit_bodies.feedback_body(cards))
    return JSONResponse({})


async def search_risks(state: "State", request: Request) -> Response:
    """The patient's RiskAssessment resources, one an endpoint; none for an unknown patient."""
    name = request.query_params.get("subject:identifier", "")
    if not 1 <= len(name) <= LONGEST_TEXT:
        raise Problem(400, NO_SUBJECT)
    patient = await run_in_threadpool(stored_patient, state, name.rpartition("|")[2])
    resources: list[FhirRiskAssessment] = []
    if patient is not None and patient.rows:
        models = state.active_models.current()
        answer = await _explain_and_record(state, request, models, patient, kind=AuditKind.FHIR)
        resources = [
            fhir.risk_assessment(answer, endpoint, patient.key, patient.infusion_date)
            for endpoint in answer["endpoints"]
        ]
    return JSONResponse(fhir.bundle(resources), media_type=fhir.MEDIA_TYPE)


async def show_capabilities(request: Request) -> Response:
    """FHIR's CapabilityStatement."""
    today = datetime.now(UTC).date()
    return JSONResponse(fhir.capabilities(today), media_type=fhir.MEDIA_TYPE)


def stored_patient(state: "State", name: str) -> "StoredPatient | None":
    """The patient of a key or of a hospital's identifier."""
    key = state.store.key_of(name)
    return None if key is None else state.store.patient(key)


async def _explain_and_record(
    state: "State",
    request: Request,
    models: Mapping[str, ServedModel],
    patient: "StoredPatient",
    *,
    kind: AuditKind,
) -> ExplainAnswer:
    number = request_id(request.scope) or ""
    answer = await run_in_threadpool(explain, patient.rows, models, number)
    body = audit_bodies.stored_answer_body(answer)
    await commit_entry(state.audit_log, kind, body, patient.key)
    return answer
