"""What a run carries, read back from the store."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pytest

from features.notices import RESEARCH_USE_ONLY
from features.settings import REPOSITORY
from features.table.feature_table import read_table
from training.cohort.outcomes import read_outcomes
from training.tracking.registry import connect, find
from training.tracking.registry_names import Address

ENDPOINTS = ("relapse", "fatal_infection")
PLOTS = (
    "calibration",
    "cumulative_incidence",
    "decision_curve",
    "incidence_by_third",
    "instability",
    "learning_curve",
    "roc",
    "shap_summary",
)


def _runs(store: Path) -> dict[str, mlflow.entities.Run]:
    client = connect()
    experiment = client.get_experiment_by_name("cd7watch")
    found = client.search_runs([experiment.experiment_id], "tags.kind = 'fit'")
    return {run.data.tags.get("endpoint", "cohort"): run for run in found}


def test_one_parent_and_a_child_each(store: Path) -> None:
    """A cohort is one finished run, its endpoints are that run's children."""
    runs = _runs(store)
    assert set(runs) == {"cohort", *ENDPOINTS}
    for endpoint in ENDPOINTS:
        assert runs[endpoint].data.tags["mlflow.parentRunId"] == runs["cohort"].info.run_id
    assert {run.info.status for run in runs.values()} == {"FINISHED"}
    assert f"{store}/mlartifacts" in runs["cohort"].info.artifact_uri


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_run_tells_its_origin(store: Path, endpoint: str) -> None:
    """Tags and data set inputs hold the SHA-256 of table, outcomes and protocol, and the code."""
    run = _runs(store)[endpoint]
    raw = (store / "cohort" / "features.parquet").read_bytes()
    tags = run.data.tags
    assert tags["features_sha256"] == hashlib.sha256(raw).hexdigest()
    assert tags["outcomes_sha256"] == read_outcomes(store / "cohort" / "outcomes.csv").digest
    assert tags["provenance"] == "synthetic"
    assert tags["schema_version"] == "1"
    assert tags["research_use_only"] == RESEARCH_USE_ONLY
    assert tags["code_version"]
    inputs = {entry.dataset.name: entry for entry in run.inputs.dataset_inputs}
    for name, tag in (("features", "features_sha256"), ("outcomes", "outcomes_sha256")):
        assert tags[tag] in {t.value for t in inputs[name].tags}
    assert run.data.params["landmark"] == "28"
    assert run.data.params["repeats"] == "1"


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_metrics_are_the_evaluation(store: Path, endpoint: str) -> None:
    """AUC, Brier skill and slope in the metrics, intervals included, are those of the JSON."""
    run = _runs(store)[endpoint]
    stored = mlflow.artifacts.load_dict(f"runs:/{run.info.run_id}/evaluation.json")
    for name in ("auc", "brier_skill", "calibration_slope", "observed_over_expected"):
        measure = stored["metrics"][name]
        assert run.data.metrics[name] == measure["value"]
        if measure["low"] is not None:
            assert run.data.metrics[f"{name}_low"] == measure["low"]
            assert run.data.metrics[f"{name}_high"] == measure["high"]
    assert run.data.metrics["counts/events"] == stored["counts"]["events"]
    assert run.data.metrics["permutation/p"] == stored["permutation"]["p"]
    assert _runs(store)["cohort"].data.metrics[f"{endpoint}/auc"] == run.data.metrics["auc"]


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_artefacts_are_complete(store: Path, endpoint: str) -> None:
    """Evaluation, protocol, card, quantiles, out-of-fold predictions and eight plots are there."""
    run = _runs(store)[endpoint]
    client = connect()
    names = {entry.path for entry in client.list_artifacts(run.info.run_id)}
    assert names == {
        "evaluation.json", "model_card.md", "out_of_fold.csv", "plots", "protocol.json",
        "training_quantiles.json",
    }  # fmt: skip
    plots = client.list_artifacts(run.info.run_id, "plots")
    assert {entry.path for entry in plots} == {f"plots/{name}.png" for name in PLOTS}
    assert all(entry.file_size > 5000 for entry in plots)
    page = mlflow.artifacts.load_text(
        f"runs:/{_runs(store)['cohort'].info.run_id}/cohort_report.html"
    )
    assert "Participant flow" in page


def test_out_of_fold_predictions_give_the_reported_brier(store: Path) -> None:
    """The logged predictions alone reproduce the run's Brier score."""
    run = _runs(store)["relapse"]
    path = mlflow.artifacts.download_artifacts(f"runs:/{run.info.run_id}/out_of_fold.csv")
    frame = pd.read_csv(path).dropna(subset="label")
    loss = np.average((frame["label"] - frame["risk"]) ** 2, weights=frame["weight"])
    assert loss == pytest.approx(run.data.metrics["brier"], abs=1e-9)


def test_the_example_is_no_patient(store: Path) -> None:
    """The input example holds the cohort's medians, which are no patient's row."""
    version = find(connect(), Address("relapse", "candidate"))
    model = mlflow.pyfunc.load_model(f"models:/{version.name}/{version.version}")
    example = model.input_example
    table = read_table(store / "cohort" / "features.parquet").columns.to_pandas()
    scored = table[table["day"] == 25][list(example.columns)]
    np.testing.assert_allclose(example.iloc[0], scored.median(), rtol=1e-6)
    assert not (scored == example.iloc[0]).all(axis=1).any()
    columns = model.metadata.signature.inputs.input_names()
    assert columns == list(scored.columns)
    assert model.metadata.signature.outputs.input_names()[0] == "risk_90"


def test_loads_in_a_fresh_process_without_pickle(store: Path) -> None:
    """A process that forbids pickle loads the registered model and gets the same risks."""
    version = find(connect(), Address("relapse", "candidate"))
    model = mlflow.pyfunc.load_model(f"models:/{version.name}/{version.version}")
    expected = model.predict(model.input_example).iloc[0].tolist()
    code = (
        "import json, mlflow\n"
        f"mlflow.set_tracking_uri('sqlite:///{store}/mlflow.db')\n"
        "m = mlflow.pyfunc.load_model('models:/cd7watch-relapse@candidate')\n"
        "print(json.dumps(m.predict(m.input_example).iloc[0].tolist()))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, timeout=120,
        env={"MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false", "PATH": "/usr/bin:/bin",
             "MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == pytest.approx(expected, abs=1e-12)


def test_the_model_holds_no_code_and_no_pickle(store: Path) -> None:
    """The logged model is data and our loader's name: no code_paths, no pickle."""
    version = find(connect(), Address("relapse", "candidate"))
    local = Path(mlflow.artifacts.download_artifacts(f"models:/{version.name}/{version.version}"))
    described = mlflow.models.Model.load(str(local)).flavors["python_function"]
    assert described["loader_module"] == "models.persistence"
    assert not described.get("code")
    suffixes = {path.suffix for path in (local / described["data"]).rglob("*")}
    assert suffixes == {".json", ".npz"}
    manifest = json.loads((local / described["data"] / "manifest.json").read_text())
    assert manifest["training"]["mlflow_run_id"] == version.run_id
    assert manifest["card"].startswith("# cd7watch-relapse")
