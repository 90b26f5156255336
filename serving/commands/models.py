"""`cd7watch serving import` and `rollback`: which model versions answer."""

from pathlib import Path

import click

from features.errors import exits_with_sentence
from features.settings import prepare_libraries
from serving.commands.actor import command_line_actor

FOLLOW = "Running workers follow within 2 s, with thousands of patients within 7."


@click.command("import")
@click.argument("folder", type=click.Path(path_type=Path))
@exits_with_sentence
def import_(folder: Path) -> None:
    """Check the model in FOLDER (from `cd7watch training export`) and put it in service."""
    prepare_libraries()
    from serving.model_store.versions_in_service import install
    from serving.storage.audit_log import open_audit_log

    endpoint, version = install(folder, open_audit_log(), command_line_actor())
    click.echo(f"In service: {endpoint} version {version}. {FOLLOW}")


@click.command()
@click.argument("endpoint")
@exits_with_sentence
def rollback(endpoint: str) -> None:
    """Put the version of ENDPOINT (relapse or fatal_infection) before this one back in service."""
    prepare_libraries()
    from serving.model_store import versions_in_service
    from serving.storage.audit_log import open_audit_log

    version = versions_in_service.rollback(endpoint, open_audit_log(), command_line_actor())
    click.echo(f"In service: {endpoint} version {version}. {FOLLOW}")
