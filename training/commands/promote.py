"""Command `cd7watch training promote`: move an alias to a registered version."""

import click

from features.errors import exits_with_sentence
from training.commands.arguments import EPILOG


@click.command(epilog=EPILOG)
@click.argument("model", metavar="ENDPOINT@ALIAS|ENDPOINT/VERSION")
@click.argument("alias")
@click.option("--force", is_flag=True, help="Overrule the gate; needs --reason.")
@click.option("--reason", default="", help="Reason; recorded on the version with user and time.")
@exits_with_sentence
def promote(model: str, alias: str, force: bool, reason: str) -> None:
    """Give a registered version the ALIAS champion, validated or candidate.

    The gate's verdict must allow it, or a person overrules the gate with a reason.
    """
    from training.tracking.promote import promote as move_alias
    from training.tracking.registry import connect
    from training.tracking.registry_names import parse_address

    address = parse_address(model)
    move = move_alias(connect(), address, alias, force=force, reason=reason)
    click.echo(f"{model} is now {address.endpoint}@{alias}: {move.reason}.")
