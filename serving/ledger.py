"""The audit chain as a running service uses it: many waiting requests, one commit."""

import asyncio
import queue
import threading
from pathlib import Path

from sqlalchemy import Engine

from features.settings import database_url, var_dir
from serving import audit
from serving.audit import Entry
from serving.database import open_engine, writing

AUDIT_KEY = "audit.key"

_Waiting = tuple[Entry, asyncio.AbstractEventLoop, "asyncio.Future[str]"]


class Ledger:
    """Appends to the chain; a worker's concurrent entries share one transaction.

    An answer leaves only after `commit` returned, so nothing is ever said that is not recorded.
    While one transaction is being written the next entries gather, hence the more requests wait,
    the more of them one commit carries.
    """

    def __init__(self, engine: Engine, key_file: Path) -> None:
        self.engine = engine
        self.key = audit.read_key(key_file)
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def record(self, *entries: Entry) -> list[str]:
        """Append at once, from a command or a thread; returns the entries' macs."""
        with writing(self.engine) as connection:
            return audit.append(connection, self.key, entries)

    async def commit(self, entry: Entry) -> str:
        """Append together with whatever else waits; returns the entry's mac once it is on disk."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._write, name="audit", daemon=True)
            self._thread.start()
        loop = asyncio.get_running_loop()
        done: asyncio.Future[str] = loop.create_future()
        self._queue.put((entry, loop, done))
        return await done

    def close(self) -> None:
        """Write what still waits and end the thread."""
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join()
            self._thread = None

    def _write(self) -> None:
        while (first := self._queue.get()) is not None:
            batch, ends = self._gather(first)
            try:
                macs = self.record(*(entry for entry, _, _ in batch))
            except Exception as problem:  # each waiting request must hear of it
                for _, loop, done in batch:
                    loop.call_soon_threadsafe(_fail, done, problem)
            else:
                for (_, loop, done), mac in zip(batch, macs, strict=True):
                    loop.call_soon_threadsafe(_finish, done, mac)
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
    return Ledger(open_engine(database_url(), durable), var_dir() / AUDIT_KEY)


def _finish(done: "asyncio.Future[str]", mac: str) -> None:
    if not done.done():  # its request may have been cut off meanwhile
        done.set_result(mac)


def _fail(done: "asyncio.Future[str]", problem: Exception) -> None:
    if not done.done():
        done.set_exception(problem)
