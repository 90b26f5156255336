"""Which versions are in service, and how a worker follows."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from bentoml._internal.configuration.containers import BentoMLContainer
from bentoml._internal.models import ModelStore
from sqlalchemy import Engine, select

from features.errors import InputError
from serving.model_store import model_store
from serving.model_store.active_models import Supply, install, rollback
from serving.storage.audit_log import Ledger
from serving.storage.tables import audit

Folders = dict[str, Path]


@pytest.fixture
def ledger(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ledger]:
    """An empty database and an empty model store."""
    monkeypatch.setenv("CD7WATCH_VAR", str(tmp_path))
    previous = BentoMLContainer.model_store.get()
    home = tmp_path / "bentoml" / "models"
    BentoMLContainer.model_store.set(ModelStore(home))
    BentoMLContainer.model_store_dir.set(str(home))
    yield Ledger(engine, tmp_path / "key")
    BentoMLContainer.model_store.set(previous)
    BentoMLContainer.model_store_dir.reset()


def follow(supply: Supply) -> bool:
    """Put what the database names in service; whether it was anything new."""
    found = supply.arriving()
    if found is not None:
        supply.put_in_service(found)
    return found is not None


def test_an_imported_model_is_in_service(ledger: Ledger, model_folders: Folders) -> None:
    """Following once loads it under its version; following again finds nothing new."""
    supply = Supply(ledger.engine)
    assert install(model_folders["relapse"], ledger, "admin") == ("relapse", "1")
    assert follow(supply) and not follow(supply)
    assert {name: m.version for name, m in supply.current().items()} == {"relapse": "1"}


def test_what_arrives_does_not_answer_yet(ledger: Ledger, model_folders: Folders) -> None:
    """The old models stay in service until the new ones are put there."""
    supply = Supply(ledger.engine)
    install(model_folders["relapse"], ledger, "admin")
    follow(supply)
    install(model_folders["relapse-2"], ledger, "admin")
    found = supply.arriving()
    assert found is not None and found.models["relapse"].version == "2"
    assert supply.current()["relapse"].version == "1"


def test_a_swap_replaces_the_whole_mapping(ledger: Ledger, model_folders: Folders) -> None:
    """Who holds the old mapping keeps the old models; the untouched endpoint is not loaded anew."""
    supply = Supply(ledger.engine)
    for name in ("relapse", "fatal_infection"):
        install(model_folders[name], ledger, "admin")
    follow(supply)
    old = supply.current()
    install(model_folders["relapse-2"], ledger, "admin")
    follow(supply)
    assert (old["relapse"].version, supply.current()["relapse"].version) == ("1", "2")
    assert supply.current()["fatal_infection"] is old["fatal_infection"]


def test_rollback_goes_back_one_version_at_a_time(ledger: Ledger, model_folders: Folders) -> None:
    """1, 2, back to 1, and no further; importing 2 again serves it again."""
    for name in ("relapse", "relapse-2"):
        install(model_folders[name], ledger, "admin")
    assert rollback("relapse", ledger, "admin") == "1"
    with pytest.raises(InputError, match="none was in service"):
        rollback("relapse", ledger, "admin")
    install(model_folders["relapse-2"], ledger, "admin")
    assert rollback("relapse", ledger, "admin") == "1"


def test_every_change_is_recorded(ledger: Ledger, model_folders: Folders) -> None:
    """Who put which version in service stands in the audit chain."""
    for name in ("relapse", "relapse-2"):
        install(model_folders[name], ledger, "admin")
    rollback("relapse", ledger, "night shift")
    with ledger.engine.connect() as connection, connection.begin():
        rows = connection.execute(select(audit).order_by(audit.c.number)).all()
    assert [(row.kind, row.actor) for row in rows] == [
        ("import", "admin"), ("import", "admin"), ("rollback", "night shift"),
    ]  # fmt: skip
    assert json.loads(rows[-1].body) == {"endpoint": "relapse", "version": "1"}


def test_an_embedded_version_serves_until_one_is_imported(
    ledger: Ledger, model_folders: Folders
) -> None:
    """A Bento's own models answer on an empty database, and an import takes over."""
    model_store.keep(model_folders["relapse"], "relapse", "1")
    supply = Supply(ledger.engine, {"relapse": "1"})
    follow(supply)
    assert supply.current()["relapse"].version == "1"
    install(model_folders["relapse-2"], ledger, "admin")
    follow(supply)
    assert supply.current()["relapse"].version == "2"


def test_a_missing_version_leaves_what_serves(ledger: Ledger, model_folders: Folders) -> None:
    """When the store lost a version, the worker says so and keeps its models."""
    supply = Supply(ledger.engine)
    install(model_folders["relapse"], ledger, "admin")
    follow(supply)
    install(model_folders["relapse-2"], ledger, "admin")
    shutil.rmtree(model_store.folder("relapse", "2").parent)
    with pytest.raises(InputError, match="import its folder again"):
        follow(supply)
    assert supply.current()["relapse"].version == "1"


def test_a_version_never_changes_its_content(
    ledger: Ledger, model_folders: Folders, tmp_path: Path
) -> None:
    """The same folder again is fine; another model under the same version is refused."""
    install(model_folders["relapse"], ledger, "admin")
    install(model_folders["relapse"], ledger, "admin")
    other = shutil.copytree(model_folders["relapse-2"], tmp_path / "other")
    manifest = json.loads((other / "manifest.json").read_text())
    (other / "manifest.json").write_text(json.dumps(manifest | {"version": "1"}))
    with pytest.raises(InputError, match="with other content"):
        install(other, ledger, "admin")


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"schema_version": "0"}, "schema_version"),
        ({"format_version": "99"}, "format_version"),
        ({"version": ""}, "registry version"),
        ({"files": {"arrays.npz": "0" * 64}}, "SHA-256"),
    ],
)
def test_a_folder_that_does_not_fit_is_refused(
    ledger: Ledger, model_folders: Folders, tmp_path: Path, change: dict[str, object], rule: str
) -> None:
    """Checksum, format, schema and version are checked before anything is stored."""
    folder = shutil.copytree(model_folders["relapse"], tmp_path / "changed")
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(manifest | change))
    with pytest.raises(InputError, match=rule):
        install(folder, ledger, "admin")
    assert not (tmp_path / "bentoml" / "models" / "cd7watch-relapse").exists()


def test_an_unknown_endpoint_is_refused(ledger: Ledger) -> None:
    """The sentence names the endpoints there are."""
    with pytest.raises(InputError, match="relapse or fatal_infection"):
        rollback("cure", ledger, "admin")
