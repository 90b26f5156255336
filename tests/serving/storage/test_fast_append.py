"""Appending without blocking: at once or not at all."""

import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from serving.storage import audit_chain
from serving.storage.audit_kinds import AuditKind
from serving.storage.audit_verification import VerifiedChain, verify
from serving.storage.database import checkpoint, open_engine, writing
from serving.storage.fast_append import FastAppender

KEY = b"k" * 32


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """An empty SQLite record."""
    engine = open_engine(f"sqlite:///{tmp_path / 'service.db'}")
    yield engine
    engine.dispose()


@pytest.fixture
def appender(engine: Engine) -> Iterator[FastAppender]:
    """An open appender."""
    appender = FastAppender(engine, KEY)
    yield appender
    appender.close()


def entry(i: int) -> audit_chain.Entry:
    """The i-th answer."""
    return audit_chain.entry(AuditKind.PREDICT, "ward", {"i": i}, "patient")


def verified(engine: Engine) -> VerifiedChain:
    """The chain's state."""
    with engine.connect() as connection, connection.begin():
        return verify(connection, KEY)


def test_both_ways_of_writing_make_one_chain(engine: Engine, appender: FastAppender) -> None:
    """Entries of the appender and of a transaction follow from each other."""
    first = appender.append([entry(0)])
    with writing(engine) as connection:
        audit_chain.append(connection, KEY, [entry(1)])
    last = appender.append([entry(2), entry(3)])
    assert first and last and verified(engine) == VerifiedChain(4, last[-1])


def test_a_held_lock_is_not_waited_for(engine: Engine, appender: FastAppender) -> None:
    """None within a moment, nothing written, and the next time it works."""
    with writing(engine):
        start = time.monotonic()
        assert appender.append([entry(0)]) is None
        assert time.monotonic() - start < 1.0
    assert appender.append([entry(0)]) is not None
    assert verified(engine).entries == 1


def test_a_failure_leaves_nothing_behind(engine: Engine, appender: FastAppender) -> None:
    """Half an entry is taken back, and the lock is free again."""
    broken = audit_chain.Entry(AuditKind.PREDICT, "ward", "{}", subject=b"\x00" * 3)  # type: ignore[arg-type]  # on purpose
    with pytest.raises((TypeError, sqlite3.Error)):
        appender.append([entry(0), broken])
    assert appender.append([entry(1)]) is not None
    assert verified(engine).entries == 1


def test_the_appender_makes_no_checkpoint(
    engine: Engine, appender: FastAppender, tmp_path: Path
) -> None:
    """The appender's commits leave the database file alone; a checkpoint brings it up to date."""
    file, log = tmp_path / "service.db", tmp_path / "service.db-wal"
    checkpoint(engine, "TRUNCATE")
    before = file.read_bytes()
    big = audit_chain.entry(AuditKind.PREDICT, "ward", {"x": "y" * 50_000})
    for _ in range(150):
        appender.append([big])
    assert file.read_bytes() == before and log.stat().st_size > 4_000_000
    checkpoint(engine, "TRUNCATE")
    assert file.stat().st_size > len(before) and log.stat().st_size == 0
