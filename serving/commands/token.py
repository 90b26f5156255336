"""`python -m serving token`: make, list and revoke tokens."""

from datetime import UTC, datetime

import click

from features.errors import exits_with_sentence
from serving.auth import tokens
from serving.commands.models import who
from serving.storage import audit_chain
from serving.storage.audit_log import open_ledger


@click.group()
def token() -> None:
    """Tokens that open the service."""


@token.command()
@click.argument("name")
@click.option(
    "--role", "roles", multiple=True, required=True, help=f"One of {', '.join(tokens.ROLES)}."
)
@exits_with_sentence
def add(name: str, roles: tuple[str, ...]) -> None:
    """Make a token called NAME and print it; it cannot be read again."""
    ledger = open_ledger()
    made = tokens.add(ledger.engine, name, roles)
    ledger.record(audit_chain.entry("token added", who(), {"name": name, "roles": list(roles)}))
    click.echo(made)


@token.command("list")
@exits_with_sentence
def list_() -> None:
    """Names, roles and dates of all tokens."""
    for name, roles, created_at in tokens.listed(open_ledger().engine):
        made = datetime.fromtimestamp(created_at, UTC)
        click.echo(f"{name}\t{roles}\t{made:%Y-%m-%d}")


@token.command()
@click.argument("name")
@exits_with_sentence
def revoke(name: str) -> None:
    """Make the token called NAME useless; running workers follow within 2 s."""
    ledger = open_ledger()
    tokens.revoke(ledger.engine, name)
    ledger.record(audit_chain.entry("token revoked", who(), {"name": name}))
    click.echo(f"Revoked: {name}")
