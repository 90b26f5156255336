"""The commands beside `start`, in a state folder of their own."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from features.table.feature_table import write_table
from features.table.row import empty_row
from serving.__main__ import serving
from serving.storage import audit_chain as chain
from serving.storage.audit_kinds import AuditKind
from serving.storage.audit_log import open_audit_log
from serving.storage.jobs import Jobs
from serving.storage.store import Store, pseudonym

PATIENT = "Jane Doe"


@pytest.fixture
def var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty state folder."""
    monkeypatch.setenv("CD7WATCH_VAR", str(tmp_path))
    monkeypatch.delenv("CD7WATCH_DATABASE_URL", raising=False)
    yield tmp_path


def run(*words: object) -> Result:
    """One command."""
    return CliRunner().invoke(serving, [str(word) for word in words])


def table(path: Path) -> Path:
    """A feature table of two patients with two samples each."""
    rows = []
    for name in (PATIENT, "other"):
        for day in (-5, 28):
            row = empty_row() | {"sample_id": f"{name} {day}", "patient_id": name, "day": day}
            rows.append(row | {"provenance": "synthetic", "monocyte_fraction": 0.1})
    from features.measures.history import add_history

    history = [*add_history(rows[:2]), *add_history(rows[2:])]
    write_table(path, history, [])
    return path


def test_load_stores_a_cohort_under_random_keys(var: Path) -> None:
    """Every patient with every sample; a second run replaces instead of doubling."""
    features = table(var / "features.parquet")
    for _ in range(2):
        done = run("load", features)
        assert done.exit_code == 0, done.output
    assert "4 samples of 2 patients (synthetic)" in done.output
    found = Store(open_audit_log().engine).patients()
    assert [len(patient.rows) for patient in found] == [2, 2]
    assert not any(PATIENT in patient.key for patient in found)


def test_token_commands_make_list_and_revoke(var: Path) -> None:
    """A token is printed once, listed without its secret, and revoked by name."""
    token = run("token", "add", "ward", "--role", "clinician").output.strip()
    listed = run("token", "list").output
    assert "ward\tclinician" in listed and token not in listed
    assert run("token", "revoke", "ward").exit_code == 0
    assert run("token", "list").output == ""


def test_erase_leaves_nothing_of_a_patient_in_the_files(var: Path) -> None:
    """Identifier and values are gone from every file of the database; the chain still verifies."""
    audit_log = open_audit_log()
    store = Store(audit_log.engine)
    key = store.add_patient(PATIENT)
    row = empty_row() | {"sample_id": "s", "day": 28, "provenance": "real", "ferritin": 4242.125}
    store.put_sample(key, row)
    body = {"samples": [{"ferritin": 4242.125}]}
    audit_log.record(chain.entry(AuditKind.SAMPLE, "x", body, key))
    audit_log.record(chain.entry(AuditKind.PREDICT, "x", body, pseudonym(audit_log.key, PATIENT)))
    audit_log.record(
        chain.entry(AuditKind.PREDICT, "x", {"samples": []}, pseudonym(audit_log.key, "other"))
    )
    head = run("audit", "head").output.strip()
    done = run("erase", PATIENT)
    assert done.exit_code == 0 and "emptied: 2" in done.output
    assert run("audit", "verify", "--head", head).exit_code == 0
    audit_log.engine.dispose()
    with closing(sqlite3.connect(var / "service.db")) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    written = b"".join(path.read_bytes() for path in var.glob("service.db*"))
    assert PATIENT.encode() not in written and b"4242.125" not in written


def test_erase_by_age(var: Path) -> None:
    """Entries of today are not older than a day."""
    audit_log = open_audit_log()
    audit_log.record(chain.entry(AuditKind.PREDICT, "x", {}))
    assert "emptied: 0" in run("erase", "--older-than", 1).output


def test_erase_by_age_takes_samples_answers_and_waiting_jobs(var: Path) -> None:
    """What is older than a day is gone from the tables, and the chain holds."""
    audit_log = open_audit_log()
    store, jobs = Store(audit_log.engine), Jobs(audit_log.engine)
    key = store.add_patient(PATIENT)
    store.put_sample(key, empty_row() | {"sample_id": "s", "day": 28, "provenance": "real"})
    jobs.finish(jobs.start("ward"), 200, '{"ferritin":4242.125}')
    audit_log.record(chain.entry(AuditKind.OVERRIDE, "x", {"comment": "Doe"}, key))
    with audit_log.engine.begin() as connection:
        for change in ("samples SET stored_at = 1", "patients SET created_at = 1"):
            connection.exec_driver_sql(f"UPDATE {change}")
    assert "emptied: 0" in run("erase", "--older-than", 1).output
    assert store.patients() == []
    with audit_log.engine.connect() as connection, connection.begin():
        assert connection.exec_driver_sql("SELECT count(*) FROM jobs").scalar() == 0
    assert run("audit", "verify").exit_code == 0


def test_export_is_pseudonymised(var: Path) -> None:
    """Features and risks leave; keys, identifiers, sample names and erased answers do not."""
    audit_log = open_audit_log()
    subject = pseudonym(audit_log.key, PATIENT)
    sample = {"sample_id": "Jane's", "patient_id": PATIENT, "day": 28, "plt": 50.0}
    body = {"samples": [sample], "versions": {"relapse": "1"}, "risks": {"relapse": {"180": 0.4}}}
    audit_log.record(chain.entry(AuditKind.PREDICT, "x", body, subject))
    audit_log.record(chain.entry(AuditKind.EXPLAIN, "x", body, subject))
    audit_log.record(chain.entry(AuditKind.IMPORT, "x", {"version": "1"}))
    done = run("export", var / "out")
    assert done.exit_code == 0 and "2 answers" in done.output
    text = (var / "out" / "served.jsonl").read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    assert lines[0]["samples"] == [{"day": 28, "plt": 50.0}] and lines[0]["risks"]
    assert lines[0]["patient"] == lines[1]["patient"] != subject
    assert "Jane" not in text and subject not in text
    assert run("export", var / "out").exit_code == 2
    assert run("erase", PATIENT).exit_code == 0
    run("export", var / "again")
    assert (var / "again" / "served.jsonl").read_text() == ""


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        (("import", "nowhere"), "training export"),
        (("rollback", "cure"), "none was in service"),
        (("rollback", "relapse"), "none was in service"),
        (("load", "nowhere.parquet"), "nowhere.parquet"),
        (("erase",), "--older-than"),
        (("erase", "nobody"), "none has this"),
        (("audit", "verify", "--head", "f" * 64), "head"),
        (("token", "add", "x", "--role", "doctor"), "clinician, service, admin"),
        (("token", "revoke", "x"), "none is named x"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(
    var: Path, words: tuple[str, ...], rule: str
) -> None:
    """No traceback: the rule, what came, the way out."""
    done = run(*words)
    assert done.exit_code == 2, done.output
    assert rule in done.output and done.output.count("\n") == 1 and "Traceback" not in done.output


def test_a_broken_chain_is_exit_code_2(var: Path) -> None:
    """`audit verify` names the entry that was edited."""
    audit_log = open_audit_log()
    for i in range(3):
        audit_log.record(chain.entry(AuditKind.PREDICT, "x", {"i": i}))
    audit_log.engine.dispose()
    with closing(sqlite3.connect(var / "service.db")) as database, database:
        database.execute("UPDATE audit SET body = '{}' WHERE number = 2")
    done = run("audit", "verify")
    assert done.exit_code == 2 and "entry 2 does not" in done.output


@pytest.mark.parametrize("name", ["", *serving.commands])
def test_every_command_has_a_help_page(name: str) -> None:
    """-h explains, and nothing is touched."""
    done = run(*name.split(), "-h")
    assert done.exit_code == 0 and "Usage" in done.output
