"""Command `cd7watch training protocol`: write the standard protocol, to be decided and dated."""

from pathlib import Path

import click

from features.errors import exits_with_sentence
from training.commands.arguments import EPILOG, TABLE, protocol_sentence


@click.command(epilog=EPILOG)
@click.argument("out", metavar="OUT.json", type=TABLE)
@exits_with_sentence
def protocol(out: Path) -> None:
    """Write the standard protocol, dated today, to OUT.json.

    Change what your study decides otherwise and fill in what TRIPOD+AI asks for (ethics, funding,
    registration, data_sharing, patient_involvement) before anybody looks at outcomes. An existing
    file is never overwritten.
    """
    from training.cohort.protocol_file import write_protocol

    click.echo(f"{protocol_sentence(write_protocol(out))} It is in {out}.")
    click.echo("Fill in its texts before outcomes are read; every change gives another hash.")
