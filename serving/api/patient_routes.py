"""Routes under /v1/patients: make a patient, store a sample, read a patient, list them."""

import json
from datetime import date
from functools import partial

from pydantic import BaseModel, ConfigDict, Field, field_validator
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from features.table.row import number
from models.manifest import Provenance
from serving.api.json_responses import json_response
from serving.api.sample_covariates import check_covariates
from serving.auth.caller_entry import caller_entry, commit_entry
from serving.requests_responses import requests, row_json
from serving.requests_responses.requests import Sample
from serving.requests_responses.resource_responses import (
    PatientBrief,
    PatientList,
    PatientMade,
    PatientShown,
    SampleKept,
)
from serving.state import State
from serving.storage import audit_bodies, patient_query
from serving.storage.audit_kinds import AuditKind
from serving.storage.audited_sample import put_audited_sample
from serving.storage.store import StoredPatient
from serving.web import problems
from serving.web.problems import Problem
from serving.web.routing import by_method

NO_PATIENT = "No patient has this key; POST /v1/patients makes one and answers its key."


class NewPatient(BaseModel):
    """A patient to store: the hospital's identifier, which never appears in an address."""

    model_config = requests.STRICT | ConfigDict(
        json_schema_extra={"examples": [{"identifier": "MRN-1077", "infusion_date": "2026-01-31"}]}
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
    """The routes under /v1/patients.

    Handlers take the state first and are bound to it here, so that a test can call them.
    """
    return [
        by_method(
            "/v1/patients", post=partial(make_patient, state), get=partial(list_patients, state)
        ),
        Route("/v1/patients/{key}", partial(read_patient, state), methods=["GET"]),
        Route(
            "/v1/patients/{key}/samples/{sample_id}",
            partial(store_sample, state),
            methods=["PUT"],
        ),
    ]


async def make_patient(state: State, request: Request) -> Response:
    """A new patient's key; 201."""
    new = problems.parse(NewPatient, await request.body())
    key = await run_in_threadpool(state.store.add_patient, new.identifier, new.infusion_date)
    await commit_entry(state.audit_log, AuditKind.PATIENT, audit_bodies.empty_body(), key)
    answer: PatientMade = {"key": key, "href": f"/v1/patients/{key}"}
    return json_response(answer, 201)


async def store_sample(state: State, request: Request) -> Response:
    """Store one sample of a patient; 201 when it is new, 200 when it replaces an earlier one."""
    key, sample_id = request.path_params["key"], request.path_params["sample_id"]
    sample = problems.parse(Sample, _with_sample_id(await request.body(), sample_id))
    check_covariates([((), sample)], state.active_models.current())
    row = requests.row(sample) | {"patient_id": key}
    entry = caller_entry(AuditKind.SAMPLE, audit_bodies.sample_body(row), key)
    new = await run_in_threadpool(put_audited_sample, state.audit_log, key, row, entry)
    if new is None:
        raise Problem(404, NO_PATIENT)
    answer: SampleKept = {"key": key, "sample_id": sample_id, "new": new}
    return json_response(answer, 201 if new else 200)


async def read_patient(state: State, request: Request) -> Response:
    """One patient with all samples; 404 for an unknown key."""
    patient = await run_in_threadpool(state.store.patient, request.path_params["key"])
    if patient is None:
        raise Problem(404, NO_PATIENT)
    await commit_entry(state.audit_log, AuditKind.READ, audit_bodies.empty_body(), patient.key)
    return json_response(patient_document(patient))


async def list_patients(state: State, request: Request) -> Response:
    """One page of patients, and the key after which the next page begins."""
    query = patient_query.parse(request.query_params)
    patients = await run_in_threadpool(state.store.page, query)
    last = patients[-1].key if len(patients) == query.limit else None
    keys = [patient.key for patient in patients]
    await commit_entry(state.audit_log, AuditKind.LIST, audit_bodies.list_body(keys))
    answer: PatientList = {"patients": [patient_brief(p) for p in patients], "after": last}
    return json_response(answer)


def patient_brief(patient: StoredPatient) -> PatientBrief:
    """One line of the list: key, how many samples, the latest day."""
    days = [int(number(row, "day")) for row in patient.rows]
    return {
        "key": patient.key,
        "href": f"/v1/patients/{patient.key}",
        "n_samples": len(days),
        "latest_day": days[-1] if days else None,
        "provenance": provenance(patient),
    }


def patient_document(patient: StoredPatient) -> PatientShown:
    """A patient with all samples, ordered by day."""
    return {
        **patient_brief(patient),
        "identifier": patient.identifier,
        "infusion_date": patient.infusion_date,
        "samples": [row_json.to_json(row) for row in patient.rows],
        "samples_of_other_schema": list(patient.samples_of_other_schema),
    }


def provenance(patient: StoredPatient) -> Provenance:
    """`synthetic` as soon as one sample is."""
    synthetic = any(row["provenance"] == "synthetic" for row in patient.rows)
    return "synthetic" if synthetic else "real"


def _with_sample_id(body: bytes, sample_id: str) -> bytes:
    """The body with the address's sample_id; a body that names another one is refused."""
    try:
        sample = json.loads(body)
    except ValueError:
        raise Problem(400) from None
    if not isinstance(sample, dict):
        return body
    if sample.get("sample_id") is None:
        sample["sample_id"] = sample_id
    if sample["sample_id"] != sample_id:
        rule = "must be the one in the address, or left out"
        raise Problem(422, None, [{"field": "sample_id", "rule": rule}])
    return json.dumps(sample).encode()
