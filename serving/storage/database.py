"""The service's database (SQLAlchemy): open it, migrate its schema, take its one write lock."""

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Literal

import sqlalchemy
from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, event

from features.errors import InputError

MIGRATIONS = Path(__file__).parents[1] / "migrations"
LOCK_WAIT_MS = 30_000
# Any number that no other program uses on this database: here the bytes of "CD7Watch".
ADVISORY_LOCK = int.from_bytes(b"CD7Watch", "big")


def open_engine(url: str, durable: bool = False) -> Engine:
    """Engine for `sqlite:///file` or `postgresql+psycopg://...`, at the newest schema.

    SQLite runs in WAL mode, so readers never wait for the writer. With synchronous=NORMAL a
    commit survives the death of any process. With `durable` (FULL) it also survives a power cut,
    and takes about 4 ms (https://sqlite.org/pragma.html#pragma_synchronous). Raises InputError
    when the database cannot be opened or is newer than this program.
    """
    engine = _create(url)
    if engine.dialect.name == "sqlite":
        _prepare_sqlite(engine, "FULL" if durable else "NORMAL")
    try:
        upgrade(engine)
    except sqlalchemy.exc.DBAPIError as problem:
        raise InputError(
            "The service's database must be reachable and sound, and it is not "
            f"({type(problem.orig).__name__}); check CD7WATCH_DATABASE_URL, or the file under "
            "CD7WATCH_VAR."
        ) from None
    except CommandError:
        raise InputError(
            "A database must not be newer than the program, and this one was written by a later "
            "version of CD7Watch; use that version."
        ) from None
    return engine


def _create(url: str) -> Engine:
    try:
        address = sqlalchemy.make_url(url)
    except sqlalchemy.exc.ArgumentError:
        raise InputError(
            "A database address looks like sqlite:///service.db or "
            "postgresql+psycopg://user@host/name, and CD7WATCH_DATABASE_URL does not; correct it."
        ) from None
    if address.drivername == "postgresql":
        address = address.set(drivername="postgresql+psycopg")
    if address.get_backend_name() == "sqlite" and address.database:
        Path(address.database).parent.mkdir(parents=True, exist_ok=True)
    return sqlalchemy.create_engine(address, pool_pre_ping=address.get_backend_name() != "sqlite")


def _prepare_sqlite(engine: Engine, synchronous: str) -> None:
    event.listen(engine, "connect", partial(_set_pragmas, synchronous))
    event.listen(engine, "begin", _begin)


def _set_pragmas(synchronous: str, connection: Any, _record: object) -> None:
    # Python's own transaction handling starts a transaction only at the first write, too late for
    # reading the chain's last entry under the lock.
    connection.isolation_level = None
    for pragma in (
        f"busy_timeout={LOCK_WAIT_MS}",
        "journal_mode=WAL",
        f"synchronous={synchronous}",
        "foreign_keys=ON",
        "secure_delete=ON",  # erased patients leave no trace in free pages
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction that holds the write lock until it ends; all workers share this one lock."""
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK})")
        yield connection


def checkpoint(engine: Engine, mode: Literal["PASSIVE", "TRUNCATE"]) -> bool:
    """Copy SQLite's write-ahead log into the database; does nothing on PostgreSQL.

    PASSIVE copies as much as it can without waiting. TRUNCATE waits for readers, writers and other
    checkpoints, and leaves an empty log (https://sqlite.org/pragma.html#pragma_wal_checkpoint).
    Returns False when another connection prevented it until the end.
    """
    if engine.dialect.name != "sqlite":
        return True
    end = time.monotonic() + LOCK_WAIT_MS / 1000
    # SQLite itself waits for readers and writers, but not for another checkpoint.
    while not (complete := _checkpoint_once(engine, mode)) and mode == "TRUNCATE":
        if time.monotonic() > end:
            break
        time.sleep(0.01)
    return complete


def _checkpoint_once(engine: Engine, mode: str) -> bool:
    # A raw connection, because SQLAlchemy would begin a transaction.
    with closing(engine.raw_connection()) as connection:
        ((busy, _, _),) = connection.cursor().execute(f"PRAGMA wal_checkpoint({mode})").fetchall()
    return not busy


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Apply the missing migrations; safe when several processes start at once."""
    with writing(engine) as connection:
        command.upgrade(_configuration(connection), revision)


def downgrade(engine: Engine, revision: str = "base") -> None:
    """Revert migrations down to `revision`."""
    with writing(engine) as connection:
        command.downgrade(_configuration(connection), revision)


def _configuration(connection: Connection) -> Config:
    configuration = Config()
    configuration.set_main_option("script_location", str(MIGRATIONS))
    configuration.attributes["connection"] = connection
    return configuration
