"""Command `cd7watch training export`: write a registered model as a folder."""

from pathlib import Path

import click

from features.errors import exits_with_sentence
from training.commands.arguments import EPILOG, FOLDER, print_origin


@click.command(epilog=EPILOG)
@click.argument("model", metavar="ENDPOINT@ALIAS|ENDPOINT/VERSION")
@click.argument("directory", type=FOLDER)
@exits_with_sentence
def export(model: str, directory: Path) -> None:
    """Write a registered model's folder to DIRECTORY, for `cd7watch serving import`."""
    from training.tracking.export import export_model

    manifest = export_model(model, directory)
    click.echo(f"{manifest['endpoint']} version {manifest['version']} is in {directory}.")
    print_origin(str(manifest["provenance"]))
