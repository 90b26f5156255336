"""A model's folder: written whole, read only when it is what was written."""

import hashlib
import io
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.errors import InputError
from models.frozen import FrozenModel
from models.persistence import load, read_manifest, save


@pytest.fixture
def folder(frozen: FrozenModel, tmp_path: Path) -> Path:
    """A saved model."""
    save(frozen, tmp_path / "model")
    return tmp_path / "model"


def test_loaded_model_is_the_saved_one(
    frozen: FrozenModel, folder: Path, cohort: tuple[pd.DataFrame, np.ndarray]
) -> None:
    """Risks, intervals, reasons and flags come back to the last bit."""
    loaded = load(folder)
    X = cohort[0].to_numpy()
    np.testing.assert_array_equal(loaded.risks(X), frozen.risks(X))
    for x in X[:20]:
        ours, theirs = loaded.assess(x), frozen.assess(x)
        for one, two in zip(ours.horizons, theirs.horizons, strict=True):
            np.testing.assert_array_equal(one.contributions, two.contributions)
            assert {**vars(one), "contributions": 0} == {**vars(two), "contributions": 0}
        assert {**vars(ours), "horizons": 0} == {**vars(theirs), "horizons": 0}


def test_same_model_same_bytes(frozen: FrozenModel, folder: Path, tmp_path: Path) -> None:
    """Saving twice gives the same files, so a checksum names a model."""
    save(frozen, tmp_path / "again")
    for name in ("manifest.json", "arrays.npz"):
        assert (folder / name).read_bytes() == (tmp_path / "again" / name).read_bytes()


def test_saving_replaces_and_leaves_nothing_else(frozen: FrozenModel, folder: Path) -> None:
    """Saving over a folder replaces it and leaves no temporary beside it."""
    (folder / "stale").write_text("old")
    save(frozen, folder)
    assert sorted(p.name for p in folder.iterdir()) == ["arrays.npz", "manifest.json"]
    assert [p.name for p in folder.parent.iterdir()] == ["model"]


def test_nothing_is_pickled(folder: Path) -> None:
    """All arrays are plain numbers."""
    with np.load(folder / "arrays.npz", allow_pickle=False) as arrays:
        assert all(arrays[name].dtype.kind in "fiub" for name in arrays.files)


def edit(folder: Path, change: Callable[[dict], object]) -> None:
    """Change the manifest."""
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    change(manifest)
    path.write_text(json.dumps(manifest))


def rewrite(folder: Path, change: Callable[[dict], object]) -> None:
    """Change arrays and put the new checksum into the manifest, as a forger would."""
    with np.load(folder / "arrays.npz") as opened:
        arrays = dict(opened)
    change(arrays)
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    (folder / "arrays.npz").write_bytes(buffer.getvalue())
    digest = hashlib.sha256(buffer.getvalue()).hexdigest()
    edit(folder, lambda m: m["files"].update({"arrays.npz": digest}))


EDITS = [
    (lambda m: m.update(format_version="99"), "models of format_version 1"),
    (lambda m: m.update(schema_version="0"), "models of schema_version"),
    (lambda m: m.update(product="Other"), "models of product CD7Watch"),
    (lambda m: m.pop("endpoint"), "must have endpoint"),
    (lambda m: m["files"].update({"arrays.npz": "0" * 64}), "SHA-256"),
    (lambda m: m["horizons"].append(720), "must fit its manifest"),
    (lambda m: m["features"].pop(), "must fit its manifest"),
    (lambda m: m.update(primary_horizon=60), "primary horizon is one of its horizons"),
    (lambda m: m.update(landmark_window="14"), "a number of days"),
    (lambda m: m.update(covariates=[{"name": "x", "kind": "flag"}]), "label, meaning is missing"),
]


@pytest.mark.parametrize(("change", "sentence"), EDITS)
def test_another_manifest_is_refused(
    folder: Path, change: Callable[[dict], object], sentence: str
) -> None:
    """Another format, schema or product, a wrong checksum or shape gets one sentence."""
    edit(folder, change)
    with pytest.raises(InputError, match=sentence):
        load(folder)


def test_missing_files_are_refused(folder: Path, tmp_path: Path) -> None:
    """A folder without one of its files, or none at all, gets one sentence."""
    with pytest.raises(InputError, match=r"manifest.json is not there"):
        load(tmp_path / "nowhere")
    (folder / "arrays.npz").unlink()
    with pytest.raises(InputError, match=r"arrays.npz is not there"):
        load(folder)


def test_damaged_files_are_refused(folder: Path) -> None:
    """A cut-off archive and a manifest that is no JSON get one sentence."""
    data = (folder / "arrays.npz").read_bytes()
    (folder / "arrays.npz").write_bytes(data[:100])
    with pytest.raises(InputError, match="SHA-256"):
        load(folder)
    digest = hashlib.sha256(data[:100]).hexdigest()
    edit(folder, lambda m: m["files"].update({"arrays.npz": digest}))
    with pytest.raises(InputError, match="must hold plain arrays"):
        load(folder)
    (folder / "manifest.json").write_text("{")
    with pytest.raises(InputError, match="must be JSON"):
        load(folder)


def test_pickled_arrays_are_refused(folder: Path) -> None:
    """An array of objects, which only pickle can read, is refused."""
    rewrite(folder, lambda a: a.update({"90.prevalence": np.array([{}], dtype=object)}))
    with pytest.raises(InputError, match="must hold plain arrays"):
        load(folder)


def test_read_manifest_alone(folder: Path) -> None:
    """The manifest can be read without the arrays."""
    assert read_manifest(folder)["endpoint"] == "relapse"


def test_forged_arrays_are_refused(folder: Path) -> None:
    """Arrays with a matching checksum that would lead compiled code astray are not loaded."""
    rewrite(folder, lambda a: a["180.stack.trees.feature"].__setitem__((0, 0), 60000))
    with pytest.raises(InputError, match="must fit its manifest"):
        load(folder)
