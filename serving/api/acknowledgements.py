"""What a clinician did with a risk that was shown: taken note of it, or set it aside, and why.

Kept in the record only, as an entry about the patient that names the sample, the versions and the
risks it answers; `python -m serving export` hands it on for monitoring, without the comment.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection, select
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from models.endpoints import default_primary_horizon
from serving.api.patient_routes import NO_PATIENT
from serving.api.predict_routes import json_response
from serving.assessment.assess import assess
from serving.auth.access import CALLER
from serving.state import State
from serving.storage import audit_chain, tables
from serving.storage.database import writing
from serving.storage.recorded import recorded
from serving.storage.store import StoredPatient, has_patient
from serving.web import problems
from serving.web.problems import Problem
from serving.web.refuse import request_id
from serving.web.routing import by_method

ACKNOWLEDGED: Final = "acknowledged"
OVERRIDDEN: Final = "override"
KINDS: Final = (ACKNOWLEDGED, OVERRIDDEN)
LONGEST_COMMENT = 2000
# Codes stay the same for ever, so that they can be counted; CDS Hooks offers those of overriding.
REASONS: Mapping[str, str] = {
    "seen": "Seen, and taken into account",
    "known": "Already known and acted upon",
    "implausible": "Implausible for this patient",
    "not-validated": "The model is not validated",
    "other": "Another reason, in the comment",
}
NO_SAMPLE = "A risk is acknowledged, and this patient has no sample yet; store one first."


class Acknowledgement(BaseModel):
    """A clinician's answer to one endpoint's risk."""

    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        hide_input_in_errors=True,
        json_schema_extra={
            "examples": [{"endpoint": "relapse", "outcome": "override", "reason": "implausible"}]
        },
    )
    endpoint: Literal["relapse", "fatal_infection"]
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
    """The route /v1/patients/{key}/acknowledgements, for clinicians."""

    async def add(request: Request) -> Response:
        given = problems.parse(Acknowledgement, await request.body())
        key, asked = request.path_params["key"], request_id(request.scope) or ""
        kept = await run_in_threadpool(acknowledge, state, key, given, CALLER.get().name, asked)
        return json_response(kept, 201)

    async def listing(request: Request) -> Response:
        key = request.path_params["key"]
        found = await run_in_threadpool(acknowledgements, state, key)
        await state.ledger.commit(audit_chain.entry("read", CALLER.get().name, {}, key))
        return json_response({"acknowledgements": found})

    return [by_method("/v1/patients/{key}/acknowledgements", post=add, get=listing)]


def acknowledge(
    state: State, key: str, given: Acknowledgement, actor: str, asked: str
) -> dict[str, Any]:
    """Keep what `actor` says to the risk that stands now, and answer it as `acknowledgements` does.

    Raises Problem 404 for an unknown patient, 409 for one without a sample.
    """
    patient = state.store.patient(key)
    if patient is None:
        raise Problem(404, NO_PATIENT)
    body = _body(state, patient, given, asked)
    new = audit_chain.entry(given.outcome, actor, body, key)
    with writing(state.engine) as connection:
        if not has_patient(connection, key):  # erased since it was read
            raise Problem(404, NO_PATIENT)
        audit_chain.append(connection, state.ledger.key, [new])
        return _of(connection, key)[-1]


def acknowledgements(state: State, key: str) -> list[dict[str, Any]]:
    """What clinicians said of a patient's risks, oldest first; Problem 404 for an unknown one."""
    with state.engine.connect() as connection, connection.begin():
        if not has_patient(connection, key):
            raise Problem(404, NO_PATIENT)
        return _of(connection, key)


def _body(
    state: State, patient: StoredPatient, given: Acknowledgement, asked: str
) -> dict[str, Any]:
    if not patient.rows:
        raise Problem(409, NO_SAMPLE)
    models = state.supply.current()
    served = models.get(given.endpoint)
    primary = served.model.primary_horizon if served else None
    standing = recorded(assess(patient.rows, models, asked))
    return standing | {"primary_horizon": primary} | given.model_dump()


def _of(connection: Connection, key: str) -> list[dict[str, Any]]:
    table = tables.audit
    about = (table.c.subject == key) & table.c.kind.in_(KINDS) & table.c.body.is_not(None)
    query = select(table.c.at, table.c.actor, table.c.body).where(about).order_by(table.c.number)
    return [_shown(row.at, row.actor, json.loads(row.body)) for row in connection.execute(query)]


def _shown(at: float, actor: str, body: Mapping[str, Any]) -> dict[str, Any]:
    endpoint = body["endpoint"]
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
    named: int | None = body.get("primary_horizon")
    return default_primary_horizon(sorted(map(int, risks))) if named is None else named
