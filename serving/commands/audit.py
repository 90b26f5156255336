"""`cd7watch serving audit`: verify the audit chain, or print its head for a later check."""

import click
from sqlalchemy import Connection

from features.errors import exits_with_sentence
from serving.storage.audit_log import open_audit_log
from serving.storage.audit_verification import VerifiedChain
from serving.storage.audit_verification import verify as verify_chain


@click.group()
def audit() -> None:
    """The record of every answer."""


@audit.command()
@click.option("--head", help="A head noted earlier, which the record must still contain.")
@exits_with_sentence
def verify(head: str | None) -> None:
    """Verify the whole chain; exit code 2 with one sentence when an entry does not follow."""
    chain = _verify(head)
    click.echo(f"The record holds: {chain.entries} entries. Head: {chain.head}")


@audit.command("head")
@exits_with_sentence
def head_() -> None:
    """Print the head of the verified chain; keep it elsewhere, for `audit verify --head`."""
    click.echo(_verify(None).head)


def _verify(head: str | None) -> VerifiedChain:
    audit_log = open_audit_log()
    connection: Connection
    with audit_log.engine.connect() as connection, connection.begin():
        return verify_chain(connection, audit_log.key, head)
