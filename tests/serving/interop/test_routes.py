"""CDS Hooks and FHIR over HTTP, for stored patients."""

import asyncio
import json
import uuid

import pytest

from serving.interop.routes import list_services, search_risks
from serving.requests_responses.row_json import to_json
from serving.web.problems import Problem
from tests.serving.fitted import two_samples
from tests.serving.http_request import http_request

HOOK = "/cds-services/cd7watch-risk"


@pytest.fixture(scope="module")
def patient(client):
    """A stored patient under the hospital's identifier."""
    new = {"identifier": "MRN-77", "infusion_date": "2026-01-01"}
    key = client.post("/v1/patients", json=new).json()["key"]
    for sample in two_samples():
        body = {n: v for n, v in to_json(sample | {"patient_id": None}).items() if v is not None}
        client.put(f"/v1/patients/{key}/samples/{sample['sample_id']}", json=body)
    return key


def hook_call(patient_id):
    """A call of the hook as an EHR sends it."""
    context = {"userId": "Practitioner/1", "patientId": patient_id}
    return {"hook": "patient-view", "hookInstance": str(uuid.uuid4()), "context": context}


def test_discovery(client):
    """The hook's address follows from discovery."""
    (service,) = client.get("/cds-services").json()["services"]
    assert f"/cds-services/{service['id']}" == HOOK


def test_hook_answers_cards_for_the_identifier(client, patient):
    """The hospital's own identifier finds the patient; the link leads to the page."""
    answer = client.post(HOOK, json=hook_call("MRN-77"))
    assert answer.status_code == 200, answer.text
    cards = answer.json()["cards"]
    assert len(cards) == 3
    assert all(card["links"][0]["url"].endswith(f"/patients/{patient}") for card in cards)


def test_unknown_patient_gets_no_cards(client):
    """A patient who is not ours is no error."""
    answer = client.post(HOOK, json=hook_call("nobody"))
    assert (answer.status_code, answer.json()) == (200, {"cards": []})


def test_patient_without_samples_is_412(client):
    """Missing data is a failed precondition, as the specification has it."""
    client.post("/v1/patients", json={"identifier": "MRN-78"})
    answer = client.post(HOOK, json=hook_call("MRN-78"))
    assert answer.status_code == 412
    assert answer.headers["content-type"] == "application/problem+json"


def test_feedback_is_recorded(client):
    """Feedback is answered with 200 and kept in the record."""
    given = {
        "card": str(uuid.uuid4()),
        "outcome": "overridden",
        "outcomeTimestamp": "2026-01-01T00:00:00Z",
        "overrideReason": {"reason": {"code": "known"}},
    }
    assert client.post(f"{HOOK}/feedback", json={"feedback": [given]}).status_code == 200
    assert client.post(f"{HOOK}/feedback", json={"feedback": []}).status_code == 422


def test_search_answers_what_explain_answers(client, patient):
    """Every endpoint's resource, by key or identifier, holds the risks of explain in percent."""
    samples = [{n: v for n, v in to_json(row).items() if v is not None} for row in two_samples()]
    meant = client.post("/v1/explain", json={"samples": samples}).json()["endpoints"]
    for name in (patient, "MRN-77", "urn:hospital|MRN-77"):
        answer = client.get("/fhir/RiskAssessment", params={"subject:identifier": name})
        assert answer.headers["content-type"].startswith("application/fhir+json")
        bundle = answer.json()
        assert bundle["total"] == 3
        for entry, endpoint in zip(bundle["entry"], meant.values(), strict=True):
            percentages = [p["probabilityDecimal"] for p in entry["resource"]["prediction"]]
            risks = [100 * horizon["risk"] for horizon in endpoint["horizons"]]
            assert percentages == pytest.approx(risks, abs=0.005)


def test_search_needs_a_patient_and_may_find_none(client):
    """Without a subject 400, with an unknown one an empty bundle."""
    assert client.get("/fhir/RiskAssessment").status_code == 400
    answer = client.get("/fhir/RiskAssessment", params={"subject:identifier": "nobody"})
    assert answer.json()["total"] == 0


def test_a_handler_needs_no_application(client):
    """The functions behind the addresses answer a request that was made by hand."""
    from serving.service import STATE

    unknown = http_request(query="subject:identifier=nobody")
    answer = asyncio.run(search_risks(STATE, unknown))
    assert json.loads(answer.body)["total"] == 0
    with pytest.raises(Problem, match="needs the patient"):
        asyncio.run(search_risks(STATE, http_request()))
    assert json.loads(asyncio.run(list_services(STATE, http_request())).body)["services"]


def test_capability_statement(client):
    """FHIR clients begin here."""
    assert client.get("/fhir/metadata").json()["resourceType"] == "CapabilityStatement"
