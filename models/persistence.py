"""Save and load a model as a folder: manifest.json and arrays.npz. No pickle."""

import hashlib
import io
import json
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from features.atomic_write import replacing
from features.errors import InputError
from features.schema import SCHEMA_VERSION
from models.array_names import arrays_of, model_of
from models.frozen import FrozenModel
from models.manifest import FORMAT_VERSION, PRODUCT, REQUIRED, Manifest, check_days, declared_inputs
from models.manifest_kinds import check_kinds
from models.member_arrays import Arrays
from models.table_model import TableModel

MANIFEST, ARRAYS = "manifest.json", "arrays.npz"
VERSIONS = {
    "product": PRODUCT, "format_version": FORMAT_VERSION, "schema_version": SCHEMA_VERSION
}  # fmt: skip
"""Compared before all else, since another version has other keys. Older formats are not read."""


def save(model: FrozenModel, folder: Path | str) -> None:
    """Write the model's folder atomically, replacing one of that name."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays_of(model))
    data = buffer.getvalue()
    manifest = {**model.manifest, "files": {ARRAYS: hashlib.sha256(data).hexdigest()}}
    text = json.dumps(manifest, indent=2, sort_keys=True, allow_nan=False)
    with replacing(Path(folder)) as draft:
        draft.mkdir()
        (draft / ARRAYS).write_bytes(data)
        (draft / MANIFEST).write_text(text + "\n", encoding="utf-8")


def load(folder: Path | str) -> FrozenModel:
    """Read a model's folder.

    Errors: InputError when a file is missing, of another format or schema version, or changed since
    it was saved.
    """
    folder = Path(folder)
    manifest = read_manifest(folder)
    arrays = _read_arrays(folder, manifest)
    try:
        return model_of(manifest, arrays)
    except (KeyError, TypeError, ValueError) as problem:
        raise InputError(
            f"The arrays of a model must fit its manifest, but those in {folder} do not: "
            "export the model again."
        ) from problem


def read_manifest(folder: Path | str) -> Manifest:
    """The manifest of a model's folder, checked for product, versions, days and covariates."""
    path = Path(folder) / MANIFEST
    if not path.is_file():
        raise InputError(
            f"A model is a folder with {MANIFEST} and {ARRAYS}, but {path} is not there: "
            "name the folder that `cd7watch training export` wrote."
        )
    try:
        manifest: Manifest = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as problem:
        raise InputError(
            f"{MANIFEST} must be JSON, but {path} cannot be read: export again."
        ) from problem
    if not isinstance(manifest, dict):
        raise InputError(f"{MANIFEST} must be a JSON object, but {path} is none: export again.")
    _check_keys(manifest, tuple(VERSIONS), path)
    for key, ours in VERSIONS.items():
        _check_version(str(manifest[key]), key, ours, path)  # type: ignore[literal-required]
    _check_keys(manifest, (*REQUIRED, "files"), path)
    check_kinds(manifest, path)
    check_days(manifest["horizons"], manifest)
    declared_inputs(manifest)
    return manifest


def _check_keys(manifest: Manifest, keys: Sequence[str], path: Path) -> None:
    absent = [key for key in keys if key not in manifest]
    if absent:
        raise InputError(
            f"{MANIFEST} must have {', '.join(absent)}, but {path} has not: export the model again."
        )


def _check_version(value: str, key: str, ours: str, path: Path) -> None:
    if value != ours:
        raise InputError(
            f"This build reads models of {key} {ours}, but {path} has {value!r}: "
            "use the build that made it, or train again."
        )


def _read_arrays(folder: Path, manifest: Manifest) -> Arrays:
    path = folder / ARRAYS
    if not path.is_file():
        raise InputError(
            f"A model is a folder with {ARRAYS}, but {path} is not there: export again."
        )
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != manifest.get("files", {}).get(ARRAYS):
        raise InputError(
            f"A model's files must be as they were saved, but the SHA-256 of {path} is not the one "
            f"in {MANIFEST}: copy the folder again or export it again."
        )
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except (ValueError, OSError, zipfile.BadZipFile) as problem:
        raise InputError(
            f"{ARRAYS} must hold plain arrays, but {path} cannot be read: export again."
        ) from problem


def _load_pyfunc(path: str) -> TableModel:
    """Entry point of `mlflow.pyfunc` with loader_module="models.persistence"."""
    return TableModel(load(path))
