"""A registered model as MLflow keeps it: artefacts, example, no code and no pickle."""

import json
import subprocess
import sys
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pytest

from features.settings import REPOSITORY
from features.table.feature_table import read_table
from training.tracking.registry import connect, find_version
from training.tracking.registry_names import Address

Runs = dict[str, mlflow.entities.Run]
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
    "smooth_calibration",
    "net_benefit",
    "sites",
)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_artefacts_are_complete(fit_runs: Runs, endpoint: str) -> None:
    """Evaluation, protocol, card, quantiles, out-of-fold predictions and eleven plots are there."""
    run = fit_runs[endpoint]
    client = connect()
    names = {entry.path for entry in client.list_artifacts(run.info.run_id)}
    assert names == {
        "evaluation.json", "model_card.md", "out_of_fold.csv", "plots", "protocol.json",
        "training_quantiles.json",
    }  # fmt: skip
    plots = client.list_artifacts(run.info.run_id, "plots")
    assert {entry.path for entry in plots} == {f"plots/{name}.png" for name in PLOTS}
    assert all(entry.file_size > 5000 for entry in plots)
    page = mlflow.artifacts.load_text(f"runs:/{fit_runs['cohort'].info.run_id}/cohort_report.html")
    assert "Participant flow" in page


def test_out_of_fold_predictions_give_the_reported_brier(fit_runs: Runs) -> None:
    """The logged predictions alone reproduce the run's Brier score."""
    run = fit_runs["relapse"]
    path = mlflow.artifacts.download_artifacts(f"runs:/{run.info.run_id}/out_of_fold.csv")
    frame = pd.read_csv(path).dropna(subset="label")
    loss = np.average((frame["label"] - frame["risk"]) ** 2, weights=frame["weight"])
    assert loss == pytest.approx(run.data.metrics["brier"], abs=1e-9)


def test_the_example_is_no_patient(store: Path) -> None:
    """The input example holds the cohort's medians, which are no patient's row."""
    version = find_version(connect(), Address("relapse", "candidate"))
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
    version = find_version(connect(), Address("relapse", "candidate"))
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
    version = find_version(connect(), Address("relapse", "candidate"))
    local = Path(mlflow.artifacts.download_artifacts(f"models:/{version.name}/{version.version}"))
    described = mlflow.models.Model.load(str(local)).flavors["python_function"]
    assert described["loader_module"] == "models.persistence"
    assert not described.get("code")
    suffixes = {path.suffix for path in (local / described["data"]).rglob("*")}
    assert suffixes == {".json", ".npz"}
    manifest = json.loads((local / described["data"] / "manifest.json").read_text())
    assert manifest["training"]["mlflow_run_id"] == version.run_id
    assert manifest["card"].startswith("# cd7watch-relapse")
