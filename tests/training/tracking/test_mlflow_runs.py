"""What a run carries, read back from the store."""

import hashlib
import json
from pathlib import Path

import mlflow
import pytest

from features.notices import RESEARCH_USE_ONLY
from features.schema import SCHEMA_VERSION
from training.cohort.outcomes import read_outcomes
from training.tracking.registry import connect

Runs = dict[str, mlflow.entities.Run]
ENDPOINTS = ("relapse", "fatal_infection")


def test_one_parent_and_a_child_each(store: Path, fit_runs: Runs) -> None:
    """A cohort is one finished run, its endpoints are that run's children."""
    runs = fit_runs
    assert set(runs) == {"cohort", *ENDPOINTS}
    for endpoint in ENDPOINTS:
        assert runs[endpoint].data.tags["mlflow.parentRunId"] == runs["cohort"].info.run_id
    assert {run.info.status for run in runs.values()} == {"FINISHED"}
    assert f"{store}/mlartifacts" in runs["cohort"].info.artifact_uri


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_run_has_tags_of_its_origin(store: Path, fit_runs: Runs, endpoint: str) -> None:
    """Tags and data set inputs hold the SHA-256 of table, outcomes and protocol, and the code."""
    run = fit_runs[endpoint]
    raw = (store / "cohort" / "features.parquet").read_bytes()
    tags = run.data.tags
    assert tags["features_sha256"] == hashlib.sha256(raw).hexdigest()
    assert tags["outcomes_sha256"] == read_outcomes(store / "cohort" / "outcomes.csv").digest
    assert tags["provenance"] == "synthetic"
    assert tags["schema_version"] == SCHEMA_VERSION
    assert tags["research_use_only"] == RESEARCH_USE_ONLY
    assert tags["code_version"]
    inputs = {entry.dataset.name: entry for entry in run.inputs.dataset_inputs}
    for name, tag in (("features", "features_sha256"), ("outcomes", "outcomes_sha256")):
        assert tags[tag] in {t.value for t in inputs[name].tags}
    assert run.data.params["landmark"] == "28"
    assert run.data.params["repeats"] == "1"


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_metrics_are_the_evaluation(store: Path, fit_runs: Runs, endpoint: str) -> None:
    """AUC, Brier skill and slope in the metrics, intervals included, are those of the JSON."""
    run = fit_runs[endpoint]
    stored = mlflow.artifacts.load_dict(f"runs:/{run.info.run_id}/evaluation.json")
    for name in ("auc", "brier_skill", "calibration_slope", "observed_over_expected"):
        measure = stored["metrics"][name]
        assert run.data.metrics[name] == measure["value"]
        if measure["low"] is not None:
            assert run.data.metrics[f"{name}_low"] == measure["low"]
            assert run.data.metrics[f"{name}_high"] == measure["high"]
    assert run.data.metrics["counts/events"] == stored["counts"]["events"]
    assert run.data.metrics["score_test/p"] == stored["score_test"]["p"]
    assert run.data.metrics["look/alpha"] == stored["look"]["alpha"] == 0.025
    assert fit_runs["cohort"].data.metrics[f"{endpoint}/auc"] == run.data.metrics["auc"]


@pytest.mark.timeout(180)
def test_infections_are_an_input(
    tmp_path: Path, another, command, quick, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fit and an evaluation with infections record their table, and need it."""
    monkeypatch.setenv("CD7WATCH_VAR", str(tmp_path / "var"))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    cohort = another(tmp_path / "cohort", 80)
    infections = cohort / "infections.csv"
    onsets = [f"P{i:04d},29,3,CMV" for i in range(0, 60, 3)]
    infections.write_text("\n".join(["patient_id,day,grade,organism", *onsets]) + "\n")
    (cohort / "protocol.json").write_text(json.dumps(quick))
    tables = (cohort / "features.parquet", cohort / "outcomes.csv")
    done = command(
        "fit", *tables, "--infections", infections, "--endpoint", "severe_infection",
        "--protocol", cohort / "protocol.json", "--processes", 1,
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    refused = command("evaluate", "severe_infection@candidate", *tables)
    assert (refused.exit_code, "give it with --infections" in refused.stderr) == (2, True)
    evaluated = command("evaluate", "severe_infection@candidate", *tables, "--infections",
                        infections)  # fmt: skip
    assert evaluated.exit_code == 0, evaluated.output
    client = connect()
    for output in (done.stdout, evaluated.stdout):
        run = client.get_run(output.split("MLflow run ")[1].split()[0].rstrip(";"))
        inputs = {entry.dataset.name: entry for entry in run.inputs.dataset_inputs}
        assert set(inputs) == {"features", "outcomes", "infections"}
        assert "infections.csv" in inputs["infections"].dataset.source
