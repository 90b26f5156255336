"""Export registered models as folders, for `cd7watch serving import`."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypedDict

from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion

from features.atomic_write import replacing
from features.errors import InputError
from models import persistence
from models.manifest import Manifest
from training.tracking.registry import aliases, connect, copy_folder, find_version
from training.tracking.registry_names import endpoint_of, parse_address


class RegistryEntry(TypedDict):
    """Version, aliases by name, state and who was made champion: the registry's part."""

    version: str
    registered_model: str
    aliases: list[str]
    state: str
    promotion: dict[str, str]


def export_models(
    models: Sequence[str], directory: Path | str, client: MlflowClient | None = None
) -> list[Manifest]:
    """Write models that serve together, each to the subfolder named by its endpoint.

    One model alone is `export_model`: its files lie in the folder itself. Raises InputError, and
    writes nothing, for two versions of one endpoint and for versions of one landmark that come
    from different joint fits: their risks could contradict each other.
    """
    client, target = client or connect(), Path(directory)
    if len(models) == 1:
        return [export_model(models[0], target, client)]
    versions = [find_version(client, parse_address(model)) for model in models]
    _refuse_foreign_collection(target)
    with replacing(target) as draft:
        draft.mkdir()
        manifests = []
        for model, version in zip(models, versions, strict=True):
            folder = draft / endpoint_of(version.name)
            if folder.exists():
                raise InputError(f"Each endpoint is exported once; {model} names one again.")
            manifests.append(export_model(model, folder, client))
        _require_one_fit(manifests)
    return manifests


def export_model(model: str, directory: Path | str, client: MlflowClient | None = None) -> Manifest:
    """Write a registered model's folder, completely or not at all, and return its manifest.

    `model` is ENDPOINT@ALIAS or ENDPOINT/VERSION. The manifest gains the registry's version and
    the gate's latest state. A folder that holds a model is replaced; InputError for any other
    folder that is not empty, a wrong name, or a model that is not registered.
    """
    address, target = parse_address(model), Path(directory)
    _refuse_foreign(target)
    client = client or connect()
    version = find_version(client, address)
    with replacing(target) as draft:
        copy_folder(version, draft)
        entry = registry_entry(version, aliases(client, address.endpoint))
        manifest: Manifest = {**persistence.read_manifest(draft), **entry}
        text = json.dumps(manifest, indent=2, sort_keys=True)
        (draft / persistence.MANIFEST).write_text(text + "\n", encoding="utf-8")
        persistence.load(draft)  # serving must be able to read what we export
    return manifest


def registry_entry(version: ModelVersion, alias_versions: Mapping[str, str]) -> RegistryEntry:
    """Manifest entries that only the registry knows of a version.

    `alias_versions` maps each alias to its version's number. `state` is the gate's; a version that
    a person made champion against the gate keeps its state and says so under `promotion`.
    """
    tags, this = dict(version.tags), str(version.version)
    promotions: dict[str, str] = {
        alias: tags[alias] for alias in ("champion", "validated") if alias in tags
    }
    return {
        "version": this,
        "registered_model": version.name,
        "aliases": [alias for alias, number in alias_versions.items() if number == this],
        "state": tags["gate_state"],
        "promotion": promotions,
    }


def _require_one_fit(manifests: Sequence[Manifest]) -> None:
    """Refuse versions that were not fitted together, unless they score different days."""
    fits: dict[int, dict[str, list[str]]] = {}
    for manifest in manifests:
        name = f"{manifest['endpoint']}/{manifest['version']}"
        fits.setdefault(manifest["landmark"], {}).setdefault(manifest["joint_fit"], []).append(name)
    for by_fit in fits.values():
        if len(by_fit) > 1:
            groups = " and ".join(", ".join(names) for names in by_fit.values())
            raise InputError(
                f"Models that serve together come from one fit, but {groups} do not, so their "
                "risks could contradict each other: name versions of one fit, or export each into "
                "a folder of its own."
            )


def _refuse_foreign_collection(target: Path) -> None:
    """Refuse a folder that holds anything but earlier exports in subfolders."""
    if target.is_file():
        _refuse_foreign(target)
    others = [
        path for path in (target.iterdir() if target.is_dir() else ())
        if not (path / persistence.MANIFEST).is_file()
    ]  # fmt: skip
    if others:
        raise InputError(
            f"Only an empty folder or an earlier export is overwritten; {target} holds other "
            "files: name another folder."
        )


def _refuse_foreign(target: Path) -> None:
    if target.is_file():
        raise InputError(f"A model is written as a folder, but {target} is a file; name a folder.")
    if target.is_dir() and any(target.iterdir()) and not (target / persistence.MANIFEST).exists():
        raise InputError(
            f"Only an empty folder or an earlier export is overwritten; {target} holds other "
            "files: name another folder."
        )
