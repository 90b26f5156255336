"""The audit chain as a running service uses it: many waiting requests, one commit."""

import asyncio
import queue
import threading
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from sqlalchemy import Engine

from features.settings import database_url, var_dir
from serving.storage import audit_chain
from serving.storage.audit_chain import Entry
from serving.storage.database import checkpoint, open_engine, writing
from serving.storage.fast_append import Scribe

AUDIT_KEY = "audit.key"

_Waiting = tuple[Sequence[Entry], asyncio.AbstractEventLoop, "asyncio.Future[list[str]]"]


class Ledger:
    """Appends to the chain; a worker's concurrent entries share one transaction.

    An answer leaves only after `commit` returned, so nothing is ever said that is not recorded.
    While one transaction is being written the next entries gather, hence the more requests wait,
    the more of them one commit carries. `at_once` (SQLite, not durable) writes a single entry
    without that thread wherever nobody holds the write lock: there a commit waits for no disk.
    """

    def __init__(self, engine: Engine, key_file: Path, *, at_once: bool = False) -> None:
        self.engine = engine
        self.key = audit_chain.read_key(key_file)
        self.at_once = at_once
        self._scribe: Scribe | None = None
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def record(self, *entries: Entry) -> list[str]:
        """Append at once, from a command or a thread; returns the entries' macs."""
        with writing(self.engine) as connection:
            return audit_chain.append(connection, self.key, entries)

    async def commit(self, entry: Entry) -> str:
        """Append, alone or together with whatever else waits; the mac once it is written."""
        if self.at_once:
            self._scribe = self._scribe or Scribe(self.engine, self.key)
            if macs := self._scribe.append([entry]):
                return macs[0]
        return (await self.commit_all([entry]))[0]

    async def commit_all(self, entries: Sequence[Entry]) -> list[str]:
        """Append in one transaction, with whatever else waits; returns the entries' macs."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._write, name="audit", daemon=True)
            self._thread.start()
        loop = asyncio.get_running_loop()
        done: asyncio.Future[list[str]] = loop.create_future()
        self._queue.put((entries, loop, done))
        return await done

    def tidy(self) -> None:
        """Copy SQLite's log into the database, which waits for the disk: not for the event loop."""
        if self.at_once:
            checkpoint(self.engine, "PASSIVE")

    def close(self) -> None:
        """Write what still waits and end the thread."""
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join()
            self._thread = None
        if self._scribe is not None:
            self._scribe.close()
            self._scribe = None

    def _write(self) -> None:
        while (first := self._queue.get()) is not None:
            batch, ends = self._gather(first)
            try:
                macs = iter(self.record(*(new for entries, _, _ in batch for new in entries)))
            except Exception as problem:  # each waiting request must hear of it
                for _, loop, done in batch:
                    loop.call_soon_threadsafe(_fail, done, problem)
            else:
                for entries, loop, done in batch:
                    loop.call_soon_threadsafe(_finish, done, list(islice(macs, len(entries))))
            if ends:
                return

    def _gather(self, first: _Waiting) -> tuple[list[_Waiting], bool]:
        batch = [first]
        while True:
            try:
                waiting = self._queue.get_nowait()
            except queue.Empty:
                return batch, False
            if waiting is None:
                return batch, True
            batch.append(waiting)


def open_ledger(durable: bool = False) -> Ledger:
    """The database named by the settings, with its record; what every command starts from."""
    engine = open_engine(database_url(), durable)
    at_once = engine.dialect.name == "sqlite" and not durable
    return Ledger(engine, var_dir() / AUDIT_KEY, at_once=at_once)


def _finish(done: "asyncio.Future[list[str]]", macs: list[str]) -> None:
    if not done.done():  # its request may have been cut off meanwhile
        done.set_result(macs)


def _fail(done: "asyncio.Future[list[str]]", problem: Exception) -> None:
    if not done.done():
        done.set_exception(problem)
