"""Uploads: the table's features through the service, and what happens to bad files."""

import asyncio
import json
import math
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from starlette.testclient import TestClient

from features.errors import InputError
from features.pipeline.sample import summarise
from features.table.sample_sheet import sheet_row
from serving.api.summarise_route import Uploads, read_job, summarise_answer
from serving.api.summarise_route import summarise as summarise_handler
from serving.service import STATE
from serving.state import State
from serving.uploads import reader_pool, upload
from serving.web.problems import Problem
from tests.serving import patient_request
from tests.serving.counts import write_counts
from tests.serving.fitted import two_samples
from tests.serving.http_request import http_request

BINARY = {"Content-Type": "application/octet-stream"}


@pytest.fixture(scope="module")
def counts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """400 simulated cells."""
    return write_counts(tmp_path_factory.mktemp("counts") / "sample.h5")


def same(features: dict[str, Any], row: dict[str, Any]) -> bool:
    """Every column of the row to the last bit, null for NaN."""
    plain = {n: None if isinstance(v, float) and math.isnan(v) else v for n, v in row.items()}
    return features == plain


def test_an_upload_gets_the_tables_features_and_a_risk(client: TestClient, counts: Path) -> None:
    """Raw body, context as query: the row that `summarise` makes, explained."""
    query = "day=28&enrichment=none&anc=1.5&sample_id=s1&patient_id=p1"
    answer = client.post(f"/v1/summarise?{query}", content=counts.read_bytes(), headers=BINARY)
    assert answer.status_code == 200, answer.text
    context = {"day": 28, "sample_id": "s1", "patient_id": "p1", "enrichment": "none", "anc": 1.5}
    assert same(answer.json()["features"], summarise(sheet_row(counts, **context)))
    relapse = answer.json()["assessment"]["endpoints"]["relapse"]
    assert relapse["horizons"] or relapse["abstained"]["reason"]
    assert answer.json()["provenance"] == "synthetic" and answer.json()["no_assessment"] is None


def test_a_form_says_the_same_as_a_raw_body(client: TestClient, counts: Path) -> None:
    """A file part and a JSON part `sample` give the features that the query gives."""
    sample = {"day": 28, "enrichment": "none", "plt": 50}
    form = client.post(
        "/v1/summarise",
        files={"file": ("secret-name.h5", counts.read_bytes())},
        data={"sample": json.dumps(sample)},
    )
    raw = client.post(
        "/v1/summarise?day=28&enrichment=none&plt=50", content=counts.read_bytes(), headers=BINARY
    )
    assert form.status_code == 200, form.text
    assert form.json()["features"] == raw.json()["features"]


def test_a_pooled_file_needs_a_selector(client: TestClient, counts: Path, tmp_path: Path) -> None:
    """Refused as the command line refuses it; with `cells` the row of those cells alone."""
    pooled = tmp_path / "pooled.h5"
    pooled.write_bytes(counts.read_bytes())
    suffixes = [1 + i % 2 for i in range(400)]
    bases = [["ACGT"[i // 4**k % 4] for k in range(8)] for i in range(400)]
    with h5py.File(pooled, "a") as file:
        del file["matrix/barcodes"]
        names = [f"{''.join(b)}-{s}" for b, s in zip(bases, suffixes, strict=True)]
        file["matrix/barcodes"] = np.array(names, "S")
    address = "/v1/summarise?day=28&enrichment=none"
    answer = client.post(address, content=pooled.read_bytes(), headers=BINARY)
    assert answer.status_code == 422
    assert "its barcodes end in 2 ways (-1, -2, ...)" in answer.json()["detail"]
    with pytest.raises(InputError) as problem:
        summarise(sheet_row(pooled, day=28))
    assert str(problem.value).removeprefix("pooled.h5") in answer.json()["detail"]
    for cells, n_cells in (("barcode=*-2", 200), ("all", 400)):
        answer = client.post(
            f"{address}&cells={cells}", content=pooled.read_bytes(), headers=BINARY
        )
        assert answer.status_code == 200, answer.text
        context = {"day": 28, "enrichment": "none", "cells": cells}
        assert same(answer.json()["features"], summarise(sheet_row(pooled, **context)))
        assert answer.json()["features"]["n_cells"] == n_cells
    answer = client.post(
        f"{address}&cells=barcodes=/etc/passwd", content=pooled.read_bytes(), headers=BINARY
    )
    assert answer.status_code == 422
    assert "names a file" in answer.json()["detail"]


def test_a_stored_patients_earlier_samples_are_the_history(
    client: TestClient, counts: Path
) -> None:
    """The answer is /v1/explain's of all earlier samples and this one; later ones play no part."""
    key = client.post("/v1/patients", json={}).json()["key"]
    before, now = patient_request.patient()["samples"]
    for name, sample in (("before", before), ("later", now | {"day": 90})):
        body = {n: v for n, v in sample.items() if n != "sample_id"}
        assert client.put(f"/v1/patients/{key}/samples/{name}", json=body).status_code == 201
    answer = client.post(
        f"/v1/summarise?day=28&sample_id=s1&patient_key={key}",
        content=counts.read_bytes(),
        headers=BINARY,
    ).json()
    assert "features" in answer, answer
    ours = {n: v for n, v in answer["features"].items() if v is not None and n != "patient_id"}
    meant = client.post("/v1/explain", json={"samples": [_unnamed(before), ours]}).json()
    assert answer["assessment"]["endpoints"] == meant["endpoints"]
    assert answer["assessment"]["sample"]["n_samples"] == 2
    assert len(client.get(f"/v1/patients/{key}").json()["samples"]) == 2, "nothing is stored"


def _unnamed(sample: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in sample.items() if name != "patient_id"}


def test_an_unknown_patient_key_is_404(client: TestClient, counts: Path) -> None:
    """Before the file is read."""
    path = "/v1/summarise?day=28&patient_key=nobody"
    assert client.post(path, content=counts.read_bytes(), headers=BINARY).status_code == 404


def test_without_a_day_there_are_features_and_no_risk(client: TestClient, counts: Path) -> None:
    """And the answer says why."""
    answer = client.post("/v1/summarise", content=counts.read_bytes(), headers=BINARY).json()
    assert answer["assessment"] is None and "no day came" in answer["no_assessment"]
    assert answer["features"]["n_cells"] > 200 and answer["features"]["day"] is None


def test_a_job_answers_later_and_only_to_its_owner(client: TestClient, counts: Path) -> None:
    """202 with an address to poll, then the same answer; another token sees no such job."""
    from serving.auth import tokens

    accepted = client.post(
        "/v1/summarise?day=28",
        content=counts.read_bytes(),
        headers=BINARY | {"Prefer": "respond-async"},
    )
    assert accepted.status_code == 202
    place = accepted.headers["location"]
    other = tokens.add(STATE.engine, "another", ["service"], renew=True)
    assert client.get(place, headers={"Authorization": f"Bearer {other}"}).status_code == 404
    waited = time.monotonic()
    while (answer := client.get(place)).status_code == 202 and time.monotonic() - waited < 60:
        time.sleep(0.2)
    assert answer.status_code == 200 and answer.json()["assessment"]["endpoints"]["relapse"]


def test_nothing_of_an_upload_stays(client: TestClient, counts: Path) -> None:
    """The file is gone when its answer has left."""
    from features.settings import var_dir

    client.post("/v1/summarise", content=counts.read_bytes()[:5000], headers=BINARY)
    client.post("/v1/summarise?day=28", content=counts.read_bytes(), headers=BINARY)
    assert list((var_dir() / "uploads").iterdir()) == []


@pytest.mark.parametrize(
    ("query", "body", "sentence"),
    [
        ("", b"no count file", "count file must be"),
        ("", b"", "none came"),
        ("?day=x", b"a", "day"),
        ("?day=28.5", b"a", "day"),
        ("?strategy=blocked", b"a", "each field must be one of"),
        ("?enrichment=some", b"a", "enrichment must be one of"),
    ],
)
def test_bad_uploads_are_422(client: TestClient, query: str, body: bytes, sentence: str) -> None:
    """One sentence with rule and way out."""
    answer = client.post(f"/v1/summarise{query}", content=body, headers=BINARY)
    assert answer.status_code == 422 and sentence in answer.text


def test_a_truncated_file_is_422(client: TestClient, counts: Path) -> None:
    """Half a file is named as such."""
    body = counts.read_bytes()
    answer = client.post("/v1/summarise", content=body[: len(body) // 2], headers=BINARY)
    assert answer.status_code == 422 and "whole" in answer.json()["detail"]


def test_too_few_cells_are_refused_with_the_reason(client: TestClient, tmp_path: Path) -> None:
    """A quality refusal is the caller's to know."""
    few = write_counts(tmp_path / "few.h5", n_cells=50)
    answer = client.post("/v1/summarise?day=28", content=few.read_bytes(), headers=BINARY)
    assert answer.status_code == 422 and "200 usable" in answer.json()["detail"]


@pytest.mark.parametrize("part", ["[1]", "{", '{"day": [28]}', '{"day": true}'])
def test_a_bad_sample_part_is_422(client: TestClient, counts: Path, part: str) -> None:
    """The part must be an object of plain values."""
    answer = client.post("/v1/summarise", files={"file": ("a", b"x")}, data={"sample": part})
    assert answer.status_code == 422 and answer.json()["errors"]


def test_a_malformed_form_is_400(client: TestClient) -> None:
    """A form that ends early is the caller's mistake, not ours."""
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    answer = client.post("/v1/summarise", content=b"--b\r\nnonsense", headers=headers)
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_service_without_time_is_503(
    client: TestClient, counts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The child is ended, the file is not blamed, and the worker answers on."""
    monkeypatch.setattr(reader_pool, "WALL_SECONDS", 0.05)
    answer = client.post("/v1/summarise", content=counts.read_bytes(), headers=BINARY)
    assert answer.status_code == 503 and "too busy" in answer.json()["detail"]
    assert answer.headers["Retry-After"] == "300"
    assert client.get("/livez").status_code == 200


def test_too_large_an_upload_is_413(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unannounced length is counted while it streams."""
    monkeypatch.setattr(upload, "UPLOAD_BODY", 1000)
    answer = client.post("/v1/summarise", content=iter([b"x" * 600] * 2), headers=BINARY)
    assert answer.status_code == 413


def test_with_every_slot_in_use_it_is_503(state: State) -> None:
    """Before a byte is read, with the time after which to come again."""
    uploads = Uploads()
    with ExitStack() as places, pytest.raises(Problem, match="Too many count files") as refused:
        for _ in range(reader_pool.WAITING):
            places.enter_context(uploads.readers.slot())
        asyncio.run(summarise_handler(state, uploads, http_request("POST")))
    assert refused.value.status == 503 and refused.value.headers["Retry-After"] == "30"


def test_a_job_is_read_by_its_owner_only(state: State) -> None:
    """202 while it runs, the stored answer with its status after that, 404 for another's."""
    key = state.jobs.start("tests")
    running = asyncio.run(read_job(state, http_request(key=key)))
    assert (running.status_code, running.headers["location"]) == (202, f"/v1/jobs/{key}")
    state.jobs.finish(key, 422, "{}")
    finished = asyncio.run(read_job(state, http_request(key=key)))
    assert (finished.status_code, finished.media_type) == (422, "application/problem+json")
    with pytest.raises(Problem, match="no job with this key"):
        asyncio.run(read_job(state, http_request(key=state.jobs.start("another"))))


def test_without_a_model_there_are_features_and_the_reason(state: State) -> None:
    """The reason names who can change that."""
    answer = summarise_answer(state, two_samples()[1], "r1")
    assert answer["assessment"] is None and answer["features"]["day"] == 28
    assert answer["no_assessment"] is not None and "administrator" in answer["no_assessment"]
