"""A declared LightGBM in MLflow: registered, loaded without pickle, exported, explained."""

import json
from pathlib import Path

import mlflow
import numpy as np
import pytest

from models import persistence
from models.frozen import FrozenModel
from models.tree_members import TreeMembers
from tests.training.tracking.conftest import draw, run_command
from training.tracking.registry import connect

PROTOCOL = {
    "repeats": 1, "refits": 4, "permutations": 100, "bootstraps": 40, "model": "lightgbm",
}  # fmt: skip


@pytest.fixture(scope="module")
def var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The state folder after a fit of relapse, whose protocol declares LightGBM."""
    var = tmp_path_factory.mktemp("var")
    cohort = draw(var / "cohort")
    (cohort / "protocol.json").write_text(json.dumps(PROTOCOL))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CD7WATCH_VAR", str(var))
        done = run_command(
            "fit", cohort / "features.parquet", cohort / "outcomes.csv", "--endpoint", "relapse",
            "--protocol", cohort / "protocol.json", "--processes", 1,
        )  # fmt: skip
    assert done.exit_code == 0, done.output
    return var


@pytest.fixture
def store(var: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """That folder, as the one that commands use."""
    monkeypatch.setenv("CD7WATCH_VAR", str(var))
    return var


@pytest.fixture
def exported(store: Path, tmp_path: Path) -> FrozenModel:
    """The registered model, exported for service and loaded."""
    done = run_command("export", "relapse@candidate", tmp_path / "model")
    assert done.exit_code == 0, done.output
    return persistence.load(tmp_path / "model")


def test_the_registered_model_is_trees_and_gives_the_exported_risks(
    store: Path, exported: FrozenModel
) -> None:
    """MLflow's own loader and the exported folder answer alike, both from plain arrays."""
    assert isinstance(exported.members, TreeMembers)
    assert exported.manifest["model"] == "lightgbm"
    connect()
    registered = mlflow.pyfunc.load_model("models:/cd7watch-relapse@candidate")
    example = registered.input_example
    np.testing.assert_allclose(
        exported.risks(example.to_numpy()), registered.predict(example).to_numpy(), atol=1e-12
    )


def test_its_reasons_add_up(exported: FrozenModel) -> None:
    """On a patient with every second value missing, at each horizon, to 1e-9."""
    x = np.full(len(exported.features), 0.3)
    x[::2] = np.nan
    for h in exported.assess(x).horizons:
        assert h.contributions.sum() + h.baseline_logit == pytest.approx(h.logit, abs=1e-9)


def test_the_run_says_that_lightgbm_was_declared(store: Path) -> None:
    """The evaluation in MLflow has the challenger's section, and the plots are those of a model."""
    client = connect()
    version = client.get_model_version_by_alias("cd7watch-relapse", "candidate")
    document = mlflow.artifacts.load_dict(f"runs:/{version.run_id}/evaluation.json")
    assert document["model"]["kind"] == "lightgbm"
    assert document["challenger"]["sentence"] == "The protocol declares LightGBM."
    plots = {entry.path for entry in client.list_artifacts(version.run_id, "plots")}
    assert "plots/shap_summary.png" in plots
