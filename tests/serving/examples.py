"""What the service answers to the examples that its own document gives, operation by operation."""

from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from serving.api.patient_routes import NewPatient
from serving.interop.cds_hooks import FeedbackRequest, HookRequest
from serving.requests_responses.requests import EXAMPLE, BatchRequest
from tests.serving.counts import write_counts

HOOK = "/cds-services/cd7watch-risk"


def example(model: Any) -> dict[str, Any]:
    """The example of a request model."""
    return dict(model.model_config["json_schema_extra"]["examples"][0])


def all_answers(client: TestClient, place: Path) -> dict[str, Any]:
    """Every operation's answer by name and status, in the order of a patient's life."""
    answers: dict[str, Any] = {}

    def ask(name: str, method: str, path: str, **request: Any) -> Any:
        answer = client.request(method, path, **request)
        assert answer.status_code < 300, (path, answer.text)
        return answers.setdefault(f"{name} {answer.status_code}", answer.json())

    ask("predict", "POST", "/v1/predict", json=EXAMPLE)
    ask("explain", "POST", "/v1/explain", json=EXAMPLE)
    ask("predictBatch", "POST", "/v1/predict_batch", json=example(BatchRequest))
    key = ask("makePatient", "POST", "/v1/patients", json=example(NewPatient))["key"]
    for sample in (*EXAMPLE["samples"], EXAMPLE["samples"][-1]):
        path = f"/v1/patients/{key}/samples/{sample['sample_id']}"
        ask("putSample", "PUT", path, json=sample)
    ask("readPatient", "GET", f"/v1/patients/{key}")
    ask("listPatients", "GET", "/v1/patients?limit=1")
    override = {"endpoint": "relapse", "outcome": "override", "reason": "implausible"}
    ask("acknowledge", "POST", f"/v1/patients/{key}/acknowledgements", json=override)
    ask("listAcknowledgements", "GET", f"/v1/patients/{key}/acknowledgements")
    ask("model", "GET", "/v1/model")
    ask("cdsDiscovery", "GET", "/cds-services")
    ask("cdsPatientView", "POST", HOOK, json=example(HookRequest))
    ask("cdsFeedback", "POST", f"{HOOK}/feedback", json=example(FeedbackRequest))
    ask("fhirMetadata", "GET", "/fhir/metadata")
    ask("fhirRiskAssessment", "GET", f"/fhir/RiskAssessment?subject:identifier={key}")
    upload(client, ask, write_counts(place / "sample.h5").read_bytes())
    return answers


def upload(client: TestClient, ask: Any, counts: bytes) -> None:
    """A count file at once, and as a job until it is done."""
    sent = {"content": counts, "headers": {"Content-Type": "application/octet-stream"}}
    ask("summarise", "POST", "/v1/summarise?day=28&enrichment=none", **sent)
    sent["headers"] = {**sent["headers"], "Prefer": "respond-async"}
    job = ask("summarise", "POST", "/v1/summarise?day=28&enrichment=none", **sent)
    while client.get(job["href"]).status_code == 202:
        ask("job", "GET", job["href"])
    ask("job", "GET", job["href"])
