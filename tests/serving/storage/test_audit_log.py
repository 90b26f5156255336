"""Group commit: every waiting request gets its own entry, and none before it is on disk."""

import asyncio
import multiprocessing
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, func, select
from sqlalchemy.exc import DBAPIError

from serving.storage import audit_chain
from serving.storage.audit_kinds import AuditKind
from serving.storage.audit_log import AuditLog
from serving.storage.audit_verification import verify
from serving.storage.database import open_engine, writing
from serving.storage.tables import audit as table


@pytest.fixture(params=[False, True], ids=["gathered", "at once"])
def audit_log(request: pytest.FixtureRequest, engine: Engine, tmp_path: Path) -> Iterator[AuditLog]:
    """An audit log on each database; on SQLite also one that writes at once."""
    if request.param and engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL's commits wait for its disk, so they are always gathered.")
    made = AuditLog(engine, tmp_path / "key", at_once=request.param)
    yield made
    made.close()


async def _many(audit_log: AuditLog, n: int) -> list[str]:
    entries = [audit_chain.entry(AuditKind.PREDICT, "ward", {"i": i}) for i in range(n)]
    return await asyncio.gather(*(audit_log.commit(new) for new in entries))


def _macs(engine: Engine) -> list[str]:
    with engine.connect() as connection, connection.begin():
        return list(connection.scalars(select(table.c.mac).order_by(table.c.number)))


def test_every_entry_is_chained_in_its_order(audit_log: AuditLog) -> None:
    """300 concurrent entries make one chain that holds, and each request gets its own mac."""
    macs = asyncio.run(_many(audit_log, 300))
    with audit_log.engine.connect() as connection, connection.begin():
        assert verify(connection, audit_log.key).entries == 300
    assert macs == _macs(audit_log.engine)


def test_waiting_entries_share_commits(engine: Engine, tmp_path: Path) -> None:
    """300 concurrent entries need far fewer transactions where each waits for the disk."""
    commits: list[int] = []
    event.listen(engine, "commit", lambda connection: commits.append(1))
    audit_log = AuditLog(engine, tmp_path / "key")
    asyncio.run(_many(audit_log, 300))
    audit_log.close()
    assert len(commits) < 100


def test_a_batch_is_one_transaction(audit_log: AuditLog) -> None:
    """All of a list's entries, or none."""
    commits: list[int] = []
    event.listen(audit_log.engine, "commit", lambda connection: commits.append(1))
    entries = [audit_chain.entry(AuditKind.PREDICT, "ward", {"i": i}) for i in range(40)]
    macs = asyncio.run(audit_log.commit_all(entries))
    assert len(commits) == 1 and macs == _macs(audit_log.engine)


def test_an_answer_waits_for_its_entry(audit_log: AuditLog) -> None:
    """When `commit` returns, another connection already reads the entry."""

    async def one() -> int | None:
        await audit_log.commit(audit_chain.entry(AuditKind.PREDICT, "ward", {}))
        with audit_log.engine.connect() as connection, connection.begin():
            return connection.scalar(select(func.count()).select_from(table))

    assert asyncio.run(one()) == 1


def test_a_failed_commit_fails_its_requests(audit_log: AuditLog) -> None:
    """Nothing is answered when the record cannot be written, and the next commit works again."""

    def rename(old: str, new: str) -> None:
        with writing(audit_log.engine) as connection:
            connection.exec_driver_sql(f"ALTER TABLE {old} RENAME TO {new}")

    async def thrice() -> list[str]:
        first = await audit_log.commit(audit_chain.entry(AuditKind.PREDICT, "ward", {}))
        rename("audit", "away")
        with pytest.raises((sqlite3.Error, DBAPIError), match="audit"):
            await audit_log.commit(audit_chain.entry(AuditKind.PREDICT, "ward", {}))
        rename("away", "audit")
        return [first, await audit_log.commit(audit_chain.entry(AuditKind.PREDICT, "ward", {}))]

    assert asyncio.run(thrice()) == _macs(audit_log.engine)


def test_a_held_lock_makes_the_entry_wait(audit_log: AuditLog) -> None:
    """While another process writes, the entry waits in the thread and the loop stays free."""

    async def meanwhile() -> tuple[int, str]:
        with writing(audit_log.engine):
            waiting = asyncio.create_task(
                audit_log.commit(audit_chain.entry(AuditKind.PREDICT, "ward", {}))
            )
            turns = 0
            while turns < 20:
                await asyncio.sleep(0.005)
                turns += 1
            assert not waiting.done()
        return turns, await waiting

    turns, mac = asyncio.run(meanwhile())
    assert turns == 20 and [mac] == _macs(audit_log.engine)


def _commit_many(url: str, key: Path, n: int) -> None:
    audit_log = AuditLog(open_engine(url), key, at_once=True)

    async def all_of_them() -> None:
        for i in range(n):
            await audit_log.commit(audit_chain.entry(AuditKind.PREDICT, "ward", {"i": i}))

    asyncio.run(all_of_them())
    audit_log.close()


def test_workers_that_write_at_once_make_one_chain(tmp_path: Path) -> None:
    """Three processes, each at once wherever the lock is free, neither fork nor lose an entry."""
    url, key = f"sqlite:///{tmp_path / 'service.db'}", tmp_path / "key"
    first = AuditLog(open_engine(url), key)
    spawn = multiprocessing.get_context("spawn")
    workers = [spawn.Process(target=_commit_many, args=(url, key, 60)) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=120)
        assert worker.exitcode == 0
    with first.engine.connect() as connection, connection.begin():
        assert verify(connection, first.key).entries == 180
    first.engine.dispose()
