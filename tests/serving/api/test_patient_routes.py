"""Stored patients over HTTP."""

import asyncio
import json

import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

from serving.api.patient_routes import list_patients, make_patient, read_patient, store_sample
from serving.service import STATE
from serving.state import State
from serving.storage.tables import audit
from serving.web.problems import Problem
from tests.serving.http_request import http_request
from tests.serving.patient_request import patient


def new_patient(client: TestClient, **about: str) -> str:
    """The key of a patient just made."""
    made = client.post("/v1/patients", json=about)
    assert made.status_code == 201, made.text
    return str(made.json()["key"])


def entries(kind: str, subject: str) -> int:
    """How many entries of a kind the record holds about a patient."""
    query = select(func.count()).where(audit.c.kind == kind, audit.c.subject == subject)
    with STATE.engine.connect() as connection, connection.begin():
        return connection.scalar(query) or 0


def test_a_patient_is_made_filled_and_read(client: TestClient) -> None:
    """PUT answers 201, then 200 for the same sample; GET returns both samples by day."""
    key = new_patient(client, identifier="MRN-2077", infusion_date="2026-01-31")
    before, now = patient()["samples"]
    for sample, status in ((now, 201), (before, 201), (now, 200)):
        path = f"/v1/patients/{key}/samples/{sample['sample_id']}"
        assert client.put(path, json=sample).status_code == status
    found = client.get(f"/v1/patients/{key}").json()
    assert (found["identifier"], found["infusion_date"]) == ("MRN-2077", "2026-01-31")
    assert [sample["sample_id"] for sample in found["samples"]] == ["before", "day28"]
    for name, value in now.items():
        assert found["samples"][1][name] == value or name == "patient_id"
    assert entries("sample", key) == 3 and entries("read", key) == 1


def test_a_sample_without_its_patient_is_404(client: TestClient) -> None:
    """Nothing is stored, and the answer says how to make a patient."""
    answer = client.put("/v1/patients/none/samples/a", json={"day": 28})
    assert answer.status_code == 404 and "POST /v1/patients" in answer.json()["detail"]
    assert entries("sample", "none") == 0


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"day": 28, "sample_id": "other"}, "sample_id"),
        ({"day": "28"}, "day"),
        ({"day": 28, "monocyte_fraction": 7}, "monocyte_fraction"),
        ([], "body"),
    ],
)
def test_a_wrong_sample_is_422(client: TestClient, body: object, field: str) -> None:
    """The field and its rule are named."""
    answer = client.put(f"/v1/patients/{new_patient(client)}/samples/a", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field


def test_a_wrong_date_is_422(client: TestClient) -> None:
    """The rule is named without repeating the input."""
    answer = client.post("/v1/patients", json={"infusion_date": "31.1.2026"})
    assert answer.status_code == 422 and "31.1" not in answer.text
    assert "YYYY-MM-DD" in answer.json()["errors"][0]["rule"]


def test_the_list_has_pages(client: TestClient) -> None:
    """Going on by `after` reaches every patient once."""
    made = {new_patient(client) for _ in range(3)}
    seen: list[str] = []
    after = ""
    while after is not None:
        page = client.get(f"/v1/patients?limit=2{after and f'&after={after}'}").json()
        seen += [one["key"] for one in page["patients"]]
        after = page["after"]
    assert made <= set(seen) and len(seen) == len(set(seen))


def test_the_model_route_describes_the_models_in_service(client: TestClient) -> None:
    """Version, state, gate and training counts of both endpoints."""
    models = client.get("/v1/model").json()["models"]
    assert models["relapse"]["version"] == models["fatal_infection"]["version"] == "1"
    assert models["relapse"]["state"] == "candidate" and models["relapse"]["gate"]["failed"]
    assert models["relapse"]["training"]["n_patients"]["180"] > 0


def test_handlers_answer_without_an_application(state: State) -> None:
    """Made, filled, listed, read: each handler is a function of state and request."""
    made = asyncio.run(make_patient(state, http_request("POST", body={"identifier": "MRN-1"})))
    key = json.loads(bytes(made.body))["key"]
    request = http_request("PUT", body={"day": 28, "hb": 9.5}, key=key, sample_id="a")
    assert asyncio.run(store_sample(state, request)).status_code == 201
    page = json.loads(bytes(asyncio.run(list_patients(state, http_request(query="limit=1"))).body))
    read = json.loads(bytes(asyncio.run(read_patient(state, http_request(key=key))).body))
    (brief,) = page["patients"]
    assert brief == {name: read[name] for name in brief} and page["after"] == key
    assert (read["latest_day"], read["provenance"], read["samples"][0]["hb"]) == (28, "real", 9.5)
    with pytest.raises(Problem, match="No patient has this key"):
        asyncio.run(read_patient(state, http_request(key="none")))
