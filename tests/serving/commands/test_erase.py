"""What was erased is in none of the database's files, not only in none of its rows."""

import json
from pathlib import Path

import pytest
from sqlalchemy import Engine

from serving.storage.database import checkpoint, open_engine
from tests.serving.patient_request import patient
from tests.serving.process import Running, command

NAME = "Qponmlk-4711-John"
VALUE = 3217.0946
OTHER = "Another-4712"


def file_bytes(var: Path) -> bytes:
    """Every byte of SQLite's files: database, write-ahead log and its index."""
    return b"".join(path.read_bytes() for path in sorted(var.glob("service.db*")))


def store_patient(running: Running, name: str, value: float) -> None:
    """A patient with samples, one of them replaced, with answers of every route."""
    ask = running.ask
    key = json.loads(ask("/v1/patients", json.dumps({"identifier": name}).encode())[1])["key"]
    request = patient(site=name, ferritin=value)
    for sample in (*request["samples"], request["samples"][-1] | {"ferritin": value + 1}):
        body = json.dumps(sample | {"patient_id": None}).encode()
        path = f"/v1/patients/{key}/samples/{sample['sample_id']}"
        assert ask(path, body, "PUT")[0] in (200, 201)
    override = {"endpoint": "relapse", "outcome": "override", "reason": "other", "comment": name}
    assert ask(f"/v1/patients/{key}/acknowledgements", json.dumps(override).encode())[0] == 201
    for sample in request["samples"]:
        sample["patient_id"] = name
    for path in ("/v1/predict", "/v1/explain"):
        assert ask(path, json.dumps(request).encode())[0] == 200


def test_no_byte_of_an_erased_patient_remains(running: Running) -> None:
    """While the service runs; the patient next to the erased one is still there."""
    store_patient(running, NAME, VALUE)
    store_patient(running, OTHER, 6543.0987)
    marks = (NAME.encode(), str(VALUE).encode(), str(VALUE + 1).encode())
    before = file_bytes(running.var)
    assert all(mark in before for mark in marks)
    done = command(running.var, "erase", NAME)
    assert done.returncode == 0 and "Erased" in done.stdout, done.stderr
    after = file_bytes(running.var)
    assert not any(mark in after for mark in marks)
    assert OTHER.encode() in after and b"6543.0987" in after
    assert command(running.var, "audit", "verify").returncode == 0


def test_a_checkpoint_reports_a_reader_that_prevents_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader of an older state keeps the log from being emptied; afterwards it can be."""
    monkeypatch.setattr("serving.storage.database.LOCK_WAIT_MS", 50)
    engine: Engine = open_engine(f"sqlite:///{tmp_path / 'service.db'}")
    with engine.connect() as reader, reader.begin():
        reader.exec_driver_sql("SELECT count(*) FROM audit").all()
        with engine.connect().execution_options(writes=True) as writer, writer.begin():
            writer.exec_driver_sql("DELETE FROM tokens")
        assert not checkpoint(engine, "TRUNCATE")
    assert checkpoint(engine, "TRUNCATE")
    engine.dispose()
