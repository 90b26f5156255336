"""The scribe writes at once or not at all, and never waits."""

import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from serving.storage import audit_chain
from serving.storage.database import checkpoint, open_engine, writing
from serving.storage.fast_append import Scribe

KEY = b"k" * 32


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """An empty SQLite record."""
    made = open_engine(f"sqlite:///{tmp_path / 'service.db'}")
    yield made
    made.dispose()


@pytest.fixture
def scribe(engine: Engine) -> Iterator[Scribe]:
    """A scribe at work."""
    made = Scribe(engine, KEY)
    yield made
    made.close()


def entry(i: int) -> audit_chain.Entry:
    """The i-th answer."""
    return audit_chain.entry("predict", "ward", {"i": i}, "patient")


def verified(engine: Engine) -> audit_chain.Verified:
    """The chain's state."""
    with engine.connect() as connection, connection.begin():
        return audit_chain.verify(connection, KEY)


def test_both_ways_of_writing_make_one_chain(engine: Engine, scribe: Scribe) -> None:
    """Entries of the scribe and of a transaction follow from each other."""
    first = scribe.append([entry(0)])
    with writing(engine) as connection:
        audit_chain.append(connection, KEY, [entry(1)])
    last = scribe.append([entry(2), entry(3)])
    assert first and last and verified(engine) == audit_chain.Verified(4, last[-1])


def test_a_taken_lock_is_not_waited_for(engine: Engine, scribe: Scribe) -> None:
    """None within a moment, nothing written, and the next time it works."""
    with writing(engine):
        start = time.monotonic()
        assert scribe.append([entry(0)]) is None
        assert time.monotonic() - start < 1.0
    assert scribe.append([entry(0)]) is not None
    assert verified(engine).entries == 1


def test_a_failure_leaves_nothing_behind(engine: Engine, scribe: Scribe) -> None:
    """Half an entry is taken back, and the lock is free again."""
    broken = audit_chain.Entry("predict", "ward", "{}", subject=b"\x00" * 3)  # type: ignore[arg-type]  # on purpose
    with pytest.raises((TypeError, sqlite3.Error)):
        scribe.append([entry(0), broken])
    assert scribe.append([entry(1)]) is not None
    assert verified(engine).entries == 1


def test_the_log_is_copied_by_someone_else(engine: Engine, scribe: Scribe, tmp_path: Path) -> None:
    """The scribe's commits leave the database file alone; a checkpoint brings it up to date."""
    file, log = tmp_path / "service.db", tmp_path / "service.db-wal"
    checkpoint(engine, "TRUNCATE")
    before = file.read_bytes()
    big = audit_chain.entry("predict", "ward", {"x": "y" * 50_000})
    for _ in range(150):
        scribe.append([big])
    assert file.read_bytes() == before and log.stat().st_size > 4_000_000
    checkpoint(engine, "TRUNCATE")
    assert file.stat().st_size > len(before) and log.stat().st_size == 0
