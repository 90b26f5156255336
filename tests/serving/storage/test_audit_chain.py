"""The chain: what verifies, what is found, and what erasure leaves."""

import multiprocessing
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, delete, select, update

from features.errors import InputError
from serving.storage import audit_chain
from serving.storage.database import open_engine, writing
from serving.storage.tables import audit as table

KEY = b"k" * 32


@pytest.fixture
def chain(engine: Engine) -> Engine:
    """Ten entries about two patients."""
    with writing(engine) as connection:
        audit_chain.append(connection, KEY, [entry(i) for i in range(10)])
    return engine


def entry(i: int) -> audit_chain.Entry:
    """The i-th answer, about the even or the odd patient."""
    return audit_chain.entry("predict", "ward", {"risk": i / 10}, f"patient-{i % 2}")


def verified(engine: Engine, head: str | None = None) -> audit_chain.Verified:
    """The chain's state."""
    with engine.connect() as connection, connection.begin():
        return audit_chain.verify(connection, KEY, head)


def test_a_whole_chain_verifies(chain: Engine) -> None:
    """Ten entries, the head is the last entry's mac, and an earlier head is found in it."""
    with chain.connect() as connection, connection.begin():
        macs = list(connection.scalars(select(table.c.mac).order_by(table.c.number)))
    assert verified(chain) == audit_chain.Verified(10, macs[-1])
    assert verified(chain, macs[3]).entries == 10


def edit(connection: Connection) -> None:
    """Another body under the same digest."""
    connection.execute(update(table).where(table.c.number == 4).values(body='{"risk":0.0}'))


def edit_actor(connection: Connection) -> None:
    """Another actor."""
    connection.execute(update(table).where(table.c.number == 4).values(actor="nobody"))


def remove(connection: Connection) -> None:
    """One entry gone."""
    connection.execute(delete(table).where(table.c.number == 4))


def empty(connection: Connection) -> None:
    """A body gone without an erasure."""
    connection.execute(update(table).where(table.c.number == 4).values(body=None, salt=None))


def swap(connection: Connection) -> None:
    """Two entries in each other's place."""
    for old, new in ((4, 100), (5, 4), (100, 5)):
        connection.execute(update(table).where(table.c.number == old).values(number=new))


def close_the_gap(connection: Connection) -> None:
    """One entry gone and the later ones renumbered."""
    remove(connection)
    for number in range(5, 11):
        connection.execute(update(table).where(table.c.number == number).values(number=number - 1))


@pytest.mark.parametrize("tamper", [edit, edit_actor, remove, empty, swap, close_the_gap])
def test_tampering_is_found(chain: Engine, tamper: Callable[[Connection], None]) -> None:
    """The first entry that does not follow is named."""
    with writing(chain) as connection:
        tamper(connection)
    with pytest.raises(InputError, match=r"entry [45] does not"):
        verified(chain)


def test_a_cut_off_end_is_found_by_a_noted_head(chain: Engine) -> None:
    """Without the head a shorter chain looks whole; with it the loss shows."""
    head = verified(chain).head
    with writing(chain) as connection:
        connection.execute(delete(table).where(table.c.number > 7))
    assert verified(chain).entries == 7
    with pytest.raises(InputError, match="cut off its end"):
        verified(chain, head)


def test_another_key_does_not_verify(chain: Engine) -> None:
    """Whoever writes the database without the key cannot make a chain that holds."""
    with (
        chain.connect() as connection,
        connection.begin(),
        pytest.raises(InputError, match="edited"),
    ):
        audit_chain.verify(connection, b"x" * 32)


def test_erasure_empties_one_patient_and_keeps_the_chain(chain: Engine) -> None:
    """Bodies and salts of that patient are gone, the others' stay, and old heads still hold."""
    head = verified(chain).head
    with writing(chain) as connection:
        assert audit_chain.erase(connection, KEY, ["patient-1"], "admin") == 5
    with chain.connect() as connection, connection.begin():
        rows = connection.execute(select(table).order_by(table.c.number)).all()
    assert [row.body is None for row in rows[:10]] == [False, True] * 5
    assert all((row.salt is None) == (row.body is None) for row in rows)
    assert verified(chain, head).entries == 11


def test_age_empties_answers_and_keeps_who_imported_what(chain: Engine) -> None:
    """Retention spares entries without a patient's data."""
    with writing(chain) as connection:
        audit_chain.append(
            connection, KEY, [audit_chain.entry("import", "admin", {"version": "1"})]
        )
        assert audit_chain.erase_before(connection, KEY, 4e9, "admin") == 10
    with chain.connect() as connection, connection.begin():
        kinds = connection.scalars(select(table.c.kind).where(table.c.body.is_not(None))).all()
    assert sorted(kinds) == ["erasure", "import"]
    assert verified(chain).entries == 12


def test_the_key_is_made_once_and_is_private(tmp_path: Path) -> None:
    """A second reader gets the same key; nobody else may read the file."""
    key = audit_chain.read_key(tmp_path / "a" / "audit.key")
    assert audit_chain.read_key(tmp_path / "a" / "audit.key") == key and len(key) == 32
    assert (tmp_path / "a" / "audit.key").stat().st_mode & 0o077 == 0


def test_nan_never_enters_the_record() -> None:
    """An entry that JSON cannot carry is refused before it can spoil a shared commit."""
    with pytest.raises(ValueError, match="JSON"):
        audit_chain.entry("predict", "ward", {"risk": float("nan")})


def _append_many(url: str, n: int) -> None:
    engine = open_engine(url)
    for i in range(n):
        with writing(engine) as connection:
            audit_chain.append(connection, KEY, [entry(i)])
    engine.dispose()


def test_three_processes_make_one_chain(engine: Engine) -> None:
    """Concurrent writers neither fork the chain nor lose an entry."""
    url = engine.url.render_as_string(hide_password=False)
    spawn = multiprocessing.get_context("spawn")
    writers = [spawn.Process(target=_append_many, args=(url, 40)) for _ in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(timeout=120)
        assert writer.exitcode == 0
    assert verified(engine).entries == 120
