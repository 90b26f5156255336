"""Import and rollback: which version is in service, what is recorded, what is refused."""

import json
import shutil
from pathlib import Path

import pytest
from sqlalchemy import select

from features.errors import InputError
from serving.model_store.versions_in_service import install, rollback
from serving.storage.audit_log import AuditLog
from serving.storage.tables import audit

Folders = dict[str, Path]


def test_rollback_goes_back_one_version_at_a_time(
    audit_log: AuditLog, model_folders: Folders
) -> None:
    """1, 2, back to 1, and no further; importing 2 again serves it again."""
    for name in ("relapse", "relapse-2"):
        install(model_folders[name], audit_log, "admin")
    assert rollback("relapse", audit_log, "admin") == "1"
    with pytest.raises(InputError, match="none was in service"):
        rollback("relapse", audit_log, "admin")
    install(model_folders["relapse-2"], audit_log, "admin")
    assert rollback("relapse", audit_log, "admin") == "1"


def test_every_change_is_recorded(audit_log: AuditLog, model_folders: Folders) -> None:
    """Who put which version in service stands in the audit chain."""
    for name in ("relapse", "relapse-2"):
        install(model_folders[name], audit_log, "admin")
    rollback("relapse", audit_log, "night shift")
    with audit_log.engine.connect() as connection, connection.begin():
        rows = connection.execute(select(audit).order_by(audit.c.number)).all()
    assert [(row.kind, row.actor) for row in rows] == [
        ("import", "admin"), ("import", "admin"), ("rollback", "night shift"),
    ]  # fmt: skip
    assert json.loads(rows[-1].body) == {"endpoint": "relapse", "version": "1"}


def test_a_version_never_changes_its_content(
    audit_log: AuditLog, model_folders: Folders, tmp_path: Path
) -> None:
    """The same folder again is fine; another model under the same version is refused."""
    install(model_folders["relapse"], audit_log, "admin")
    install(model_folders["relapse"], audit_log, "admin")
    other = shutil.copytree(model_folders["relapse-2"], tmp_path / "other")
    manifest = json.loads((other / "manifest.json").read_text())
    (other / "manifest.json").write_text(json.dumps(manifest | {"version": "1"}))
    with pytest.raises(InputError, match="with other content"):
        install(other, audit_log, "admin")


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
    audit_log: AuditLog,
    model_folders: Folders,
    tmp_path: Path,
    change: dict[str, object],
    rule: str,
) -> None:
    """Checksum, format, schema and version are checked before anything is stored."""
    folder = shutil.copytree(model_folders["relapse"], tmp_path / "changed")
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(manifest | change))
    with pytest.raises(InputError, match=rule):
        install(folder, audit_log, "admin")
    assert not (tmp_path / "bentoml" / "models" / "cd7watch-relapse").exists()


def test_an_unknown_endpoint_is_refused(audit_log: AuditLog) -> None:
    """The sentence names the endpoints there are."""
    with pytest.raises(InputError, match="relapse or fatal_infection"):
        rollback("cure", audit_log, "admin")
