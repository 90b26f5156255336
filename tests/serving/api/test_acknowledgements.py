"""Acknowledgements of a risk: stored, listed, exported without comment, erased."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from starlette.testclient import TestClient

from serving.__main__ import serving
from serving.api.acknowledgements import REASONS, Acknowledgement, add_acknowledgement
from serving.auth import tokens
from serving.interop.cds_hooks import OVERRIDE_REASONS
from serving.service import STATE
from serving.state import State
from serving.web.problems import Problem
from tests.serving.fitted import two_samples
from tests.serving.http_request import http_request
from tests.serving.patient_request import patient

COMMENT = "Mrs Doe knows"
OVERRIDE = {"endpoint": "relapse", "outcome": "override", "reason": "other", "comment": COMMENT}


def new_patient(client: TestClient) -> str:
    """The key of a new patient with two samples."""
    key: str = client.post("/v1/patients", json={}).json()["key"]
    for sample in patient()["samples"]:
        path = f"/v1/patients/{key}/samples/{sample['sample_id']}"
        assert client.put(path, json=sample).status_code == 201
    return key


def post(client: TestClient, key: str, **changed: Any) -> Any:
    """One acknowledgement; `changed` fields differ from OVERRIDE."""
    return client.post(f"/v1/patients/{key}/acknowledgements", json=OVERRIDE | changed)


def test_it_names_the_current_risk(client: TestClient) -> None:
    """Sample, version and risks are those that /v1/predict answers for the stored samples."""
    key = new_patient(client)
    answer = post(client, key)
    assert answer.status_code == 201, answer.text
    expected = client.post("/v1/predict", json=patient()).json()["endpoints"]["relapse"]
    risks = {str(horizon["horizon"]): horizon["risk"] for horizon in expected["horizons"]}
    entry = answer.json()
    assert (entry["sample_id"], entry["version"], entry["risks"]) == ("day28", "1", risks)
    assert (entry["by"], entry["reason"], entry["comment"]) == ("tests", "other", COMMENT)


def test_the_list_holds_all_of_one_patient(client: TestClient) -> None:
    """Oldest first, and none of another patient."""
    key, other = new_patient(client), new_patient(client)
    post(client, key)
    post(client, other)
    post(client, key, outcome="acknowledged", reason="seen")
    found = client.get(f"/v1/patients/{key}/acknowledgements").json()["acknowledgements"]
    assert [one["outcome"] for one in found] == ["override", "acknowledged"]


def test_only_a_clinician_may(client: TestClient) -> None:
    """A program's token cannot speak for a person, and a clinician's can."""
    key = new_patient(client)
    for role, status in (("service", 403), ("admin", 403), ("clinician", 201)):
        token = tokens.add(STATE.engine, f"only {role}", [role], renew=True)
        answer = client.post(
            f"/v1/patients/{key}/acknowledgements",
            json=OVERRIDE,
            headers={"Authorization": f"Bearer {token}"},
        )
        assert answer.status_code == status, role


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"endpoint": "cure"}, "endpoint"),
        ({"outcome": "ignored"}, "outcome"),
        ({"reason": "Mrs Doe said so"}, "reason"),
        ({"comment": ""}, "comment"),
        ({"signed": "Doe"}, "signed"),
    ],
)
def test_wrong_fields_are_422(client: TestClient, changed: dict[str, str], field: str) -> None:
    """Field and rule are named, what came is not repeated."""
    answer = post(client, new_patient(client), **changed)
    assert answer.status_code == 422 and "Doe" not in answer.text
    assert answer.json()["errors"][0]["field"] == field


def test_an_unknown_patient_is_404_and_an_empty_one_409(client: TestClient) -> None:
    """There is nothing to acknowledge."""
    assert post(client, "nobody").status_code == post(client, "a%00b").status_code == 404
    assert client.get("/v1/patients/nobody/acknowledgements").status_code == 404
    empty = client.post("/v1/patients", json={}).json()["key"]
    assert post(client, empty).status_code == 409


def test_the_export_holds_it_without_names_and_words(client: TestClient, tmp_path: Path) -> None:
    """Outcome, reason, version and risks leave; key, sample, and comment do not."""
    key = new_patient(client)
    entry = post(client, key).json()
    done = CliRunner().invoke(serving, ["export", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    text = (tmp_path / "out" / "overrides.jsonl").read_text()
    last = json.loads(text.splitlines()[-1])
    assert (last["outcome"], last["reason"], last["endpoint"]) == ("override", "other", "relapse")
    assert last["risks"]["relapse"] == entry["risks"] and last["versions"]["relapse"] == "1"
    assert "Doe" not in text and key not in text and "day28" not in text


def test_erasing_the_patient_erases_it(client: TestClient) -> None:
    """The words are gone from the record, which still verifies."""
    key = new_patient(client)
    post(client, key, comment="Qwertz-Doe")
    assert CliRunner().invoke(serving, ["erase", key]).exit_code == 0
    assert client.get(f"/v1/patients/{key}/acknowledgements").status_code == 404
    with STATE.engine.connect() as connection, connection.begin():
        query = "SELECT count(*) FROM audit WHERE body LIKE '%Qwertz-Doe%'"
        assert connection.exec_driver_sql(query).scalar() == 0
    assert CliRunner().invoke(serving, ["audit", "verify"]).exit_code == 0


def test_reasons_are_those_of_the_cards_and_the_model() -> None:
    """A code means the same here and in CDS Hooks; the contract takes exactly the listed codes."""
    assert dict(OVERRIDE_REASONS).items() <= REASONS.items()
    taken = Acknowledgement.model_json_schema()["properties"]["reason"]["enum"]
    assert taken == list(REASONS)


def test_without_a_model_there_is_nothing_to_acknowledge(state: State) -> None:
    """First a sample is missing, then a model that gives a risk."""
    key = state.store.add_patient()
    request = http_request("POST", body=OVERRIDE, key=key)
    with pytest.raises(Problem, match="no sample yet"):
        asyncio.run(add_acknowledgement(state, request))
    state.store.put_sample(key, two_samples()[1] | {"patient_id": key})
    with pytest.raises(Problem) as caught:
        asyncio.run(add_acknowledgement(state, http_request("POST", body=OVERRIDE, key=key)))
    (error,) = caught.value.errors
    assert caught.value.status == 422 and error["field"] == "endpoint"
    assert "(none is)" in error["rule"]
