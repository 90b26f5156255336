"""Tests on real count files: the table's row equals what the running service answers."""

import json
import math
from pathlib import Path

import pytest

from features import schema
from features.table.feature_table import read_table
from features.table.row import Row
from tests.path.conftest import SERVED, TrainedState
from tests.serving.process import Running

SAMPLE = "CAR-T10310324"
BOUNDARY = "cd7watch"


@pytest.fixture(scope="module")
def table_and_log(state: TrainedState, carpall: Path) -> tuple[Path, str]:
    """The real sheet's feature table, and the messages of the command that made it."""
    table = state.var / "carpall.parquet"
    process = state.run("features", str(carpall / "samples.csv"), "-o", str(table))
    assert process.returncode == 0, process.stderr
    return table, process.stderr


@pytest.fixture(scope="module")
def answer(service: Running, carpall: Path) -> dict[str, object]:
    """What the service says about the same file, uploaded with the sheet's context."""
    context = {"sample_id": SAMPLE, "patient_id": "P02", "day": 61, "tissue": "PB"}
    context |= {"enrichment": "none", "preparation": "PBMC", "car_gene": "CAT_scFv"}
    head = 'Content-Disposition: form-data; name="{}"{}\r\n\r\n'
    sample = head.format("sample", "").encode() + json.dumps(context).encode()
    counts = head.format("file", f'; filename="{SAMPLE}.h5"').encode()
    counts += (carpall / f"{SAMPLE}.h5").read_bytes()
    edge = f"--{BOUNDARY}".encode()
    body = b"\r\n".join([edge, sample, edge, counts, edge + b"--", b""])
    status, text = service.ask(
        "/v1/summarise", body, Content_Type=f"multipart/form-data; boundary={BOUNDARY}"
    )
    assert status == 200, text
    decoded: dict[str, object] = json.loads(text)
    return decoded


def row_of(table: Path, sample_id: str) -> Row:
    """One row of a feature table."""
    return next(row for row in read_table(table).to_rows() if row["sample_id"] == sample_id)


def test_refused_samples_are_named_with_their_reason(table_and_log: tuple[Path, str]) -> None:
    """Dead cells and shallow sequencing are refused by name, and the others have a row each."""
    table, log = table_and_log
    reasons = {line.split()[1].rstrip(":"): line for line in log.splitlines() if "refused" in line}
    assert set(reasons) == {f"CAR-T{n}" for n in (10310320, 10310321, 10484034, 10484036)}
    assert "44 % mitochondrial" in reasons["CAR-T10310320"]
    assert "median" in reasons["CAR-T10484034"]
    assert "median" in reasons["CAR-T10484036"]
    assert len(read_table(table).to_rows()) == 8


def test_upload_gives_the_features_of_the_table(
    table_and_log: tuple[Path, str], answer: dict[str, object]
) -> None:
    """Bedside and training see the same numbers to 1e-9, missing ones included."""
    row, features = row_of(table_and_log[0], SAMPLE), answer["features"]
    assert isinstance(features, dict)
    for name in schema.SAMPLE_NUMBERS:
        expected, value = row[name], features[name]
        assert isinstance(expected, float)
        if math.isnan(expected):
            assert value is None, name
        else:
            assert value == pytest.approx(expected, abs=1e-9, rel=1e-9), name


def test_risk_is_flagged_for_what_it_is(answer: dict[str, object]) -> None:
    """A synthetic model on a real patient outside its population says both, and more."""
    assessment = answer["assessment"]
    assert isinstance(assessment, dict)
    assert answer["provenance"] == "real"
    for endpoint in schema_endpoints(assessment):
        codes = {flag["code"] for flag in endpoint["flags"]}
        assert {"synthetic_model", "not_validated"} <= codes
        assert {"out_of_population", "out_of_range"} & codes or endpoint["abstained"]


def test_without_a_day_there_is_no_risk(service: Running, carpall: Path) -> None:
    """Features come without a day; a risk does not, and the answer says why."""
    status, text = service.ask(
        "/v1/summarise",
        (carpall / f"{SAMPLE}.h5").read_bytes(),
        Content_Type="application/octet-stream",
    )
    decoded = json.loads(text)
    assert status == 200, text
    assert decoded["assessment"] is None
    assert "day" in decoded["no_assessment"]
    assert decoded["features"]["n_cells"] > 900


def schema_endpoints(assessment: dict[str, object]) -> list[dict[str, object]]:
    """The answers of all endpoints in service."""
    endpoints = assessment["endpoints"]
    answers = list(endpoints.values()) if isinstance(endpoints, dict) else endpoints
    assert isinstance(answers, list) and len(answers) == len(SERVED)
    return answers
