"""`mlflow run` from the file mlproject, as a real process."""

import json
import os
import subprocess
import sys
from pathlib import Path

import mlflow
import pytest
import yaml

from features.settings import REPOSITORY
from training.__main__ import main
from training.tracking.mlflow_runs import experiment
from training.tracking.registry import aliases, connect


@pytest.mark.timeout(300)
def test_mlflow_run_fits(filled: Path, tmp_path: Path, another, monkeypatch) -> None:
    """The run that `mlflow run` starts becomes the cohort's run, with children and models."""
    var = tmp_path / "var"
    monkeypatch.setenv("CD7WATCH_VAR", str(var))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    client = connect()
    experiment(client)  # else MLflow would keep the artefacts under the repository
    cohort = another(tmp_path / "new", 70, seed=3)
    scripts = Path(sys.executable).parent
    command = [
        str(scripts / "mlflow"), "run", ".", "-e", "fit", "--env-manager", "local",
        "--experiment-name", "cd7watch", "-P", f"features={cohort / 'features.parquet'}",
        "-P", f"outcomes={cohort / 'outcomes.csv'}", "-P", "processes=1",
        "-P", f"protocol={filled / 'cohort' / 'protocol.json'}",
    ]  # fmt: skip
    done = subprocess.run(
        command, cwd=REPOSITORY, capture_output=True, text=True, timeout=280,
        env={**os.environ, "PATH": f"{scripts}:{os.environ['PATH']}",
             "MLFLOW_TRACKING_URI": f"sqlite:///{var}/mlflow.db"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    found = client.search_runs([client.get_experiment_by_name("cd7watch").experiment_id])
    (parent,) = [run for run in found if "mlflow.project.entryPoint" in run.data.tags]
    children = {run.data.tags["endpoint"] for run in found
                if run.data.tags.get("mlflow.parentRunId") == parent.info.run_id}  # fmt: skip
    assert (parent.info.status, len(found)) == ("FINISHED", 3)
    assert children == {"relapse", "fatal_infection"}
    assert parent.data.params["protocol.landmark"] == "28"
    stored = json.loads((filled / "cohort" / "protocol.json").read_text())
    logged = mlflow.artifacts.load_dict(f"runs:/{parent.info.run_id}/protocol.json")
    assert logged["permutations"] == stored["permutations"]
    assert aliases(client, "relapse")["candidate"] == "1"


def test_entry_points_are_commands() -> None:
    """Every entry point calls a command that exists, with its own parameters only."""
    project = yaml.safe_load((REPOSITORY / "mlproject").read_text())
    for name, entry in project["entry_points"].items():
        words = entry["command"].split()
        assert words[:4] == ["python", "-m", "training", name]
        assert name in main.commands
        options = {option for p in main.commands[name].params for option in p.opts}
        assert {word for word in words if word.startswith("-") and word != "-m"} <= options
        used = {word.strip("{}") for word in words if word.startswith("{")}
        assert used == set(entry["parameters"])
