"""Acknowledgements and overrides: what a clinician did with a risk that was shown, and why.

Each is an audit entry about the patient, and stored nowhere else. It names the sample, the model
versions and the risks it answers. `cd7watch serving export` writes it out for monitoring, without
the comment.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection, select
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from models.endpoints import default_primary_horizon
from serving.api.json_responses import json_response
from serving.api.patient_routes import NO_PATIENT
from serving.assessment.answer import EndpointName
from serving.assessment.assess import assess
from serving.assessment.sentences import other_schema
from serving.auth.access import CALLER
from serving.auth.caller_entry import commit_entry
from serving.requests_responses.requests import STRICT
from serving.requests_responses.resource_responses import AcknowledgementKept, AcknowledgementList
from serving.state import State
from serving.storage import audit_bodies, audit_chain, tables
from serving.storage.audit_bodies import AcknowledgementBody
from serving.storage.audit_kinds import AuditKind
from serving.storage.database import writing
from serving.storage.store import StoredPatient, has_patient
from serving.web import problems
from serving.web.problems import Problem
from serving.web.problems import request_id as request_id_of
from serving.web.routing import by_method

KINDS: Final = (AuditKind.ACKNOWLEDGED, AuditKind.OVERRIDE)
LONGEST_COMMENT = 2000
# Never change a code, because the codes are counted; CDS Hooks offers those for an override.
REASONS: Mapping[str, str] = {
    "seen": "Seen, and taken into account",
    "known": "Already known and acted upon",
    "implausible": "Implausible for this patient",
    "not-validated": "The model is not validated",
    "other": "Another reason, in the comment",
}
NO_ENDPOINT = "must be the endpoint of a model in service ({names}); no other risk was shown"
NO_SAMPLE = "An acknowledgement needs a risk, and this patient has no sample yet; store one first."


class Acknowledgement(BaseModel):
    """A clinician's decision on one endpoint's risk."""

    model_config = STRICT | ConfigDict(
        json_schema_extra={
            "examples": [{"endpoint": "relapse", "outcome": "override", "reason": "implausible"}]
        }
    )
    endpoint: EndpointName
    outcome: Literal["acknowledged", "override"] = Field(
        description="`acknowledged`: taken note of. `override`: set aside."
    )
    reason: Literal["seen", "known", "implausible", "not-validated", "other"]
    comment: str | None = Field(
        default=None,
        min_length=1,
        max_length=LONGEST_COMMENT,
        description="Kept in the record, never exported.",
    )


def acknowledgement_routes(state: State) -> list[Route]:
    """The route /v1/patients/{key}/acknowledgements, for clinicians.

    Handlers take the state first and are bound to it here, so that a test can call them.
    """
    return [
        by_method(
            "/v1/patients/{key}/acknowledgements",
            post=partial(add_acknowledgement, state),
            get=partial(list_acknowledgements, state),
        )
    ]


async def add_acknowledgement(state: State, request: Request) -> Response:
    """Record what the caller did with the current risk; 201."""
    acknowledgement = problems.parse(Acknowledgement, await request.body())
    key, request_id = request.path_params["key"], request_id_of(request.scope) or ""
    actor = CALLER.get().name
    answer = await run_in_threadpool(acknowledge, state, key, acknowledgement, actor, request_id)
    return json_response(answer, 201)


async def list_acknowledgements(state: State, request: Request) -> Response:
    """A patient's acknowledgements and overrides, oldest first."""
    key = request.path_params["key"]
    answer: AcknowledgementList = {
        "acknowledgements": await run_in_threadpool(acknowledgements, state, key)
    }
    await commit_entry(state.audit_log, AuditKind.READ, audit_bodies.empty_body(), key)
    return json_response(answer)


def acknowledge(
    state: State, key: str, acknowledgement: Acknowledgement, actor: str, request_id: str
) -> AcknowledgementKept:
    """Record the decision of `actor` on the current risk, and return it as `acknowledgements` does.

    Raises Problem 404 for an unknown patient, 409 for one without a sample, 422 for an endpoint
    that no model in service has.
    """
    patient = state.store.patient(key)
    if patient is None:
        raise Problem(404, NO_PATIENT)
    body = _audit_body(state, patient, acknowledgement, request_id)
    audit_entry = audit_chain.entry(AuditKind(acknowledgement.outcome), actor, body, key)
    with writing(state.engine) as connection:
        if not has_patient(connection, key):  # erased since it was read
            raise Problem(404, NO_PATIENT)
        audit_chain.append(connection, state.audit_log.key, [audit_entry])
        return _of_patient(connection, key)[-1]


def acknowledgements(state: State, key: str) -> list[AcknowledgementKept]:
    """A patient's acknowledgements and overrides, oldest first.

    Raises Problem 404 for an unknown patient.
    """
    with state.engine.connect() as connection, connection.begin():
        if not has_patient(connection, key):
            raise Problem(404, NO_PATIENT)
        return _of_patient(connection, key)


def _audit_body(
    state: State, patient: StoredPatient, acknowledgement: Acknowledgement, request_id: str
) -> AcknowledgementBody:
    """The current risks with their versions and sample, and the clinician's decision."""
    if not patient.rows:
        raise Problem(409, other_schema(patient.samples_of_other_schema) or NO_SAMPLE)
    models = state.active_models.current()
    served_model = models.get(acknowledgement.endpoint)
    if served_model is None:
        rule = NO_ENDPOINT.format(names=", ".join(models) or "none is")
        raise Problem(422, None, [{"field": "endpoint", "rule": rule}])
    return audit_bodies.acknowledgement_body(
        assess(patient.rows, models, request_id),
        primary_horizon=served_model.model.primary_horizon,
        **acknowledgement.model_dump(),
    )


def _of_patient(connection: Connection, key: str) -> list[AcknowledgementKept]:
    audit = tables.audit
    condition = (audit.c.subject == key) & audit.c.kind.in_(KINDS) & audit.c.body.is_not(None)
    columns = select(audit.c.at, audit.c.actor, audit.c.body)
    rows = connection.execute(columns.where(condition).order_by(audit.c.number))
    return [_from_entry(row.at, row.actor, json.loads(row.body)) for row in rows]


def _from_entry(at: float, actor: str, body: Mapping[str, Any]) -> AcknowledgementKept:
    endpoint: EndpointName = body["endpoint"]
    risks = body["risks"].get(endpoint, {})
    return {
        "at": datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds"),
        "by": actor,
        "endpoint": endpoint,
        "outcome": body["outcome"],
        "reason": body["reason"],
        "comment": body["comment"],
        "sample_id": body["sample_id"],
        "version": body["versions"].get(endpoint),
        "risks": risks,
        "primary_horizon": _primary(body, risks) if risks else None,
    }


def _primary(body: Mapping[str, Any], risks: Mapping[str, float]) -> int:
    """The horizon whose risk was shown; older entries do not name it."""
    primary: int | None = body.get("primary_horizon")
    return default_primary_horizon(sorted(map(int, risks))) if primary is None else primary
