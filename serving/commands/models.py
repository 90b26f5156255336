"""`cd7watch serving import` and `rollback`: which model versions answer."""

from collections.abc import Mapping
from pathlib import Path

import click

from features.errors import exits_with_sentence
from features.settings import prepare_libraries
from serving.commands.actor import command_line_actor

FOLLOW = "Running workers follow within 2 s, with thousands of patients within 7."


@click.command("import")
@click.argument("folders", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option(
    "--replace", is_flag=True, help="Take models of the same landmark but another fit out."
)
@exits_with_sentence
def import_(folders: tuple[Path, ...], replace: bool) -> None:
    """Check the models in FOLDERS (from `cd7watch training export`) and put all in service at once.

    Models of one landmark come from one joint fit, so that their risks agree: import them together.
    """
    prepare_libraries()
    from serving.model_store.versions_in_service import install
    from serving.storage.audit_log import open_audit_log

    chosen = install(folders, open_audit_log(), command_line_actor(), replace=replace)
    click.echo(f"{in_service_text(chosen)} {FOLLOW}")


@click.command()
@click.argument("endpoint")
@exits_with_sentence
def rollback(endpoint: str) -> None:
    """Undo the latest import of ENDPOINT, with the endpoints that were imported together."""
    prepare_libraries()
    from serving.model_store import versions_in_service
    from serving.storage.audit_log import open_audit_log

    restored = versions_in_service.rollback(endpoint, open_audit_log(), command_line_actor())
    click.echo(f"{in_service_text(restored)} {FOLLOW}")


def in_service_text(version_by_endpoint: Mapping[str, str]) -> str:
    """Which versions a command put in service, and which endpoints it took out.

    >>> in_service_text({"relapse": "2", "fatal_infection": "2", "severe_infection": ""})
    'In service: relapse version 2, fatal_infection version 2. Out of service: severe_infection.'
    """
    now = [f"{name} version {version}" for name, version in version_by_endpoint.items() if version]
    out = [name for name, version in version_by_endpoint.items() if not version]
    parts = [f"In service: {', '.join(now)}."] if now else []
    return " ".join([*parts, *([f"Out of service: {', '.join(out)}."] if out else [])])
