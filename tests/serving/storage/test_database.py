"""The schema's migrations on both databases, and the one write lock."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, insert, inspect, select

from features.errors import InputError
from features.table.row import empty_row
from serving.storage.database import checkpoint, downgrade, open_engine, upgrade, writing
from serving.storage.store import Store
from serving.storage.tables import METADATA, tokens


def test_migrations_make_exactly_the_tables(engine: Engine) -> None:
    """Alembic finds no difference between what migrations made and serving.storage.tables."""
    with engine.connect() as connection, connection.begin():
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def test_migrations_go_down_and_up_again(engine: Engine) -> None:
    """Down to nothing and up again leaves the same tables."""
    before = set(inspect(engine).get_table_names())
    downgrade(engine)
    assert set(inspect(engine).get_table_names()) == {"alembic_version"}
    upgrade(engine)
    assert set(inspect(engine).get_table_names()) == before


def test_samples_of_before_the_column_are_of_no_schema(engine: Engine) -> None:
    """A database of the first version keeps its samples, and none of them counts as today's."""
    store = Store(engine)
    key = store.add_patient()
    store.put_sample(key, empty_row() | {"sample_id": "a", "day": 28, "provenance": "real"})
    downgrade(engine, "0001")
    upgrade(engine)
    patient = store.patient(key)
    assert patient is not None and not patient.rows
    assert patient.samples_of_other_schema == ("a",)


def test_a_second_writer_waits_for_the_first(engine: Engine) -> None:
    """The second transaction waits, so what the first one has read stays true until it writes."""
    order: list[str] = []

    def second() -> None:
        with writing(engine) as connection:
            order.append("second")
            assert connection.scalar(select(tokens.c.name)) == "first"

    with writing(engine) as connection:
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(timeout=0.3)
        order.append("first")
        row = {"name": "first", "sha256": "x", "roles": "admin", "created_at": 0.0}
        connection.execute(insert(tokens).values(row))
    thread.join(timeout=10)
    assert order == ["first", "second"]


@pytest.mark.parametrize(("durable", "level"), [(False, 1), (True, 2)])
def test_sqlite_runs_as_it_says(tmp_path: Path, durable: bool, level: int) -> None:
    """WAL always; synchronous NORMAL (1) by default and FULL (2) when durable."""
    engine = open_engine(f"sqlite:///{tmp_path / 'a' / 'service.db'}", durable)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == level
    engine.dispose()


def test_an_address_that_is_none_is_refused() -> None:
    """One sentence names the setting, and not the address, which may hold a password."""
    with pytest.raises(InputError, match="CD7WATCH_DATABASE_URL does not") as caught:
        open_engine("nonsense secret")
    assert "secret" not in str(caught.value)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    """One sentence instead of a driver's traceback, and the file stays as it was."""
    path = tmp_path / "service.db"
    path.write_bytes(b"notes, not a database" * 100)
    with pytest.raises(InputError, match="reachable and sound"):
        open_engine(f"sqlite:///{path}")
    assert path.read_bytes().startswith(b"notes")


def test_a_server_that_is_not_there_is_refused() -> None:
    """The sentence says what to check and holds no password."""
    with pytest.raises(InputError, match="CD7WATCH_DATABASE_URL") as caught:
        open_engine("postgresql://someone:secret@127.0.0.1:1/none")
    assert "secret" not in str(caught.value)


def test_a_database_of_a_later_version_is_refused(tmp_path: Path) -> None:
    """An older program does not touch what it does not know."""
    url = f"sqlite:///{tmp_path / 'service.db'}"
    engine = open_engine(url)
    with writing(engine) as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    engine.dispose()
    with pytest.raises(InputError, match="later version"):
        open_engine(url)


# Holds SQLite's checkpoint lock, as another process's checkpoint does, for half a second:
# byte 121 of the shared-memory file (https://sqlite.org/walformat.html#locks).
ANOTHER_CHECKPOINT = """
import fcntl, sys, time
with open(sys.argv[1], "r+b") as shared_memory:
    fcntl.lockf(shared_memory, fcntl.LOCK_EX, 1, 121)
    print("locked", flush=True)
    time.sleep(0.5)
"""


def test_a_checkpoint_waits_for_another_one(tmp_path: Path) -> None:
    """A running service checkpoints often; an erasure's checkpoint still empties the log."""
    engine = open_engine(f"sqlite:///{tmp_path / 'service.db'}")
    with (
        engine.connect(),
        subprocess.Popen(
            [sys.executable, "-c", ANOTHER_CHECKPOINT, str(tmp_path / "service.db-shm")],
            stdout=subprocess.PIPE,
        ) as other,
    ):
        assert other.stdout is not None and other.stdout.readline() == b"locked\n"
        assert not checkpoint(engine, "PASSIVE") and checkpoint(engine, "TRUNCATE")
    engine.dispose()
    assert not (tmp_path / "service.db-wal").exists()
