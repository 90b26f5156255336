"""Command line of the service, `cd7watch serving`: start, import, load, export, token, audit."""

import click

from serving.commands import audit, erase, export, load, models, start, token


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def serving() -> None:
    """CD7Watch's service: risks of relapse, infection and declared endpoints. Research use only."""


for _command in (
    start.start,
    models.import_,
    models.rollback,
    load.load,
    export.export,
    token.token,
    audit.audit,
    erase.erase,
):
    serving.add_command(_command)

if __name__ == "__main__":
    serving(prog_name="python -m serving")
