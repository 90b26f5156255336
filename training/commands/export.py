"""Command `cd7watch training export`: write registered models as folders."""

from pathlib import Path

import click

from features.errors import exits_with_sentence
from training.commands.arguments import EPILOG, FOLDER, print_origin


@click.command(epilog=EPILOG)
@click.argument("models", metavar="ENDPOINT@ALIAS|ENDPOINT/VERSION...", nargs=-1, required=True)
@click.argument("directory", type=FOLDER)
@exits_with_sentence
def export(models: tuple[str, ...], directory: Path) -> None:
    """Write a registered model's folder to DIRECTORY, for `cd7watch serving import`.

    Several models of one fit are written to subfolders named by their endpoints.
    """
    from training.tracking.export import export_models

    manifests = export_models(models, directory)
    for manifest in manifests:
        folder = directory if len(manifests) == 1 else directory / manifest["endpoint"]
        click.echo(f"{manifest['endpoint']} version {manifest['version']} is in {folder}.")
    synthetic = any(manifest["provenance"] == "synthetic" for manifest in manifests)
    print_origin("synthetic" if synthetic else "real")
