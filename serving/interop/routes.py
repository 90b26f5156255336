"""The hospital's doors over HTTP: CDS Hooks and FHIR, on stored patients."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from serving.assessment import labels
from serving.assessment.answer import ExplainAnswer
from serving.assessment.assess import explain
from serving.auth.access import CALLER
from serving.interop import cds_hooks, fhir
from serving.interop.cds_hooks import FeedbackRequest, HookRequest
from serving.requests_responses.requests import LONGEST_TEXT
from serving.storage import audit_bodies, audit_chain
from serving.storage.audit_kinds import AuditKind
from serving.web import problems
from serving.web.problems import Problem, request_id

if TYPE_CHECKING:  # they reach BentoML, which these routes themselves do not need
    from serving.state import State
    from serving.storage.store import StoredPatient

NO_SAMPLE = "This patient is known, but no sample is stored yet; store one, then ask again."
NO_SUBJECT = (
    "A search needs the patient, RiskAssessment?subject:identifier=KEY, in at most "
    f"{LONGEST_TEXT} characters."
)


def integration_routes(state: "State") -> list[BaseRoute]:
    """The routes under /cds-services and /fhir; `state` is used per request."""

    async def discovery(request: Request) -> Response:
        return JSONResponse(cds_hooks.discovery())

    async def hook(request: Request) -> Response:
        asked = problems.parse(HookRequest, await request.body())
        patient = await run_in_threadpool(_named, state, asked.context.patientId)
        if patient is None:
            return JSONResponse({"cards": []})
        if not patient.rows:
            raise Problem(412, NO_SAMPLE)
        answer = await _answered(state, request, patient, AuditKind.CDS_HOOKS)
        page_url = str(request.url.replace(path=f"/patients/{patient.key}", query=""))
        return JSONResponse(cds_hooks.cards(answer, page_url))

    async def feedback(request: Request) -> Response:
        given = problems.parse(FeedbackRequest, await request.body())
        feedback = given.model_dump(mode="json", exclude_none=True)["feedback"]
        await _record(state, AuditKind.CDS_FEEDBACK, audit_bodies.feedback_body(feedback), None)
        return JSONResponse({})

    async def search(request: Request) -> Response:
        name = request.query_params.get("subject:identifier", "")
        if not 1 <= len(name) <= LONGEST_TEXT:
            raise Problem(400, NO_SUBJECT)
        patient = await run_in_threadpool(_named, state, name.rpartition("|")[2])
        found: list[fhir.Resource] = []
        if patient is not None and patient.rows:
            answer = await _answered(state, request, patient, AuditKind.FHIR)
            found = [
                fhir.risk_assessment(answer, endpoint, patient.key, patient.infusion_date)
                for endpoint in labels.ENDPOINTS
            ]
        return JSONResponse(fhir.bundle(found), media_type=fhir.MEDIA_TYPE)

    async def capabilities(request: Request) -> Response:
        today = datetime.now(UTC).date()
        return JSONResponse(fhir.capabilities(today), media_type=fhir.MEDIA_TYPE)

    service = f"/cds-services/{cds_hooks.SERVICE_ID}"
    return [
        Route("/cds-services", discovery, methods=["GET"]),
        Route(service, hook, methods=["POST"]),
        Route(f"{service}/feedback", feedback, methods=["POST"]),
        Route("/fhir/metadata", capabilities, methods=["GET"]),
        Route("/fhir/RiskAssessment", search, methods=["GET"]),
    ]


def _named(state: "State", name: str) -> "StoredPatient | None":
    """The patient of a key or of a hospital's identifier."""
    key = state.store.key_of(name)
    return None if key is None else state.store.patient(key)


async def _answered(
    state: "State", request: Request, patient: "StoredPatient", kind: AuditKind
) -> ExplainAnswer:
    models, asked = state.active_models.current(), request_id(request.scope) or ""
    answer = await run_in_threadpool(explain, patient.rows, models, asked)
    await _record(state, kind, audit_bodies.stored_answer_body(answer), patient.key)
    return answer


async def _record(
    state: "State", kind: AuditKind, body: Mapping[str, object], subject: str | None
) -> None:
    await state.audit_log.commit(audit_chain.entry(kind, CALLER.get().name, body, subject))
