"""Columns that a group declares, from covariates.toml to a served reason, through front doors."""

import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from features import schema
from features.covariates import read_covariates
from features.table.feature_table import read_table, write_table
from tests.path.conftest import SMALL, TrainedState
from tests.serving.counts import write_counts
from tests.serving.pages.test_page_routes import Page
from tests.serving.process import Running, command, end, launch
from tests.training.tracking.conftest import NOT_OURS
from training.__main__ import main as training

DECLARED = """
[adv_load]
kind = "number"
label = "Adenovirus load"
meaning = "adenovirus DNA in plasma at the draw"
unit = "log10 IU/mL"
low = 0
high = 9
healthy = [0, 1.5]

[gvhd_treated]
kind = "flag"
label = "GvHD under treatment"
meaning = "systemic treatment of GvHD within the week before the draw"

[bridging]
kind = "category"
label = "Bridging therapy"
meaning = "therapy between apheresis and infusion"
values = ["none", "steroids", "chemotherapy"]
"""
INPUTS = ["adv_load", "gvhd_treated"]
ONE = ("--endpoint", "relapse", "--processes", "1")
QUICK = SMALL | {"refits": 10}
QUICK |= {"features": ["standard", *INPUTS], "core_panel": ["standard", *INPUTS]}
SAMPLE = {"day": 28, "provenance": "synthetic", "covariates": {"adv_load": 4.5, "gvhd_treated": 1}}


def with_columns(table: Path, declarations: Path) -> None:
    """Fill the three columns in, as a sheet would have; higher loads in those with monocytes."""
    covariates, rng = read_covariates(declarations), np.random.default_rng(5)
    read = read_table(table)
    rows = read.to_rows()
    for row in rows:
        row["adv_load"] = float(rng.uniform(0, 5))
        row["gvhd_treated"] = float(rng.integers(2)) if rng.random() < 0.9 else math.nan
        row["bridging"] = str(rng.choice(["none", "steroids"]))
    write_table(table, rows, read.refused_samples, covariates=covariates)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> TrainedState:
    """A simulated cohort with three more columns, fitted, exported and imported."""
    var = tmp_path_factory.mktemp("covariates")
    state = TrainedState(var, var / "cohort")
    state.simulate(120, seed=4)
    (var / "covariates.toml").write_text(DECLARED)
    with_columns(state.cohort / "features.parquet", var / "covariates.toml")
    state.output("training", "fit", *state.tables(), *state.protocol(QUICK), *ONE)
    state.serve("relapse")
    return state


@pytest.fixture(scope="module")
def running(trained: TrainedState) -> Iterator[Running]:
    """The service with that model."""
    service = launch(trained.var)
    yield service
    assert end(service) == 0


def ask(running: Running, path: str, body: object = None, method: str | None = None) -> Any:
    """Status and JSON of an answer."""
    sent = None if body is None else json.dumps(body).encode()
    status, answer = running.ask(path, sent, method)
    return status, json.loads(answer)


def test_the_manifest_declares_the_inputs_alone(trained: TrainedState) -> None:
    """The exported model describes its two inputs as the file does; the category stays behind."""
    manifest = json.loads((trained.model("relapse") / "manifest.json").read_text())
    number, flag = manifest["covariates"]
    assert number == {
        "name": "adv_load", "kind": "number", "label": "Adenovirus load", "unit": "log10 IU/mL",
        "meaning": "adenovirus DNA in plasma at the draw", "low": 0.0, "high": 9.0,
        "healthy": [0.0, 1.5],
    }  # fmt: skip
    assert (flag["name"], flag["kind"]) == ("gvhd_treated", "flag")
    assert manifest["features"][-2:] == INPUTS
    assert (
        "| adv_load | Adenovirus load | adenovirus DNA in plasma at the draw | log10 IU/mL "
        "| 0 to 9 |" in manifest["card"]
    )


@pytest.mark.filterwarnings(*NOT_OURS)
def test_a_category_is_refused_as_input(trained: TrainedState, tmp_path: Path) -> None:
    """A protocol that names it ends in a sentence that says to declare flags."""
    names = {"features": ["standard", "bridging"]}
    (tmp_path / "protocol.json").write_text(json.dumps(names))
    done = CliRunner().invoke(
        training, ["fit", *trained.tables(), "--protocol", str(tmp_path / "protocol.json")]
    )
    assert done.exit_code == 2, done.output
    assert "bridging is a category: declare a flag" in done.stderr


def test_reasons_name_the_declared_columns(running: Running, trained: TrainedState) -> None:
    """Each has label, value in its unit and healthy range; all contributions add up."""
    sample = read_table(trained.cohort / "features.parquet").to_rows()[1]
    names = [feature.name for feature in schema.CELLS]
    cells = {name: sample[name] for name in names if math.isfinite(float(str(sample[name])))}
    status, answer = ask(running, "/v1/explain", {"samples": [SAMPLE | cells]})
    assert status == 200, answer
    horizon = answer["endpoints"]["relapse"]["horizons"][1]
    reasons = {reason["feature"]: reason for reason in horizon["reasons"]}
    assert reasons["adv_load"]["label"] == "Adenovirus load"
    assert reasons["adv_load"]["value_text"] == "4.50 log10 IU/mL"
    assert reasons["adv_load"]["sentence"].startswith(
        "Adenovirus load: 4.50 log10 IU/mL (healthy: 0 to 1.50 log10 IU/mL); "
    )
    assert reasons["gvhd_treated"]["value_text"] == "yes"
    assert {"adv_load", "gvhd_treated"} == set(
        next(g for g in horizon["groups"] if g["group"] == "covariate")["features"]
    )
    total = horizon["baseline_logit"] + sum(r["contribution"] for r in horizon["reasons"])
    assert total == pytest.approx(horizon["logit"], abs=1e-9)
    without = SAMPLE | cells | {"covariates": None}
    _, other = ask(running, "/v1/explain", {"samples": [without]})
    texts = {
        r["feature"]: r["value_text"]
        for r in other["endpoints"]["relapse"]["horizons"][1]["reasons"]
    }
    assert texts.get("adv_load", "not measured") == "not measured"
    outside = SAMPLE | cells | {"covariates": {"adv_load": 8.9}}
    _, flagged = ask(running, "/v1/predict", {"samples": [outside]})
    flags = {flag["code"]: flag for flag in flagged["endpoints"]["relapse"]["flags"]}
    assert "Adenovirus load" in flags["out_of_range"]["sentence"]


@pytest.mark.parametrize(
    ("covariates", "field", "rule"),
    [
        ({"adv_load": 9.5}, "adv_load", "must lie between 0 and 9"),
        ({"adv_load": "4.123"}, "adv_load", "must be a number"),
        ({"gvhd_treated": 0.5}, "gvhd_treated", "must be 0 or 1"),
        ({"bridging": 1}, "bridging", "no column that a model in service uses"),
        ({"anc": 1.0}, "anc", "no column that a model in service uses"),
        ({"Jane Doe": 4.123}, "(unnamed)", "no column that a model in service uses"),
    ],
)
def test_other_columns_and_values_are_refused(
    running: Running, covariates: dict[str, object], field: str, rule: str
) -> None:
    """422 names field and rule, and repeats neither a value nor a name that a caller invented."""
    status, problem = ask(
        running, "/v1/predict", {"samples": [{"day": 28} | {"covariates": covariates}]}
    )
    assert status == 422
    (error,) = problem["errors"]
    assert error["field"] == f"samples[0].covariates.{field}"
    assert rule in error["rule"]
    assert "4.123" not in json.dumps(problem) and "Jane" not in json.dumps(problem)


def test_a_stored_sample_shows_its_label(running: Running) -> None:
    """Stored with the sample, answered as sent, and shown on the sample's and patient's pages."""
    _, made = ask(running, "/v1/patients", {"identifier": "Bed 9"})
    path = f"/v1/patients/{made['key']}"
    cells = {"monocyte_fraction": 0.1, "t_fraction": 0.5, "n_cells": 900}
    assert ask(running, f"{path}/samples/s1", SAMPLE | cells, "PUT")[0] == 201
    _, patient = ask(running, path)
    assert patient["samples"][0]["covariates"] == {"adv_load": 4.5, "gvhd_treated": 1.0}
    text = html(running, f"/patients/{made['key']}/samples/s1")
    assert re.search(r"Adenovirus load\s+4.50 log10 IU/mL\s+0 to 1.50 log10 IU/mL", text)
    assert "GvHD under treatment" in text
    assert "Adenovirus load log10 IU/mL" in html(running, f"/patients/{made['key']}/samples/new")
    assert "Adenovirus load" in html(running, "/model")


def test_an_upload_takes_them_too(running: Running, tmp_path: Path) -> None:
    """A count file with the two values in its address: both stand in the row and in the reasons."""
    counts = write_counts(tmp_path / "sample.h5").read_bytes()
    query = "/v1/summarise?day=28&enrichment=none&adv_load=4.5&gvhd_treated=0"
    status, answer = running.ask(query, counts, Content_Type="application/octet-stream")
    assert status == 200, answer
    assert json.loads(answer)["features"]["covariates"] == {"adv_load": 4.5, "gvhd_treated": 0.0}
    wrong = query.replace("adv_load=4.5", "adv_load=9.125")
    status, problem = running.ask(wrong, counts, Content_Type="application/octet-stream")
    assert status == 422 and b"adv_load" in problem and b"9.125" not in problem


def html(running: Running, path: str) -> str:
    """What a reader sees of a page."""
    status, answer = running.ask(path, Accept="text/html")
    assert status == 200, answer
    return " ".join(Page(answer.decode()).text.split())


def test_the_document_lists_them_with_unit_and_range(running: Running) -> None:
    """Program and reader find both columns; a column that no model uses is not there."""
    _, document = ask(running, "/v1/openapi.json")
    columns = document["components"]["schemas"]["Covariates"]
    assert set(columns["properties"]) == set(INPUTS) and not columns["additionalProperties"]
    number = columns["properties"]["adv_load"]
    assert number["anyOf"][0] == {"type": "number", "minimum": 0.0, "maximum": 9.0}
    assert (
        "Adenovirus load: adenovirus DNA in plasma at the draw. Unit: log10 IU/mL"
        in number["description"]
    )
    parameters = document["paths"]["/v1/summarise"]["post"]["parameters"]
    assert "adv_load" in [parameter["name"] for parameter in parameters]
    assert "Unit: log10 IU/mL" in html(running, "/docs")
    _, models = ask(running, "/v1/model")
    assert [c["name"] for c in models["models"]["relapse"]["covariates"]] == INPUTS


def test_a_table_is_loaded_with_the_columns_in_service(
    trained: TrainedState, running: Running
) -> None:
    """`load` stores the two inputs and says that the category is not stored."""
    done = command(trained.var, "load", trained.tables()[0])
    assert done.returncode == 0, done.stderr
    assert "Not stored: bridging" in done.stderr
    row = read_table(trained.tables()[0]).to_rows()[0]
    _, listed = ask(running, "/v1/patients?limit=200")
    shown = [ask(running, patient["href"])[1] for patient in listed["patients"][:3]]
    (patient,) = [one for one in shown if one["identifier"] == row["patient_id"]]
    assert patient["samples"][0]["covariates"]["adv_load"] == row["adv_load"]


@pytest.mark.filterwarnings(*NOT_OURS)
def test_another_unit_is_refused_everywhere(
    trained: TrainedState, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Loading, evaluating, monitoring and retraining with another unit end in one sentence."""
    (tmp_path / "covariates.toml").write_text(DECLARED.replace("log10 IU/mL", "copies/mL"))
    other = tmp_path / "features.parquet"
    other.write_bytes(Path(trained.tables()[0]).read_bytes())
    with_columns(other, tmp_path / "covariates.toml")
    outcomes = trained.tables()[1]
    loaded = command(trained.var, "load", str(other))
    assert loaded.returncode == 2
    messages = [loaded.stderr]
    monkeypatch.setenv("CD7WATCH_VAR", str(trained.var))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    for words in (
        ("evaluate", "relapse@candidate", str(other), outcomes),
        ("monitor", "relapse@candidate", str(other)),
        ("retrain", str(other), outcomes, "--endpoint", "relapse"),
    ):
        done = CliRunner().invoke(training, words)
        assert done.exit_code == 2, done.output
        messages.append(done.stderr)
    for message in messages:
        assert "adv_load is a number in" in message and "another name" in message
