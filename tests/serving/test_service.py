"""The service in process: predict, explain, batch, and what it refuses."""

import math

import pytest
from starlette.testclient import TestClient

from tests.serving.patient_request import patient


def test_predict_answers_both_endpoints_at_every_horizon(client: TestClient) -> None:
    """Risks lie in [0, 1], carry interval and version, and do not fall with the horizon."""
    answer = client.post("/v1/predict", json=patient())
    assert answer.status_code == 200, answer.text
    for endpoint in ("relapse", "fatal_infection"):
        found = answer.json()["endpoints"][endpoint]
        assert found["model"]["version"] == "1"
        risks = [horizon["risk"] for horizon in found["horizons"]]
        assert [horizon["horizon"] for horizon in found["horizons"]] == [90, 180, 365]
        assert risks == sorted(risks) and risks[0] > 0 and risks[-1] < 1


def test_explain_adds_up_to_the_risk(client: TestClient) -> None:
    """baseline + reasons = logit, and the logit's risk is the risk served, to 1e-9."""
    found = client.post("/v1/explain", json=patient()).json()["endpoints"]["relapse"]
    for horizon in found["horizons"]:
        total = horizon["baseline_logit"] + sum(r["contribution"] for r in horizon["reasons"])
        assert total == pytest.approx(horizon["logit"], abs=1e-9)
        assert 1 / (1 + math.exp(-total)) == pytest.approx(horizon["risk"], abs=1e-9)


def test_batch_equals_single_requests(client: TestClient) -> None:
    """A list is answered in its order with what each patient alone would get."""
    patients = [patient(), patient(monocyte_fraction=0.02)]
    batch = client.post("/v1/predict_batch", json={"patients": patients}).json()["answers"]
    for one, answer in zip(patients, batch, strict=True):
        assert client.post("/v1/predict", json=one).json()["endpoints"] == answer["endpoints"]
