"""predict and explain from a parsed body: an audited answer, or a problem without a value."""

import asyncio
import json
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from sqlalchemy import select
from starlette.responses import Response

from features.table.row import Row
from models.endpoints import ENDPOINTS
from serving.api.predict_routes import answer_batch, answer_one
from serving.assessment.answer import PredictAnswer
from serving.assessment.assess import assess
from serving.assessment.served_model import ServedModel
from serving.model_store.versions_in_service import install
from serving.requests_responses.requests import BatchRequest, PatientRequest
from serving.state import State
from serving.storage.audit_kinds import AuditKind
from serving.storage.tables import audit
from serving.web.bentoml_adapter import ParsedRequest
from serving.web.problems import Problem
from tests.serving.patient_request import patient


@pytest.fixture
def serving_state(state: State, model_folders: dict[str, Path]) -> State:
    """The state with the three endpoints' models in service."""
    install([model_folders[name] for name in ENDPOINTS], state.audit_log, "tests")
    state._refresh_models()
    return state


def request() -> PatientRequest:
    """One patient's two samples."""
    return PatientRequest.model_validate(patient())


def audit_bodies(state: State, kind: str) -> list[dict[str, object]]:
    """The bodies of a kind's audit entries, oldest first."""
    query = select(audit.c.body).where(audit.c.kind == kind).order_by(audit.c.number)
    with state.engine.connect() as connection, connection.begin():
        return [json.loads(body) for body in connection.scalars(query)]


def content(response: Response) -> dict[str, object]:
    """The response's JSON."""
    answer: dict[str, object] = json.loads(bytes(response.body))
    return answer


def test_a_refused_body_is_answered_with_its_problem(state: State) -> None:
    """Nothing is assessed and nothing is audited."""
    refused = ParsedRequest[PatientRequest](Problem(422), "r1")
    response = asyncio.run(answer_one(state, AuditKind.PREDICT, refused, assess))
    assert response.status_code == 422 and content(response)["request_id"] == "r1"
    assert audit_bodies(state, "predict") == []


def test_without_a_model_it_is_503(state: State) -> None:
    """The answer says who can change that, and when to try again."""
    response = asyncio.run(
        answer_one(state, AuditKind.PREDICT, ParsedRequest(request(), "r1"), assess)
    )
    assert response.status_code == 503 and response.headers["retry-after"] == "10"


def test_an_answer_and_its_entry_hold_the_same_risks(serving_state: State) -> None:
    """The entry holds the samples without patient_id, and risks and versions as answered."""
    parsed = ParsedRequest(request(), "r1")
    answer = content(asyncio.run(answer_one(serving_state, AuditKind.PREDICT, parsed, assess)))
    (body,) = audit_bodies(serving_state, "predict")
    endpoints = answer["endpoints"]
    assert isinstance(endpoints, dict)
    assert body["risks"] == {
        name: {str(h["horizon"]): h["risk"] for h in endpoint["horizons"]}
        for name, endpoint in endpoints.items()
    }
    assert body["versions"] == dict.fromkeys(ENDPOINTS, "1")
    assert isinstance(body["samples"], list) and len(body["samples"]) == 2
    assert all("patient_id" not in sample for sample in body["samples"])


def test_a_batch_has_an_entry_for_each_patient(serving_state: State) -> None:
    """Answers in the order of the request, each with the risks of its entry."""
    batch = BatchRequest(patients=[request(), request()])
    response = asyncio.run(answer_batch(serving_state, ParsedRequest(batch, "r1")))
    answers = content(response)["answers"]
    assert isinstance(answers, list)
    assert len(answers) == len(audit_bodies(serving_state, "predict")) == 2


def test_our_fault_is_500_without_its_message(
    serving_state: State, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither answer nor log holds the message, which may hold a patient's value."""

    def fails(
        rows: Sequence[Row], models: Mapping[str, ServedModel], request_id: str
    ) -> PredictAnswer:
        raise ArithmeticError("Jane Doe 0.123")

    parsed = ParsedRequest(request(), "r1")
    with caplog.at_level(logging.ERROR, logger="bentoml.cd7watch"):
        response = asyncio.run(answer_one(serving_state, AuditKind.PREDICT, parsed, fails))
    assert response.status_code == 500 and b"Doe" not in response.body
    (message,) = [record.getMessage() for record in caplog.records]
    assert "ArithmeticError" in message and "in fails" in message and "Doe" not in message
