"""The chain: its key, what an entry may hold, and concurrent writers."""

import multiprocessing
from pathlib import Path

import pytest
from sqlalchemy import Engine

from serving.storage import audit_chain
from serving.storage.audit_kinds import AuditKind
from serving.storage.database import open_engine, writing
from tests.serving.storage.ten_entries import KEY, entry, verified


def test_the_key_is_made_once_and_is_private(tmp_path: Path) -> None:
    """A second reader gets the same key; nobody else may read the file."""
    key = audit_chain.read_key(tmp_path / "a" / "audit.key")
    assert audit_chain.read_key(tmp_path / "a" / "audit.key") == key and len(key) == 32
    assert (tmp_path / "a" / "audit.key").stat().st_mode & 0o077 == 0


def test_nan_never_enters_the_record() -> None:
    """An entry that JSON cannot carry is refused before it can spoil a shared commit."""
    with pytest.raises(ValueError, match="JSON"):
        audit_chain.entry(AuditKind.PREDICT, "ward", {"risk": float("nan")})


def _append_many(url: str, n: int) -> None:
    engine = open_engine(url)
    for i in range(n):
        with writing(engine) as connection:
            audit_chain.append(connection, KEY, [entry(i)])
    engine.dispose()


def test_three_processes_make_one_chain(engine: Engine) -> None:
    """Concurrent writers neither fork the chain nor lose an entry."""
    url = engine.url.render_as_string(hide_password=False)
    spawn = multiprocessing.get_context("spawn")
    writers = [spawn.Process(target=_append_many, args=(url, 40)) for _ in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(timeout=120)
        assert writer.exitcode == 0
    assert verified(engine).entries == 120
