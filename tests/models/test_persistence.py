"""A model's folder: written whole, read only when it is what was written."""

import hashlib
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from features.arrays import Floats
from features.errors import InputError
from models.frozen import FrozenModel
from models.persistence import load, read_manifest, save


@pytest.fixture
def folder(frozen: FrozenModel, tmp_path: Path) -> Path:
    """A saved model."""
    save(frozen, tmp_path / "model")
    return tmp_path / "model"


def test_loaded_model_is_the_saved_one(
    models_of_fit: dict[str, FrozenModel], at_landmark: Floats, tmp_path: Path
) -> None:
    """Risks, intervals, reasons and flags of each endpoint come back to the last bit."""
    for name, model in models_of_fit.items():
        save(model, tmp_path / name)
        loaded = load(tmp_path / name)
        np.testing.assert_array_equal(loaded.risks(at_landmark), model.risks(at_landmark))
        for x in at_landmark[:20]:
            ours, theirs = loaded.assess(x, day=50.0), model.assess(x, day=50.0)
            for one, two in zip(ours.horizons, theirs.horizons, strict=True):
                for array in ("contributions", "risk_if_average"):
                    np.testing.assert_array_equal(getattr(one, array), getattr(two, array))
                    object.__setattr__(one, array, 0)
                    object.__setattr__(two, array, 0)
            assert ours == theirs


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


def edit(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the manifest."""
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    change(manifest)
    path.write_text(json.dumps(manifest))


def rewrite(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
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
    (lambda m: m.update(format_version="99"), "models of format_version 2"),
    (lambda m: m.update(schema_version="0"), "models of schema_version"),
    (lambda m: m.update(product="Other"), "models of product CD7Watch"),
    (lambda m: m.pop("endpoint"), "must have endpoint"),
    (lambda m: m.pop("joint_fit"), "must have joint_fit"),
    (lambda m: m.pop("schema_version"), "must have schema_version"),
    (lambda m: m["events"].pop(), "must fit its manifest"),
    (lambda m: m["files"].update({"arrays.npz": "0" * 64}), "SHA-256"),
    (lambda m: m["horizons"].append(720), "must fit its manifest"),
    (lambda m: m["features"].pop(), "must fit its manifest"),
    (lambda m: m.update(primary_horizon=60), "primary horizon is one of its horizons"),
    (lambda m: m.update(landmark_window="14"), "a number of days"),
    (lambda m: m.update(covariates=[{"name": "x", "kind": "flag"}]), "label, meaning is missing"),
]


@pytest.mark.parametrize(("change", "sentence"), EDITS)
def test_another_manifest_is_refused(
    folder: Path, change: Callable[[dict[str, Any]], object], sentence: str
) -> None:
    """Another format, schema or product, a wrong checksum or shape gets one sentence."""
    edit(folder, change)
    with pytest.raises(InputError, match=sentence):
        load(folder)


def test_a_folder_of_the_first_format_is_refused_for_its_format(folder: Path) -> None:
    """Its manifest has other keys, which is not the reason: it is told to be of another format."""

    def as_it_was(manifest: dict[str, Any]) -> None:
        for key in ("endpoint_words", "endpoint_events", "events", "joint_fit", "model"):
            del manifest[key]
        manifest["format_version"] = "1"
        manifest["candidate"] = {"90": "core_panel", "180": "core_panel", "365": "lightgbm"}

    edit(folder, as_it_was)
    sentence = "reads models of format_version 2, but .* has '1': use the build that made it, or"
    with pytest.raises(InputError, match=sentence):
        load(folder)


def test_a_manifest_that_is_no_object_is_refused(folder: Path) -> None:
    """A list is JSON too."""
    (folder / "manifest.json").write_text("[1, 2]")
    with pytest.raises(InputError, match="must be a JSON object"):
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
    rewrite(folder, lambda a: a.update({"cohort.prevalence": np.array([{}], dtype=object)}))
    with pytest.raises(InputError, match="must hold plain arrays"):
        load(folder)


def test_read_manifest_alone(folder: Path) -> None:
    """The manifest can be read without the arrays."""
    assert read_manifest(folder)["endpoint"] == "relapse"


def test_forged_arrays_are_refused(folder: Path) -> None:
    """Arrays with a matching checksum that compiled code would read past are not loaded."""
    rewrite(folder, lambda a: a.update({"members.effects": a["members.effects"][:, :2]}))
    with pytest.raises(InputError, match="must fit its manifest"):
        load(folder)
