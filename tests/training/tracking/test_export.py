"""Export of registered models as folders."""

import json
import shutil
from pathlib import Path

import mlflow
import numpy as np
import pytest

from models import persistence
from training.tracking.registry import connect


def test_the_folder_gives_the_registered_risks(store: Path, command, tmp_path: Path) -> None:
    """The exported folder predicts what the registered model predicts, and knows its version."""
    done = command("export", "relapse@champion", tmp_path / "model")
    assert done.exit_code == 0, done.output
    assert "Synthetic" in done.stdout
    model = persistence.load(tmp_path / "model")
    connect()
    registered = mlflow.pyfunc.load_model("models:/cd7watch-relapse@champion")
    example = registered.input_example
    np.testing.assert_allclose(
        model.risks(example.to_numpy()), registered.predict(example).to_numpy(), atol=1e-12
    )
    assert model.manifest["version"] == "1"
    assert model.manifest["state"] == "champion"
    assert model.manifest["aliases"] == ["candidate", "champion"]


def test_an_earlier_export_is_replaced_completely(store: Path, command, tmp_path: Path) -> None:
    """Exporting again over an export works and leaves nothing of the old one."""
    for endpoint in ("relapse", "fatal_infection"):
        assert command("export", f"{endpoint}@candidate", tmp_path / "model").exit_code == 0
    assert json.loads((tmp_path / "model/manifest.json").read_text())["endpoint"] == (
        "fatal_infection"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        (
            "relapses@champion",
            "No relapses model is registered yet (there are fatal_infection, relapse)",
        ),
        ("relapse@newest", "An alias is candidate, champion, validated"),
        ("relapse@validated", "No version of cd7watch-relapse is validated"),
        ("relapse/99", "has no version 99"),
    ],
)
def test_refusals(store: Path, command, tmp_path: Path, model: str, sentence: str) -> None:
    """A wrong or absent model: exit code 2, one sentence, nothing written."""
    done = command("export", model, tmp_path / "model")
    assert done.exit_code == 2
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_models_of_one_fit_are_exported_together(store: Path, command, tmp_path: Path) -> None:
    """Each lies in its endpoint's subfolder, loads, and names the same joint fit."""
    target = tmp_path / "models"
    for _ in range(2):  # the second time over the first
        done = command("export", "relapse@candidate", "fatal_infection@candidate", target)
        assert done.exit_code == 0, done.output
    manifests = [persistence.load(folder).manifest for folder in sorted(target.iterdir())]
    assert [m["endpoint"] for m in manifests] == ["fatal_infection", "relapse"]
    assert len({m["joint_fit"] for m in manifests}) == 1


def test_one_endpoint_twice_is_refused(store: Path, command, tmp_path: Path) -> None:
    """Two versions of one endpoint cannot serve together; nothing is written."""
    done = command("export", "relapse@candidate", "relapse/1", tmp_path / "models")
    assert (done.exit_code, "exported once" in done.stderr) == (2, True)
    assert not list(tmp_path.iterdir())


def test_models_of_two_fits_are_not_exported_together(
    store: Path, command, another, quick, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A later relapse model and an earlier infection model are refused in one sentence."""
    shutil.copytree(store, tmp_path / "var")
    monkeypatch.setenv("CD7WATCH_VAR", str(tmp_path / "var"))
    new = another(tmp_path / "new", 60, seed=8, prefix="N")
    (new / "protocol.json").write_text(json.dumps(quick))
    done = command(
        "fit", new / "features.parquet", new / "outcomes.csv", "--endpoint", "relapse",
        "--protocol", new / "protocol.json", "--processes", 1,
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    target = tmp_path / "models"
    done = command("export", "relapse@candidate", "fatal_infection@candidate", target)
    assert (done.exit_code, done.stderr.count("\n")) == (2, 1)
    assert "relapse/2 and fatal_infection/1 do not" in done.stderr
    assert not target.exists()


def test_no_model_registered(empty: Path, command, tmp_path: Path) -> None:
    """Before any fit the sentence says to fit."""
    done = command("export", "relapse@candidate", tmp_path / "model")
    assert (done.exit_code, "No relapse model is registered yet" in done.stderr) == (2, True)


def test_foreign_folders_are_left_alone(store: Path, command, tmp_path: Path) -> None:
    """A folder with other files, or a file, is never overwritten."""
    (tmp_path / "thesis.txt").write_text("mine")
    done = command("export", "relapse@champion", tmp_path)
    assert (done.exit_code, "holds other files" in done.stderr) == (2, True)
    assert (tmp_path / "thesis.txt").read_text() == "mine"
