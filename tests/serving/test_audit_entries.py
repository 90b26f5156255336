"""Every kind of audit entry is written by some route or command, with the body of its kind."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import get_type_hints
from uuid import uuid4

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine
from starlette.testclient import TestClient

from serving.__main__ import serving
from serving.interop.cds_hooks import FeedbackRequest
from serving.requests_responses.requests import EXAMPLE
from serving.service import STATE
from serving.storage.audit_bodies import BODY_OF_KIND
from serving.storage.audit_chain import all_rows
from serving.storage.audit_kinds import AuditKind
from serving.storage.audit_log import open_audit_log
from tests.serving.counts import write_counts
from tests.serving.examples import HOOK, example

COUNTS = {"Content-Type": "application/octet-stream"}


def use_routes(client: TestClient, folder: Path) -> None:
    """Every route that writes an entry, with a patient of its own."""
    key = client.post("/v1/patients", json={"identifier": "Audit 1"}).json()["key"]
    sample = EXAMPLE["samples"][-1]
    decision = {"endpoint": "relapse", "reason": "seen"}
    call = {
        "hook": "patient-view",
        "hookInstance": str(uuid4()),
        "context": {"patientId": "Audit 1"},
    }
    counts = write_counts(folder / "sample.h5").read_bytes()
    answers = [
        client.post("/v1/predict", json=EXAMPLE),
        client.post("/v1/explain", json=EXAMPLE),
        client.post("/v1/summarise?day=28", content=counts, headers=COUNTS),
        client.put(f"/v1/patients/{key}/samples/{sample['sample_id']}", json=sample),
        client.get(f"/v1/patients/{key}"),
        client.get("/v1/patients"),
        *(
            client.post(
                f"/v1/patients/{key}/acknowledgements", json=decision | {"outcome": outcome}
            )
            for outcome in ("acknowledged", "override")
        ),
        client.post(HOOK, json=call),
        client.post(f"{HOOK}/feedback", json=example(FeedbackRequest)),
        client.get(f"/fhir/RiskAssessment?subject:identifier={key}"),
        client.get("/"),
        client.get(f"/patients/{key}"),
        client.get(f"/patients/{key}/samples/{sample['sample_id']}"),
    ]
    assert all(answer.status_code < 300 for answer in answers), [a.text for a in answers]


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
