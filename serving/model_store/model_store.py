"""BentoML's model store: save an imported version and find its folder.

Only `cd7watch serving import` and a Bento's own embedded models fill the store. A version is
written once and never changes.
"""

import json
import shutil
from pathlib import Path

import bentoml
from bentoml._internal.configuration.containers import BentoMLContainer
from bentoml._internal.models import ModelStore
from bentoml.exceptions import NotFound

from features.errors import InputError
from features.settings import var_dir

FOLDER = "frozen"  # in the version's folder of the store, next to BentoML's model.yaml

PREFIX = "cd7watch-"


def store_name(endpoint: str) -> str:
    """BentoML's name of an endpoint's model, as in the registry.

    >>> store_name("fatal_infection")
    'cd7watch-fatal-infection'
    """
    return f"{PREFIX}{endpoint.replace('_', '-')}"


def endpoint_of(name: str) -> str | None:
    """The endpoint of a `store_name`; None for another program's model.

    >>> endpoint_of("cd7watch-fatal-infection"), endpoint_of("other")
    ('fatal_infection', None)
    """
    endpoint = name.removeprefix(PREFIX)
    return None if endpoint == name else endpoint.replace("-", "_")


def tag(endpoint: str, version: str) -> str:
    """BentoML's tag: name and registry version.

    >>> tag("relapse", "3")
    'cd7watch-relapse:3'
    """
    return f"{store_name(endpoint)}:{version}"


def folder(endpoint: str, version: str) -> Path:
    """The folder of a version; raises InputError when no store has it."""
    for store in _stores():
        try:
            return Path(store.get(tag(endpoint, version)).path) / FOLDER
        except NotFound:
            continue
    raise InputError(
        f"The version in service must be in the model store, and {tag(endpoint, version)} is not; "
        "import its folder again with `cd7watch serving import DIR`."
    )


def keep(source: Path, endpoint: str, version: str) -> None:
    """Copy a checked folder into the store; InputError if its version has other content there."""
    try:
        existing = folder(endpoint, version)
    except InputError:
        with bentoml.models.create(tag(endpoint, version), labels={"endpoint": endpoint}) as model:
            shutil.copytree(source, Path(model.path) / FOLDER)
        return
    if _manifest(existing) != _manifest(source):
        raise InputError(
            f"A version never changes, and {tag(endpoint, version)} is in the store with other "
            "content; export the model under a new version."
        )


def _stores() -> list[ModelStore]:
    """The store in use (a running Bento has its own), the one in BENTOML_HOME, the one under var/.

    The last is for `bentoml serve`, which reads BENTOML_HOME before our default is set.
    """
    return [
        BentoMLContainer.model_store.get(),
        ModelStore(BentoMLContainer.model_store_dir.get()),
        ModelStore(var_dir() / "bentoml" / "models"),
    ]


def _manifest(source: Path) -> object:
    return json.loads((source / "manifest.json").read_text())
