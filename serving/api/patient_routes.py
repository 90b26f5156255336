"""Stored patients over HTTP: make one, add a sample, read one, list them."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from features.table.row import Row
from serving.api.predict_routes import json_response
from serving.auth.access import CALLER
from serving.requests_responses import requests, row_json
from serving.requests_responses.requests import Sample
from serving.state import State
from serving.storage import audit_bodies, audit_chain, patient_query
from serving.storage.audit_kinds import AuditKind
from serving.storage.database import writing
from serving.storage.store import StoredPatient, has_patient, put_sample
from serving.web import problems
from serving.web.problems import Problem
from serving.web.routing import by_method

NO_PATIENT = "No patient has this key; POST /v1/patients makes one and answers its key."


class NewPatient(BaseModel):
    """A patient to keep: the hospital's identifier, which never appears in an address."""

    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        hide_input_in_errors=True,
        json_schema_extra={"examples": [{"identifier": "MRN-1077", "infusion_date": "2026-01-31"}]},
    )
    identifier: requests.Text | None = Field(default=None, description="The hospital's identifier.")
    infusion_date: str | None = Field(
        default=None, description="Day 0, as YYYY-MM-DD.", json_schema_extra={"format": "date"}
    )

    @field_validator("infusion_date")
    @classmethod
    def _is_a_date(cls, value: str | None) -> str | None:
        try:
            return None if value is None else date.fromisoformat(value).isoformat()
        except ValueError:
            raise ValueError("must be a date written YYYY-MM-DD") from None


def patient_routes(state: State) -> list[Route]:
    """The routes under /v1/patients."""

    async def make(request: Request) -> Response:
        new = problems.parse(NewPatient, await request.body())
        key = await run_in_threadpool(state.store.add_patient, new.identifier, new.infusion_date)
        await _record(state, AuditKind.PATIENT, key, audit_bodies.empty_body())
        return json_response({"key": key, "href": f"/v1/patients/{key}"}, 201)

    async def put(request: Request) -> Response:
        key, sample_id = request.path_params["key"], request.path_params["sample_id"]
        sample = problems.parse(Sample, _named(await request.body(), sample_id))
        row = requests.row(sample) | {"patient_id": key}
        said = audit_chain.entry(
            AuditKind.SAMPLE, CALLER.get().name, audit_bodies.sample_body(row), key
        )
        new = await run_in_threadpool(_keep, state, key, row, said)
        return json_response({"key": key, "sample_id": sample_id, "new": new}, 201 if new else 200)

    async def read(request: Request) -> Response:
        found = await run_in_threadpool(state.store.patient, request.path_params["key"])
        if found is None:
            raise Problem(404, NO_PATIENT)
        await _record(state, AuditKind.READ, found.key, audit_bodies.empty_body())
        return json_response(shown(found))

    async def listing(request: Request) -> Response:
        asked = patient_query.parse(request.query_params)
        found = await run_in_threadpool(state.store.page, asked)
        following = found[-1].key if len(found) == asked.limit else None
        keys = [patient.key for patient in found]
        await _record(state, AuditKind.LIST, None, audit_bodies.list_body(keys))
        return json_response({"patients": [brief(p) for p in found], "after": following})

    return [
        by_method("/v1/patients", post=make, get=listing),
        Route("/v1/patients/{key}", read, methods=["GET"]),
        Route("/v1/patients/{key}/samples/{sample_id}", put, methods=["PUT"]),
    ]


def brief(patient: StoredPatient) -> dict[str, Any]:
    """One line of the list: key, how many samples, the latest day."""
    days = [row["day"] for row in patient.rows]
    return {
        "key": patient.key,
        "href": f"/v1/patients/{patient.key}",
        "n_samples": len(days),
        "latest_day": days[-1] if days else None,
        "provenance": provenance(patient),
    }


def shown(patient: StoredPatient) -> dict[str, Any]:
    """A patient with all samples, ordered by day."""
    return brief(patient) | {
        "identifier": patient.identifier,
        "infusion_date": patient.infusion_date,
        "samples": [row_json.to_json(row) for row in patient.rows],
    }


def provenance(patient: StoredPatient) -> str:
    """`synthetic` as soon as one sample is."""
    synthetic = any(row["provenance"] == "synthetic" for row in patient.rows)
    return "synthetic" if synthetic else "real"


def _named(body: bytes, sample_id: str) -> bytes:
    """The body with the address's sample_id; a body that names another one is refused."""
    try:
        given = json.loads(body)
    except ValueError:
        raise Problem(400) from None
    if not isinstance(given, dict):
        return body
    if given.get("sample_id") is None:
        given["sample_id"] = sample_id
    if given["sample_id"] != sample_id:
        rule = "must be the one in the address, or left out"
        raise Problem(422, None, [{"field": "sample_id", "rule": rule}])
    return json.dumps(given).encode()


def _keep(state: State, key: str, row: Row, said: audit_chain.Entry) -> bool:
    """The sample and its entry in one transaction; True when it is new."""
    with writing(state.engine) as connection:
        if not has_patient(connection, key):
            raise Problem(404, NO_PATIENT)
        new = put_sample(connection, key, row)
        audit_chain.append(connection, state.audit_log.key, [said])
        return new


async def _record(
    state: State, kind: AuditKind, subject: str | None, body: Mapping[str, object]
) -> None:
    await state.audit_log.commit(audit_chain.entry(kind, CALLER.get().name, body, subject))
