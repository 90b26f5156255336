"""A made-up fourth endpoint, declared in protocol.json alone, at every door of the service."""

import json
from typing import Any

import pytest

from features.table.feature_table import read_table
from serving.assessment.wording import percent
from tests.path.conftest import DECLARED, SERVED, TrainedState
from tests.serving.pages.test_page_routes import Page
from tests.serving.process import Running

NAME, WORDS = str(DECLARED["name"]), str(DECLARED["words"])
SAMPLE = {
    "day": 28, "provenance": "synthetic", "monocyte_fraction": 0.01, "t_fraction": 0.7,
    "s100a8a9_leukocyte": 4.2, "n_cells": 900,
}  # fmt: skip
PATIENT = "SIM00001"


@pytest.fixture(scope="module")
def loaded(state: TrainedState, service: Running) -> Running:
    """The running service with the cohort's patients."""
    state.output("serving", "load", state.tables()[0])
    return service


def ask(running: Running, path: str, body: object = None) -> Any:
    """JSON of an answer."""
    status, answer = running.ask(path, None if body is None else json.dumps(body).encode())
    assert status == 200, answer
    return json.loads(answer)


def page(running: Running, path: str) -> str:
    """What a reader sees of a page."""
    status, answer = running.ask(path, Accept="text/html")
    assert status == 200, answer
    return Page(answer.decode()).text


def key_of_patient(running: Running) -> str:
    """The service's key of one loaded patient, which the same identifier gets again."""
    _, answer = running.ask("/v1/patients", json.dumps({"identifier": PATIENT}).encode())
    return str(json.loads(answer)["key"])


def risks(answer: Any, endpoint: str) -> list[float]:
    """Risk at each horizon."""
    return [horizon["risk"] for horizon in answer["endpoints"][endpoint]["horizons"]]


def fhir_prediction(running: Running) -> Any:
    """The declared endpoint's prediction at 180 days in the patient's RiskAssessment."""
    key = key_of_patient(running)
    bundle = ask(running, f"/fhir/RiskAssessment?subject:identifier={key}")
    every = [p for entry in bundle["entry"] for p in entry["resource"].get("prediction", [])]
    outcome = f"{WORDS.capitalize()} within 180 days after day 28"
    (prediction,) = [p for p in every if p["outcome"]["text"] == outcome]
    return prediction


def test_the_folder_says_what_was_declared(state: TrainedState) -> None:
    """Manifest and card name the endpoint, its events and its cases as the cohort has them."""
    manifest = json.loads((state.model(NAME) / "manifest.json").read_text())
    others = json.loads((state.model("relapse") / "manifest.json").read_text())
    assert manifest["endpoint_words"] == {"singular": WORDS, "plural": DECLARED["plural"]}
    assert manifest["endpoint_events"] == DECLARED["events"]
    assert manifest["joint_fit"] == others["joint_fit"]
    assert WORDS in manifest["card"]


def test_predict_and_explain_answer_for_it(loaded: Running) -> None:
    """All four come; both addresses give one risk; reasons add up to it."""
    predicted = ask(loaded, "/v1/predict", {"samples": [SAMPLE]})
    explained = ask(loaded, "/v1/explain", {"samples": [SAMPLE]})
    assert set(predicted["endpoints"]) == set(explained["endpoints"]) == set(SERVED)
    assert explained["endpoints"][NAME]["words"] == WORDS
    assert risks(predicted, NAME) == pytest.approx(risks(explained, NAME), abs=1e-12)
    for horizon in explained["endpoints"][NAME]["horizons"]:
        total = horizon["baseline_logit"] + sum(r["contribution"] for r in horizon["reasons"])
        assert total == pytest.approx(horizon["logit"], abs=1e-9)


def test_its_risks_agree_with_the_others(state: TrainedState, loaded: Running) -> None:
    """Never below a fatal infection's, never falling, never over 100 % with relapse."""
    names = ("monocyte_fraction", "t_fraction", "s100a8a9_leukocyte", "n_cells", "crp", "plt")
    for row in read_table(state.tables()[0]).to_rows()[1:40:4]:
        values = {n: row[n] for n in names if row[n] == row[n]}
        answer = ask(loaded, "/v1/predict", {"samples": [values | {"day": 28}]})
        declared, fatal = risks(answer, NAME), risks(answer, "fatal_infection")
        assert declared == sorted(declared)
        assert all(d >= f - 1e-12 for d, f in zip(declared, fatal, strict=True))
        pairs = zip(declared, risks(answer, "relapse"), strict=True)
        assert all(d + r <= 1 + 1e-12 for d, r in pairs)


def test_ward_and_patient_page_show_it(loaded: Running) -> None:
    """A column of the ward and a card of the patient, with the risk that FHIR gives."""
    shown = percent(fhir_prediction(loaded)["probabilityDecimal"] / 100)
    assert WORDS.capitalize() in page(loaded, "/")
    patient = page(loaded, f"/patients/{key_of_patient(loaded)}")
    card = patient.split(f" {WORDS.capitalize()} ", 1)[1]
    assert card.startswith(shown), card[:100]
    assert WORDS in page(loaded, "/model").lower()


def test_a_record_system_gets_it(loaded: Running) -> None:
    """A card of CDS Hooks says its risk; the list of services names it."""
    (service,) = ask(loaded, "/cds-services")["services"]
    assert WORDS in service["description"]
    hook = {
        "hook": "patient-view", "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": {"patientId": PATIENT},
    }  # fmt: skip
    summaries = [c["summary"] for c in ask(loaded, "/cds-services/cd7watch-risk", hook)["cards"]]
    assert len(summaries) == len(SERVED)
    shown = percent(fhir_prediction(loaded)["probabilityDecimal"] / 100)
    start = f"{WORDS.capitalize()}: {shown} within 180 days after day 28"
    assert [summary for summary in summaries if summary.startswith(start)]


def test_the_interface_names_it(loaded: Running) -> None:
    """The endpoints of the document and of /v1/model are those in service."""
    assert list(ask(loaded, "/v1/model")["models"]) == list(SERVED)
    assert f"`{NAME}` ({WORDS})" in json.dumps(ask(loaded, "/v1/openapi.json"))


def test_it_is_acknowledged_like_any_other(loaded: Running) -> None:
    """A clinician's acknowledgement may be of it; one of an endpoint that nobody serves may not."""
    address = f"/v1/patients/{key_of_patient(loaded)}/acknowledgements"
    note = {"outcome": "acknowledged", "reason": "seen"}
    answers = [
        loaded.ask(address, json.dumps(note | {"endpoint": name}).encode())
        for name in (NAME, "no_such_endpoint")
    ]
    assert [status for status, _ in answers] == [201, 422], answers
