"""`cd7watch serving token`: make, list and revoke tokens."""

from datetime import UTC, datetime

import click

from features.errors import exits_with_sentence
from serving.auth import tokens
from serving.commands.actor import command_line_actor
from serving.storage import audit_chain
from serving.storage.audit_bodies import revoked_token_body, token_body
from serving.storage.audit_kinds import AuditKind
from serving.storage.audit_log import open_audit_log


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
    audit_log = open_audit_log()
    secret = tokens.add(audit_log.engine, name, roles)
    body = token_body(name, roles)
    audit_log.record(audit_chain.entry(AuditKind.TOKEN_ADDED, command_line_actor(), body))
    click.echo(secret)


@token.command("list")
@exits_with_sentence
def list_() -> None:
    """Names, roles and dates of all tokens."""
    for name, roles, created_at in tokens.list_tokens(open_audit_log().engine):
        date = datetime.fromtimestamp(created_at, UTC)
        click.echo(f"{name}\t{roles}\t{date:%Y-%m-%d}")


@token.command()
@click.argument("name")
@exits_with_sentence
def revoke(name: str) -> None:
    """Make the token called NAME useless; running workers follow within 2 s."""
    audit_log = open_audit_log()
    tokens.revoke(audit_log.engine, name)
    body = revoked_token_body(name)
    audit_log.record(audit_chain.entry(AuditKind.TOKEN_REVOKED, command_line_actor(), body))
    click.echo(f"Revoked: {name}")
