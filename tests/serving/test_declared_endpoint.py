"""A declared fourth endpoint reaches every address, page and standard without a line of code.

Death without relapse is no endpoint of ours: its model's folder alone names it, its words and the
events that it consists of. A real service with four models of one joint fit is asked over HTTP.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from models.endpoints import ENDPOINTS
from models.frozen import FrozenModel
from models.persistence import save
from serving.assessment.endpoint_answer import model_input
from serving.assessment.wording import percent
from tests.serving.cohorts import cohort_numbers
from tests.serving.conftest import with_version
from tests.serving.counts import write_counts
from tests.serving.fitted import DEATH_WITHOUT_RELAPSE, joint_models, two_samples
from tests.serving.pages.test_page_routes import Page
from tests.serving.patient_request import patient
from tests.serving.process import Running, command, end, launch
from tests.serving.test_other_horizon import sample_json

NAME, WORDS = "death_without_relapse", "death without relapse"
ORDER = ["relapse", "fatal_infection", "severe_infection", NAME]
CALL = {"hook": "patient-view", "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea"}


@dataclass(frozen=True)
class Served:
    """A service with four models in service, and the key of its one patient."""

    running: Running
    models: Mapping[str, FrozenModel]
    key: str

    def json(self, path: str, request: object = None, method: str | None = None) -> Any:
        """An answer's document."""
        body = None if request is None else json.dumps(request).encode()
        status, answer = self.running.ask(path, body, method)
        assert status < 300, (path, answer)
        return json.loads(answer)

    def page(self, path: str, form: Mapping[str, str] | None = None) -> str:
        """What a reader sees of a page."""
        body = urlencode(form).encode() if form else None
        headers = {"Accept": "text/html", "Content_Type": "application/x-www-form-urlencoded"}
        status, answer = self.running.ask(path, body, **headers)
        assert status == 200, (path, answer)
        return Page(answer.decode()).text

    @property
    def risks(self) -> list[float]:
        """The declared endpoint's risks of the patient, by the model's own arrays."""
        model = self.models[NAME]
        risks: list[float] = model.risks(model_input(model, two_samples()[1])[None])[0].tolist()
        return risks


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The declared endpoint's folder is imported first; its risks must stand last."""
    var = tmp_path_factory.mktemp("declared")
    fitted = joint_models(31, [DEATH_WITHOUT_RELAPSE, *ENDPOINTS.values()])
    models = {n: with_version(m, "31", cohort=cohort_numbers()) for n, m in fitted.items()}
    for name, model in models.items():
        save(model, var / name)
    done = command(var, "import", *(str(var / name) for name in models))
    assert done.returncode == 0 and f"{NAME} version 31" in done.stdout, done.stderr
    running = launch(var)
    new = json.dumps({"identifier": "Bed 4", "infusion_date": "2026-01-01"}).encode()
    key = json.loads(running.ask("/v1/patients", new, "POST")[1])["key"]
    for row in two_samples():
        path = f"/v1/patients/{key}/samples/{row['sample_id']}"
        assert running.ask(path, json.dumps(sample_json(row)).encode(), "PUT")[0] == 201
    yield Served(running, models, key)
    assert end(running) == 0


def test_answers(service: Served) -> None:
    """Predict, explain and batch give its risks last, in the words of its model."""
    batch = service.json("/v1/predict_batch", {"patients": [patient()]})["answers"][0]
    for answer in (
        service.json("/v1/predict", patient()), service.json("/v1/explain", patient()), batch,
    ):  # fmt: skip
        assert list(answer["endpoints"]) == ORDER
        found = answer["endpoints"][NAME]
        assert (found["endpoint"], found["words"]) == (NAME, WORDS)
        assert [one["risk"] for one in found["horizons"]] == pytest.approx(service.risks, abs=1e-12)


def test_exclusive_risks_add_up_to_at_most_one(service: Served) -> None:
    """Relapse and death without relapse exclude each other, whatever the patient's values."""
    values = [(monocytes, s100) for monocytes in (0.01, 0.5) for s100 in (1.0, 5.0)]
    changed = [patient(monocyte_fraction=m, s100a8a9_leukocyte=s) for m, s in values]
    patients = {"patients": [patient(), *changed]}
    for answer in service.json("/v1/predict_batch", patients)["answers"]:
        by_endpoint = {
            name: [horizon["risk"] for horizon in endpoint["horizons"]]
            for name, endpoint in answer["endpoints"].items()
        }
        for relapse, fatal, severe, death in zip(*by_endpoint.values(), strict=True):
            assert relapse + death <= 1 and fatal <= severe and fatal <= death
        for risks in by_endpoint.values():
            assert risks == sorted(risks)


def test_a_count_file(service: Served, tmp_path: Path) -> None:
    """A summarised upload is assessed for it."""
    counts = write_counts(tmp_path / "sample.h5").read_bytes()
    path = "/v1/summarise?day=28&enrichment=none"
    status, body = service.running.ask(path, counts, Content_Type="application/octet-stream")
    assert status == 200 and list(json.loads(body)["assessment"]["endpoints"]) == ORDER


def test_models_and_document(service: Served) -> None:
    """The model is listed with its events, and the document takes and gives its name."""
    shown = service.json("/v1/model")["models"]
    assert list(shown) == ORDER and shown[NAME]["words"] == WORDS
    assert shown[NAME]["endpoint_events"] == ["fatal_infection", "other_death"]
    assert len({model["joint_fit"] for model in shown.values()}) == 1
    document = service.json("/v1/openapi.json")
    assert document["components"]["schemas"]["EndpointName"]["enum"] == ORDER
    assert WORDS in document["info"]["summary"]
    assert WORDS in service.page("/docs")


def test_patient_page_and_decision(service: Served) -> None:
    """A card, sentences, and a decision in its words; the record's interface names it."""
    page = service.page(f"/patients/{service.key}")
    risk = percent(service.risks[1])
    assert f"Death without relapse {risk} within 180 days" in page
    assert page.count("were it average, the risk would") > len(ORDER)
    form = {"sample_id": "day28", "endpoint": NAME, "outcome": "override", "reason": "known"}
    decided = service.page(f"/patients/{service.key}/decisions", form)
    assert f"{WORDS} ({risk} within 180 days) set aside" in decided
    path = f"/v1/patients/{service.key}/acknowledgements"
    made = service.json(path, {"endpoint": NAME, "outcome": "acknowledged", "reason": "seen"})
    assert (made["endpoint"], made["version"]) == (NAME, "31")
    assert [one["endpoint"] for one in service.json(path)["acknowledgements"]] == [NAME, NAME]


def test_ward_model_and_cohort_pages(service: Served) -> None:
    """A column and an order of the list, and a card on the other pages."""
    ward = service.page(f"/?sort={NAME}")
    assert "Death without relapse within 180 days" in ward and percent(service.risks[1]) in ward
    assert f"risk of {WORDS}" in ward
    model, cohort = service.page("/model"), service.page("/cohort")
    assert "together with relapse, fatal infection, severe infection" in model
    assert f"With {WORDS}" in model and "warned of" in cohort and "deaths without relapse" in cohort


def test_standards(service: Served) -> None:
    """A CDS Hooks card and a FHIR resource in its words."""
    (offer,) = service.json("/cds-services")["services"]
    assert WORDS in offer["description"]
    call = CALL | {"context": {"patientId": "Bed 4"}}
    cards = service.json("/cds-services/cd7watch-risk", call)["cards"]
    assert cards[-1]["summary"].startswith(f"Death without relapse: {percent(service.risks[1])}")
    assert "were it average" in cards[-1]["detail"]
    bundle = service.json(f"/fhir/RiskAssessment?subject:identifier={service.key}")
    resource = bundle["entry"][-1]["resource"]
    assert resource["method"]["text"].startswith(f"CD7Watch {WORDS}, version 31")
    first = resource["prediction"][0]
    assert first["outcome"] == {"text": "Death without relapse within 90 days after day 28"}
    assert first["probabilityDecimal"] == pytest.approx(100 * service.risks[0], abs=0.005)


def test_a_model_of_another_fit_alone_is_refused(service: Served, tmp_path: Path) -> None:
    """One sentence, exit code 2; what serves stays."""
    other = joint_models(32, [DEATH_WITHOUT_RELAPSE], n=60, refits=2)[NAME]
    save(with_version(other, "32"), tmp_path / "other")
    done = command(service.running.var, "import", str(tmp_path / "other"))
    assert done.returncode == 2 and "load its companions together" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    done = command(service.running.var, "rollback", "cure")
    assert done.returncode == 2 and NAME in done.stderr
    assert service.json("/v1/model")["models"][NAME]["version"] == "31"
