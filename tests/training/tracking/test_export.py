"""Export of registered models as folders."""

import json
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
        ("relapses@champion", "An endpoint is one of"),
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
