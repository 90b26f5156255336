"""`python -m serving audit`: check the record, or note its head for a later check."""

import click
from sqlalchemy import Connection

from features.errors import exits_with_sentence
from serving.storage import audit_chain as chain
from serving.storage.audit_log import open_ledger


@click.group()
def audit() -> None:
    """The record of every answer."""


@audit.command()
@click.option("--head", help="A head noted earlier, which the record must still contain.")
@exits_with_sentence
def verify(head: str | None) -> None:
    """Walk the whole chain; exit code 2 with one sentence when an entry does not follow."""
    entries, last = _walk(head)
    click.echo(f"The record holds: {entries} entries. Head: {last}")


@audit.command("head")
@exits_with_sentence
def head_() -> None:
    """Print the head of the verified chain; keep it elsewhere, for `audit verify --head`."""
    click.echo(_walk(None)[1])


def _walk(head: str | None) -> tuple[int, str]:
    ledger = open_ledger()
    connection: Connection
    with ledger.engine.connect() as connection, connection.begin():
        verified = chain.verify(connection, ledger.key, head)
    return verified.entries, verified.head
