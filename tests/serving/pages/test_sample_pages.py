"""Adding a patient and a sample through the pages keeps exactly what was entered."""

import json
from urllib.parse import urlencode

import pytest

from serving.storage.audit_chain import rows_of
from tests.serving.counts import write_counts

HTML = {"Accept": "text/html"}


@pytest.fixture
def key(client):
    """A patient made through the page."""
    form = {"identifier": "", "infusion_date": "2026-01-31"}
    answer = client.post("/patients/new", data=form, headers=HTML, follow_redirects=False)
    assert answer.status_code == 303
    return answer.headers["location"].split("/")[2]


def test_a_new_patient_has_a_day_zero(client, key):
    """What was filled in is what the interface reads."""
    found = client.get(f"/v1/patients/{key}").json()
    assert found["infusion_date"] == "2026-01-31" and found["samples"] == []
    answer = client.post("/patients/new", data={"infusion_date": "31.1.26"}, headers=HTML)
    assert answer.status_code == 422 and "YYYY-MM-DD" in answer.text


def test_an_entered_sample_is_stored_with_its_entry(client, key):
    """The report follows, the sample is stored, and the record holds it under the patient."""
    form = {"day": "28", "sample_id": "a/b 1", "monocyte_fraction": "2", "n_cells": "900"}
    answer = client.post(f"/patients/{key}/samples", data=form, headers=HTML)
    assert answer.status_code == 200 and "Sample a/b 1 of" in answer.text
    (sample,) = client.get(f"/v1/patients/{key}").json()["samples"]
    assert (sample["sample_id"], sample["monocyte_fraction"]) == ("a/b 1", 0.02)
    from serving.service import STATE

    with STATE.engine.connect() as connection:
        entry = list(rows_of(connection, ["sample"]))[-1]
    assert entry["subject"] == key
    assert json.loads(entry["body"])["sample"]["monocyte_fraction"] == 0.02


def test_a_refused_form_comes_back_filled(client, key):
    """The form returns with the sentence and what had been entered; nothing is stored."""
    form = {"day": "28", "monocyte_fraction": "200"}
    answer = client.post(f"/patients/{key}/samples", data=form, headers=HTML)
    assert answer.status_code == 422 and 'value="200"' in answer.text
    assert "Monocytes must be a number from 0 to 100 %" in answer.text
    assert client.get(f"/v1/patients/{key}").json()["samples"] == []


def test_an_uploaded_count_file_becomes_a_sample(client, key, tmp_path):
    """The stored row is that of /v1/summarise for the same file."""
    path = write_counts(tmp_path / "c.h5")
    columns = {"anc": "1.5", "car_gene": "CAR7", "patient_sex": "male", "donor_sex": "female"}
    with path.open("rb") as file:
        answer = client.post(
            f"/patients/{key}/samples/file", data=columns | {"day": "28"},
            files={"file": ("c.h5", file)}, headers=HTML,
        )  # fmt: skip
    assert answer.status_code == 200 and "Sample day 28 of" in answer.text, answer.text
    (sample,) = client.get(f"/v1/patients/{key}").json()["samples"]
    other = client.post(
        f"/v1/summarise?day=28&{urlencode(columns)}", content=path.read_bytes(),
        headers={"Content-Type": "application/octet-stream"},
    ).json()["features"]  # fmt: skip
    assert "no_car_gene" in sample["warnings"] and sample["donor_sex"] == "female"
    names = {"sample_id", "patient_id"}
    assert {n: v for n, v in sample.items() if n not in names} == {
        n: v for n, v in other.items() if n not in names
    }


@pytest.mark.parametrize(
    ("data", "reason"), [({}, "needs its day"), ({"day": "28"}, "could not|must")]
)
def test_a_file_that_is_none_is_refused_in_a_sentence(client, key, data, reason):
    """The form returns with the reason, and nothing is stored."""
    import re

    answer = client.post(
        f"/patients/{key}/samples/file", data=data, files={"file": ("c.h5", b"no")}, headers=HTML
    )
    assert answer.status_code == 422 and re.search(reason, answer.text)
    assert client.get(f"/v1/patients/{key}").json()["samples"] == []


def test_unknown_patients_and_samples(client, key):
    """Neither has a page."""
    assert client.get("/patients/nobody/samples/new", headers=HTML).status_code == 404
    assert client.get(f"/patients/{key}/samples/none", headers=HTML).status_code == 404
