"""Audit log: append entries for many waiting requests in one transaction (group commit)."""

import asyncio
import queue
import threading
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from sqlalchemy import Engine

from features.settings import database_url, var_dir
from serving.storage import audit_chain, database
from serving.storage.audit_chain import Entry
from serving.storage.fast_append import FastAppender

AUDIT_KEY = "audit.key"

_Request = tuple[Sequence[Entry], asyncio.AbstractEventLoop, "asyncio.Future[list[str]]"]


class AuditLog:
    """Appends entries to the chain of one database.

    An answer leaves only after `commit` has returned, so every answer has its entry. While one
    transaction is written, the next entries gather: the more requests wait, the more entries one
    transaction carries. With `at_once` (SQLite, not durable) a single entry is written on the
    calling thread if the write lock is free, because such a commit waits for no disk.
    """

    def __init__(self, engine: Engine, key_file: Path, *, at_once: bool = False) -> None:
        self.engine = engine
        self.key = audit_chain.read_key(key_file)
        self.at_once = at_once
        self._appender: FastAppender | None = None
        self._queue: queue.SimpleQueue[_Request | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def record(self, *entries: Entry) -> list[str]:
        """Append entries and wait, from a command or a thread; returns their macs."""
        with database.writing(self.engine) as connection:
            return audit_chain.append(connection, self.key, entries)

    async def commit(self, entry: Entry) -> str:
        """Append one entry; returns its mac after the commit."""
        if self.at_once:
            self._appender = self._appender or FastAppender(self.engine, self.key)
            if macs := self._appender.append([entry]):
                return macs[0]
        return (await self.commit_all([entry]))[0]

    async def commit_all(self, entries: Sequence[Entry]) -> list[str]:
        """Append entries in one transaction; returns their macs after the commit."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._write, name="audit", daemon=True)
            self._thread.start()
        loop = asyncio.get_running_loop()
        macs: asyncio.Future[list[str]] = loop.create_future()
        self._queue.put((entries, loop, macs))
        return await macs

    def checkpoint(self) -> None:
        """Copy SQLite's write-ahead log into the database; waits for the disk."""
        if self.at_once:
            database.checkpoint(self.engine, "PASSIVE")

    def close(self) -> None:
        """Write the entries that still wait and end the thread."""
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join()
            self._thread = None
        if self._appender is not None:
            self._appender.close()
            self._appender = None

    def _write(self) -> None:
        while (first := self._queue.get()) is not None:
            batch, is_last = self._gather(first)
            self._write_batch(batch)
            if is_last:
                return

    def _write_batch(self, batch: Sequence[_Request]) -> None:
        try:
            macs = iter(self.record(*(new for entries, _, _ in batch for new in entries)))
        except Exception as problem:  # each waiting request must get it
            for _, loop, future in batch:
                loop.call_soon_threadsafe(_fail, future, problem)
        else:
            for entries, loop, future in batch:
                loop.call_soon_threadsafe(_finish, future, list(islice(macs, len(entries))))

    def _gather(self, first: _Request) -> tuple[list[_Request], bool]:
        """Everything that waits now, and whether `close` was called."""
        batch = [first]
        while True:
            try:
                request = self._queue.get_nowait()
            except queue.Empty:
                return batch, False
            if request is None:
                return batch, True
            batch.append(request)


def open_audit_log(durable: bool = False) -> AuditLog:
    """The audit log of the database that the settings name."""
    engine = database.open_engine(database_url(), durable)
    at_once = engine.dialect.name == "sqlite" and not durable
    return AuditLog(engine, var_dir() / AUDIT_KEY, at_once=at_once)


def _finish(future: "asyncio.Future[list[str]]", macs: list[str]) -> None:
    if not future.done():  # its request may have been cancelled meanwhile
        future.set_result(macs)


def _fail(future: "asyncio.Future[list[str]]", problem: Exception) -> None:
    if not future.done():
        future.set_exception(problem)
