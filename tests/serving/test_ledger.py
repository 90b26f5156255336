"""Group commit: every waiting request gets its own entry, and none before it is on disk."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, func, select

from serving import audit
from serving.ledger import Ledger
from serving.tables import audit as table


async def _many(ledger: Ledger, n: int) -> list[str]:
    entries = [audit.entry("predict", "ward", {"i": i}) for i in range(n)]
    return await asyncio.gather(*(ledger.commit(new) for new in entries))


def test_waiting_entries_share_commits(engine: Engine, tmp_path: Path) -> None:
    """300 concurrent entries need far fewer transactions, and the chain holds in their order."""
    commits: list[int] = []
    event.listen(engine, "commit", lambda connection: commits.append(1))
    ledger = Ledger(engine, tmp_path / "key")
    macs = asyncio.run(_many(ledger, 300))
    ledger.close()
    assert len(commits) < 100
    with engine.connect() as connection, connection.begin():
        assert audit.verify(connection, ledger.key).entries == 300
        stored = connection.scalars(select(table.c.mac).order_by(table.c.number)).all()
    assert macs == stored


def test_an_answer_waits_for_its_entry(engine: Engine, tmp_path: Path) -> None:
    """When `commit` returns, another connection already reads the entry."""
    ledger = Ledger(engine, tmp_path / "key")

    async def one() -> int | None:
        await ledger.commit(audit.entry("predict", "ward", {}))
        with engine.connect() as connection, connection.begin():
            return connection.scalar(select(func.count()).select_from(table))

    assert asyncio.run(one()) == 1
    ledger.close()


def test_a_failed_commit_fails_its_requests(tmp_path: Path, engine: Engine) -> None:
    """Nothing is answered when the record cannot be written, and the next commit works again."""
    ledger = Ledger(engine, tmp_path / "key")

    async def twice() -> str:
        def refuse(connection: object) -> None:
            raise OSError("disk full")

        event.listen(engine, "commit", refuse)
        with pytest.raises(OSError, match="disk full"):
            await ledger.commit(audit.entry("predict", "ward", {}))
        event.remove(engine, "commit", refuse)
        return await ledger.commit(audit.entry("predict", "ward", {}))

    assert len(asyncio.run(twice())) == 64
    ledger.close()
