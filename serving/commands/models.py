"""`python -m serving import` and `rollback`: which model versions answer."""

import getpass
from pathlib import Path

import click

from features.errors import exits_with_sentence
from features.settings import prepare_libraries

FOLLOW = "Running workers follow within 2 s, with thousands of patients within 7."


@click.command("import")
@click.argument("folder", type=click.Path(path_type=Path))
@exits_with_sentence
def import_(folder: Path) -> None:
    """Check the model in FOLDER (from `python -m training export`) and put it in service."""
    prepare_libraries()
    from serving.model_store.active_models import install
    from serving.storage.audit_log import open_ledger

    endpoint, version = install(folder, open_ledger(), who())
    click.echo(f"In service: {endpoint} version {version}. {FOLLOW}")


@click.command()
@click.argument("endpoint")
@exits_with_sentence
def rollback(endpoint: str) -> None:
    """Put the version of ENDPOINT (relapse or fatal_infection) before this one back in service."""
    prepare_libraries()
    from serving.model_store import active_models
    from serving.storage.audit_log import open_ledger

    version = active_models.rollback(endpoint, open_ledger(), who())
    click.echo(f"In service: {endpoint} version {version}. {FOLLOW}")


def who() -> str:
    """The actor that the record names for a command: the account that runs it."""
    return f"command line: {getpass.getuser()}"
