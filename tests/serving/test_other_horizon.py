"""Models of other days than the default: every page, card, resource and answer shows theirs.

The expected risks are those of the models' own arrays, read at the horizon that each model's
folder names; no text may name a day of the default protocol.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

import numpy as np
import pytest

from features.measures.history import latest_with_history
from features.table.row import Row
from models.endpoints import ENDPOINTS
from models.frozen import FrozenModel
from models.persistence import save
from serving.assessment.wording import percent
from serving.requests_responses.row_json import to_json
from tests.serving.cohorts import cohort_numbers
from tests.serving.conftest import with_version
from tests.serving.fitted import joint_models, two_samples
from tests.serving.pages.test_page_routes import Page
from tests.serving.process import Running, command, end, launch

HOOK = "/cds-services/cd7watch-risk"
CALL = {"hook": "patient-view", "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea"}
READ_ALOUD = ("aria-label", "value", "alt", "title")
WINDOW = 10
DAY = 55  # of the current sample: inside the window of landmark 60, outside that of landmark 28


class Days(NamedTuple):
    """One model's days, as the test declares them: nothing here is read from the product."""

    landmark: int
    horizons: tuple[int, ...]
    primary: int

    @property
    def in_window(self) -> bool:
        """Whether the current sample is of the model's window."""
        return self.landmark - WINDOW < DAY <= self.landmark

    @property
    def listed(self) -> str:
        """`30 and 90`, or `30, 60 and 90`."""
        return ", ".join(map(str, self.horizons[:-1])) + f" and {self.horizons[-1]}"

    @property
    def period(self) -> str:
        """The time of the first risk, in the words of the patient's page."""
        if self.in_window:
            return f"within {self.primary} days after day {self.landmark}"
        return f"within {self.primary} days (sample of day {DAY} read as day {self.landmark})"


LATER = {"relapse": Days(60, (30, 90), 90), "fatal_infection": Days(60, (30, 90), 90)}
# 90 days are no default here: without a word of the model, the middle horizon would be shown.
MIXED = {"relapse": Days(28, (30, 180), 180), "fatal_infection": Days(60, (30, 60, 90), 90)}
# The days of each endpoint's model, and those that no text may name.
SCENARIOS = {
    "later": (LATER, r"\b(180|365|day 28|14 days)\b"),
    "mixed": (MIXED, r"\b(365|14 days)\b"),
}


@dataclass(frozen=True)
class Scenario:
    """A service with these models in service, one stored patient, and the texts it must not say."""

    running: Running
    key: str
    days: Mapping[str, Days]
    models: Mapping[str, FrozenModel]
    wrong: re.Pattern[str]

    def page(self, path: str, form: Mapping[str, str] | None = None) -> str:
        """What a reader sees or hears of a page, checked for wrong days."""
        body = urlencode(form).encode() if form else None
        headers = {"Accept": "text/html", "Content_Type": "application/x-www-form-urlencoded"}
        status, answer = self.running.ask(path, body, **headers)
        assert status == 200, (path, answer)
        page = Page(answer.decode())
        heard = [value or "" for _, name, value in page.attributes if name in READ_ALOUD]
        text = " ".join([page.text, *heard])
        assert not self.wrong.search(text), (path, self.wrong.findall(text))
        return text

    def json(self, path: str, request: object = None) -> Any:
        """An answer's document, checked for wrong days in every key, text and whole number."""
        body = None if request is None else json.dumps(request).encode()
        status, answer = self.running.ask(path, body)
        assert status < 300, (path, answer)
        document = json.loads(answer)
        self.check(document, path)
        return document

    def check(self, document: object, source: str) -> None:
        """No key, text or whole number of the document is a wrong day."""
        for leaf in leaves(document):
            assert not self.wrong.search(leaf), (source, leaf)

    def risk(self, endpoint: str, horizon: int) -> float:
        """The risk by the model's own arrays."""
        model, current = self.models[endpoint], latest_with_history(samples())
        values = np.array([[current.get(name) for name in model.features]], dtype=np.float64)
        risk: float = model.risks(values)[0, self.days[endpoint].horizons.index(horizon)]
        return risk

    def primary(self, endpoint: str) -> str:
        """The risk that must be shown first, as the pages write it."""
        return percent(self.risk(endpoint, self.days[endpoint].primary))

    def others(self, endpoint: str) -> list[str]:
        """The risks of the other horizons."""
        days = self.days[endpoint]
        others = set(days.horizons) - {days.primary}
        return [percent(self.risk(endpoint, horizon)) for horizon in others]


def leaves(value: object) -> Iterator[str]:
    """Every key, text and whole number in a JSON document, as text."""
    if isinstance(value, dict):
        yield from value
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            yield from leaves(part)
    elif isinstance(value, (str, int)):
        yield str(value)


def samples() -> list[Row]:
    """The test patient with a current sample of day 55."""
    rows = two_samples()
    rows[1] |= {"day": DAY, "sample_id": "current"}
    return rows


def numbered_model(endpoint: str, days: Days) -> FrozenModel:
    """A small model of these days, as `training export` would write it.

    Models of the same days come from one joint fit, others from a fit of their own.
    """
    facts = {"primary_horizon": days.primary, "landmark_window": WINDOW}
    models = joint_models(
        days.landmark, [ENDPOINTS[endpoint]], days.landmark, horizons=days.horizons, **facts
    )
    ends = days.primary, days.horizons[-1]
    cohort = cohort_numbers(landmark=days.landmark, horizons=ends)
    return with_version(models[endpoint], "1", cohort=cohort)


@pytest.fixture(scope="module", params=SCENARIOS)
def scenario(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Scenario]:
    """A real service with one stored patient, whose sample is of day 55."""
    days, wrong = SCENARIOS[request.param]
    var = tmp_path_factory.mktemp(request.param)
    models = {name: numbered_model(name, model_days) for name, model_days in days.items()}
    for name, model in models.items():
        save(model, var / name)
    done = command(var, "import", *(str(var / name) for name in models))
    assert done.returncode == 0, done.stderr
    running = launch(var)
    new = json.dumps({"identifier": "Bed 4", "infusion_date": "2026-01-01"}).encode()
    key = json.loads(running.ask("/v1/patients", new, "POST")[1])["key"]
    for row in samples():
        body = json.dumps(sample_json(row)).encode()
        status, answer = running.ask(f"/v1/patients/{key}/samples/{row['sample_id']}", body, "PUT")
        assert status == 201, answer
    yield Scenario(running, key, days, models, re.compile(wrong))
    assert end(running) == 0


def sample_json(row: Row) -> dict[str, Any]:
    """A sample as a client sends it."""
    columns = to_json(row | {"patient_id": None})
    return {name: value for name, value in columns.items() if value is not None}


def test_horizons_differ(scenario: Scenario) -> None:
    """The risks of the horizons are apart, or the tests below would show nothing."""
    for endpoint in scenario.days:
        assert scenario.primary(endpoint) not in scenario.others(endpoint)


def test_patient_page(scenario: Scenario) -> None:
    """Each card's number, figure and list of horizons are of its own model."""
    text = scenario.page(f"/patients/{scenario.key}")
    for endpoint, days in scenario.days.items():
        number = scenario.primary(endpoint)
        assert f"{number} {days.period}" in text
        assert f"of {number} within {days.primary} days" in text  # the waterfall's title
        assert f"Risk within {days.listed} days" in text
        for other in scenario.others(endpoint):
            assert f"{other} within" not in text
        name = endpoint.replace("_", " ")
        assert f"{name} ({number} within {days.primary} days)" in text  # the form


def test_trends_name_the_landmark_of_their_cohort(scenario: Scenario) -> None:
    """The range in the figures is that of the first model's cohort, on its landmark."""
    text = scenario.page(f"/patients/{scenario.key}")
    assert f"cohort on day {scenario.days['relapse'].landmark}, 5 to 95 %" in text


def test_ward_list(scenario: Scenario) -> None:
    """Risks and headings are those of the primary horizons; the head says from which days on."""
    for query in ("", "?sort=relapse", "?sort=fatal_infection&show=flagged", "?q=bed"):
        text = scenario.page(f"/{query}")
        for endpoint, days in scenario.days.items():
            name = endpoint.replace("_", " ").capitalize()
            assert f"{name} within {days.primary} days" in text
            if "flagged" not in query:
                assert f" {scenario.primary(endpoint)} " in text
            assert f"{days.primary} days after day {days.landmark}" in text


def test_window(scenario: Scenario) -> None:
    """Day 55 is outside the window of landmark 28 alone, and says so where it is."""
    outside = [name for name, days in scenario.days.items() if not days.in_window]
    ward, patient = scenario.page("/"), scenario.page(f"/patients/{scenario.key}")
    for text in (ward, patient):
        assert ("o sample in window" in text or "No sample within" in text) is bool(outside)
    if outside:
        assert "no sample in window (relapse)" in ward and "as if it were of day 28" in ward
        assert patient.count(f"No sample within the {WINDOW} days up to day 28") == 1


def test_model_page(scenario: Scenario) -> None:
    """Landmark, window, horizons and the horizon shown first are each model's own."""
    text = scenario.page("/model")
    for days in scenario.days.values():
        following = f"for the following {days.listed} days"
        assert f"at day {days.landmark}, {following}" in text
        assert f"the risk within {days.primary} days" in text
        assert f"day {days.landmark - WINDOW + 1} to {days.landmark}" in text


def test_cohort_page(scenario: Scenario) -> None:
    """Warnings, incidence and counts are of each model's landmark and horizons."""
    text = scenario.page("/cohort")
    for days in scenario.days.values():
        assert f"On day {days.landmark} the model would have warned" in text
        assert f"at risk on day {days.landmark}" in text
        assert f"within {days.primary} days" in text
        assert f"days after day {days.landmark}" in text


def test_pages_that_add(scenario: Scenario) -> None:
    """Forms and the quality report name no day of a model."""
    for path in (
        "/patients/new", f"/patients/{scenario.key}/samples/new",
        f"/patients/{scenario.key}/samples/current",
    ):  # fmt: skip
        scenario.page(path)


def test_a_decision_keeps_the_risk_that_was_read(scenario: Scenario, tmp_path: Path) -> None:
    """Page, interface, audit log and export name the primary horizon of the model at that time."""
    for endpoint, days in scenario.days.items():
        form = {"sample_id": "current", "endpoint": endpoint, "outcome": "override",
                "reason": "implausible"}  # fmt: skip
        text = scenario.page(f"/patients/{scenario.key}/decisions", form)
        name, horizon = endpoint.replace("_", " "), days.primary
        assert f"{name} ({scenario.primary(endpoint)} within {horizon} days) set aside" in text
        path = f"/v1/patients/{scenario.key}/acknowledgements"
        last = scenario.json(path)["acknowledgements"][-1]
        assert last["primary_horizon"] == horizon
        assert last["risks"][str(horizon)] == pytest.approx(scenario.risk(endpoint, horizon))
    done = command(scenario.running.var, "export", str(tmp_path / "out"))
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "out" / "overrides.jsonl").read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    assert [line["primary_horizon"] for line in lines] == [
        days.primary for days in scenario.days.values()
    ]
    for line in lines:
        scenario.check(line, "export")


def test_answers(scenario: Scenario) -> None:
    """Horizons, risks, landmarks and flags over HTTP are each model's own."""
    request = {"samples": [sample_json(row) for row in samples()]}
    for path in ("/v1/predict", "/v1/explain"):
        for endpoint, answer in scenario.json(path, request)["endpoints"].items():
            days = scenario.days[endpoint]
            assert answer["landmark"] == days.landmark
            risks = {one["horizon"]: one["risk"] for one in answer["horizons"]}
            assert risks == pytest.approx({h: scenario.risk(endpoint, h) for h in days.horizons})
            codes = [flag["code"] for flag in answer["flags"]]
            assert ("no_sample_in_window" in codes) is not days.in_window
    models = scenario.json("/v1/model")["models"]
    assert {name: model["landmark"] for name, model in models.items()} == {
        name: days.landmark for name, days in scenario.days.items()
    }
    scenario.json(f"/v1/patients/{scenario.key}")


def test_cards(scenario: Scenario) -> None:
    """A card's summary is the risk at the model's primary horizon."""
    scenario.json("/cds-services")
    cards = scenario.json(HOOK, CALL | {"context": {"patientId": "Bed 4"}})["cards"]
    for card, (endpoint, days) in zip(cards, scenario.days.items(), strict=True):
        first = f": {scenario.primary(endpoint)} within {days.primary} days"
        assert first in card["summary"]
        risk = scenario.risk(endpoint, days.primary)
        assert f"That is about {100 * risk:.0f} of 100 patients" in card["detail"]


def test_fhir(scenario: Scenario) -> None:
    """Predictions name each model's horizons after its landmark, with their dates."""
    bundle = scenario.json(f"/fhir/RiskAssessment?subject:identifier={scenario.key}")
    for entry, (endpoint, days) in zip(bundle["entry"], scenario.days.items(), strict=True):
        predictions = entry["resource"]["prediction"]
        for prediction, horizon in zip(predictions, days.horizons, strict=True):
            text = f"within {horizon} days after day {days.landmark}"
            assert text in prediction["outcome"]["text"]
            risk = scenario.risk(endpoint, horizon)
            assert prediction["probabilityDecimal"] == pytest.approx(100 * risk, abs=0.005)
