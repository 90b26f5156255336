"""Append to the audit chain without blocking, on a worker's own SQLite connection.

A commit in WAL mode with synchronous=NORMAL waits for no disk, only for the write lock. The
driver can therefore make it on the thread that answers the request: 60 us, against 660 us through
another thread and SQLAlchemy. When the lock is held, `serving.storage.audit_log` uses that thread.
"""

import sqlite3
from collections.abc import Sequence
from typing import cast

from sqlalchemy import Engine

from serving.storage.audit_chain import START, Entry, chain_rows
from serving.storage.tables import audit as table

_COLUMNS = [column.name for column in table.columns]
_HEAD = f"SELECT number, mac FROM {table.name} ORDER BY number DESC LIMIT 1"  # noqa: S608  # our own names
_INSERT = (
    f"INSERT INTO {table.name} ({', '.join(_COLUMNS)})"  # noqa: S608  # our own names
    f" VALUES ({', '.join(f':{name}' for name in _COLUMNS)})"
)


class FastAppender:
    """One worker's SQLite connection for appending entries."""

    def __init__(self, engine: Engine, key: bytes) -> None:
        self.key = key
        self._pooled = engine.raw_connection()
        self._pooled.detach()  # its pragmas differ from those of the pool's connections
        # SQLAlchemy's protocol does not name the driver; with this dialect it is sqlite3.
        connection = cast("sqlite3.Connection", self._pooled.dbapi_connection)
        self._connection = connection
        connection.execute("PRAGMA busy_timeout=0")
        # A checkpoint waits for the disk, so `AuditLog.checkpoint` makes it on another thread.
        connection.execute("PRAGMA wal_autocheckpoint=0")

    def append(self, entries: Sequence[Entry]) -> list[str] | None:
        """Append without blocking and return the entries' macs; None if the lock is held.

        Raises the driver's error when the entries cannot be written; then none is.
        """
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as problem:
            if problem.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            return None
        try:
            number, mac = self._connection.execute(_HEAD).fetchone() or (0, START)
            rows = chain_rows(self.key, number, mac, entries)
            self._connection.executemany(_INSERT, rows)
            self._connection.execute("COMMIT")
        except BaseException:
            self._connection.rollback()
            raise
        return [str(row["mac"]) for row in rows]

    def close(self) -> None:
        """Close the connection."""
        self._pooled.close()
