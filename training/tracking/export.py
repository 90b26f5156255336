"""From registry to folder: the one door through which a model leaves training."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion

from features.atomic_write import replacing
from features.errors import InputError
from models import persistence
from training.tracking.registry import aliases, connect, copy_folder, find
from training.tracking.registry_names import parse_address


def export_model(
    model: str, directory: Path | str, client: MlflowClient | None = None
) -> dict[str, Any]:
    """Write a registered model's folder, whole or not at all, and return its manifest.

    `model` is ENDPOINT@ALIAS or ENDPOINT/VERSION. The manifest gains the registry's version and
    the gate's latest word. A folder that holds a model is replaced; InputError for any other folder
    with something in it, a wrong name, or a model that is not registered.
    """
    address, target = parse_address(model), Path(directory)
    _refuse_foreign(target)
    client = client or connect()
    version = find(client, address)
    with replacing(target) as draft:
        copy_folder(version, draft)
        held = aliases(client, address.endpoint)
        manifest = {**persistence.read_manifest(draft), **registered(version, held)}
        text = json.dumps(manifest, indent=2, sort_keys=True)
        (draft / persistence.MANIFEST).write_text(text + "\n", encoding="utf-8")
        persistence.load(draft)  # what leaves must be readable on the other side
    return manifest


def registered(version: ModelVersion, held: Mapping[str, str]) -> dict[str, Any]:
    """What the registry knows of a version and its folder does not.

    `held` maps each alias to its version's number. `state` is the gate's; a version that a person
    made champion against the gate keeps its state and says so under `promotion`.
    """
    tags = dict(version.tags)
    told = {alias: tags[alias] for alias in ("champion", "validated") if alias in tags}
    return {
        "version": str(version.version),
        "registered_model": version.name,
        "aliases": [alias for alias, number in held.items() if number == str(version.version)],
        "state": tags["gate_state"],
        "promotion": told,
    }


def _refuse_foreign(target: Path) -> None:
    if target.is_file():
        raise InputError(f"A model is written as a folder, but {target} is a file; name a folder.")
    if target.is_dir() and any(target.iterdir()) and not (target / persistence.MANIFEST).exists():
        raise InputError(
            f"Only an empty folder or an earlier export is overwritten; {target} holds other "
            "files: name another folder."
        )
