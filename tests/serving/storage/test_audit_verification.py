"""Verification: a complete chain verifies, and every way of tampering is found."""

from collections.abc import Callable

import pytest
from sqlalchemy import Connection, Engine, delete, select, update

from features.errors import InputError
from serving.storage.audit_verification import VerifiedChain, verify
from serving.storage.database import writing
from serving.storage.tables import audit as table
from tests.serving.storage.ten_entries import verified


def test_a_whole_chain_verifies(chain: Engine) -> None:
    """Ten entries, the head is the last entry's mac, and an earlier head is found in it."""
    with chain.connect() as connection, connection.begin():
        macs = list(connection.scalars(select(table.c.mac).order_by(table.c.number)))
    assert verified(chain) == VerifiedChain(10, macs[-1])
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
        verify(connection, b"x" * 32)
