"""Command `cd7watch training evaluate`: external validation of a stored model."""

from pathlib import Path

import click

from features.errors import exits_with_sentence
from training.commands.arguments import (
    EPILOG,
    infections_option,
    print_origin,
    read_cohort,
    two_tables,
)


@click.command(epilog=EPILOG)
@click.argument("model", metavar="ENDPOINT@ALIAS|FOLDER")
@two_tables
@infections_option
@exits_with_sentence
def evaluate(model: str, features: Path, outcomes: Path, infections: Path | None) -> None:
    """Evaluate a stored model, without refitting, on another cohort.

    MODEL is a registered model or a folder from `training export`. A registered version becomes
    validated if it passes the validation rules on an unseen cohort of at least 100 events.
    """
    from training.tracking.cohort_files import CohortFiles
    from training.tracking.validation import evaluate_stored

    cohort = read_cohort(features, outcomes, infections=infections)
    files = CohortFiles(cohort, features, outcomes, infections)
    for line in evaluate_stored(model, files):
        click.echo(line)
    print_origin(cohort.samples.provenance)
