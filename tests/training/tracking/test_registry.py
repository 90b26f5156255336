"""Names, aliases and versions in a real registry."""

import json
import os
from pathlib import Path

import pytest

from features.errors import InputError
from models import persistence
from training.tracking.registry import aliases, connect, copy_folder, find_version
from training.tracking.registry_names import Address


def test_the_gate_set_the_aliases(store: Path) -> None:
    """Aliases follow the verdicts: relapse has a signal and a champion, infection has neither."""
    client = connect()
    assert aliases(client, "relapse") == {"candidate": "1", "champion": "1"}
    assert aliases(client, "fatal_infection") == {"candidate": "1"}
    passed = find_version(client, Address("relapse", "champion"))
    assert passed.tags["gate_state"] == "champion"
    assert "the features tell who has the event" in passed.tags["champion"]
    failed = find_version(client, Address("fatal_infection", "candidate"))
    assert failed.tags["gate_state"] == "candidate"
    assert "the gate says no champion" in failed.tags["not_champion"]


def test_descriptions_use_the_endpoints_words(store: Path) -> None:
    """Names have underscores, words have none."""
    described = connect().get_registered_model("cd7watch-fatal-infection").description
    assert described == "Risk of fatal infection after CD7 CAR-T therapy."


def test_versions_of_one_fit_say_so(store: Path, tmp_path: Path) -> None:
    """Folder and tags of both endpoints carry the same joint fit."""
    fits = set()
    for endpoint in ("relapse", "fatal_infection"):
        version = find_version(connect(), Address(endpoint, "1"))
        copy_folder(version, tmp_path / endpoint)
        fits |= {persistence.read_manifest(tmp_path / endpoint)["joint_fit"],
                 version.tags["joint_fit"]}  # fmt: skip
    assert len(fits) == 1


def test_version_and_run_know_each_other(store: Path) -> None:
    """The version's run is the endpoint's run, and the folder's manifest names it."""
    client = connect()
    version = find_version(client, Address("relapse", "1"))
    assert client.get_run(version.run_id).data.tags["endpoint"] == "relapse"


def test_the_folder_is_ours(store: Path, tmp_path: Path) -> None:
    """A copied folder loads with our own loader and says what it is."""
    copy_folder(find_version(connect(), Address("relapse", "candidate")), tmp_path / "model")
    model = persistence.load(tmp_path / "model")
    assert (model.endpoint, model.landmark) == ("relapse", 28)
    assert (
        json.loads((tmp_path / "model" / "manifest.json").read_text())["provenance"] == "synthetic"
    )


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        (Address("relapse", "validated"), "No version of cd7watch-relapse is validated"),
        (Address("relapse", "7"), "cd7watch-relapse has no version 7; it has candidate"),
        (Address("fatal_infection", "champion"), "it has candidate .version 1."),
    ],
)
def test_absent_versions(store: Path, address: Address, sentence: str) -> None:
    """An absent alias or number is one sentence with what there is instead."""
    with pytest.raises(InputError, match=sentence):
        find_version(connect(), address)


def test_nothing_registered(empty: Path) -> None:
    """In an empty store the sentence says to fit first; the store's folder is made."""
    with pytest.raises(InputError, match="No relapse model is registered yet: run"):
        find_version(connect(), Address("relapse", "champion"))
    assert (empty / "mlflow.db").exists()


@pytest.mark.parametrize("kind", ["folder", "text"])
def test_what_is_no_database_is_refused(tmp_path: Path, kind: str) -> None:
    """A folder or a file of text in the database's place: one sentence, and it is left as it is."""
    path = tmp_path / "mlflow.db"
    path.mkdir() if kind == "folder" else path.write_text("a note")
    with pytest.raises(InputError, match=r"mlflow.db is .*MLFLOW_TRACKING_URI or CD7WATCH_VAR"):
        connect(f"sqlite:///{path}")
    assert path.is_dir() or path.read_text() == "a note"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write to every file")
def test_a_database_of_somebody_else_is_refused(tmp_path: Path) -> None:
    """Read-only: said before a fit, not after it."""
    path = tmp_path / "mlflow.db"
    path.write_bytes(b"SQLite format 3\0")
    path.chmod(0o400)
    with pytest.raises(InputError, match="that you may write to, but"):
        connect(f"sqlite:///{path}")
