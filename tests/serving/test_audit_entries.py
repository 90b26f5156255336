"""Every kind of audit entry is written by some route or command, with the body of its kind."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import get_type_hints

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine
from starlette.testclient import TestClient

from serving.__main__ import serving
from serving.service import STATE
from serving.storage.audit_bodies import BODY_OF_KIND
from serving.storage.audit_chain import all_rows
from serving.storage.audit_kinds import AuditKind
from serving.storage.audit_log import open_audit_log
from tests.serving.examples import collected


def use_routes(client: TestClient, folder: Path) -> None:
    """Every route that writes an entry: the interface's own, then the pages."""
    key = collected(client, folder)["makePatient 201"]["key"]
    acknowledgement = {"endpoint": "relapse", "outcome": "acknowledged", "reason": "seen"}
    address = f"/v1/patients/{key}/acknowledgements"
    assert client.post(address, json=acknowledgement).status_code == 201
    for path in ("/", f"/patients/{key}", f"/patients/{key}/samples/current"):
        assert client.get(path).status_code == 200, path


def use_commands(model_folders: dict[str, Path]) -> None:
    """The commands whose entries no route writes."""
    for words in (
        ["import", str(model_folders["relapse"])],
        ["import", str(model_folders["relapse-2"])],
        ["rollback", "relapse"],
        ["token", "add", "ward", "--role", "clinician"],
        ["token", "revoke", "ward"],
        ["erase", "--older-than", "1"],
    ):
        done = CliRunner().invoke(serving, words)
        assert done.exit_code == 0, done.output


def entries(engine: Engine) -> Iterator[tuple[AuditKind, str | None]]:
    """Kind and body of every entry; a kind outside the enum is a ValueError."""
    with engine.connect() as connection, connection.begin():
        for row in all_rows(connection):
            yield AuditKind(row["kind"]), row["body"]


def test_every_kind_is_written_with_its_body(
    client: TestClient,
    model_folders: dict[str, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The kinds in the database are those of the enum, and each body has its kind's fields."""
    use_routes(client, tmp_path)
    monkeypatch.setenv("CD7WATCH_VAR", str(tmp_path))
    use_commands(model_folders)
    audit_log = open_audit_log()
    found = [*entries(STATE.engine), *entries(audit_log.engine)]
    audit_log.engine.dispose()
    assert {kind for kind, _ in found} == set(AuditKind)
    for kind, body in found:
        if body is not None:
            assert set(json.loads(body)) == set(get_type_hints(BODY_OF_KIND[kind])), kind
