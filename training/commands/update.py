"""Command `cd7watch training update`: adjust stored models to the patients of another cohort."""

from pathlib import Path

import click

from features.errors import exits_with_sentence
from training.commands.arguments import (
    EPILOG,
    infections_option,
    print_origin,
    processes_option,
    read_cohort,
    scheduler_option,
    two_tables,
)


@click.command(epilog=EPILOG)
@click.argument("models", metavar="ENDPOINT@ALIAS|ENDPOINT/VERSION...", nargs=-1, required=True)
@two_tables
@infections_option
@processes_option
@scheduler_option
@exits_with_sentence
def update(
    *,
    models: tuple[str, ...],
    features: Path,
    outcomes: Path,
    infections: Path | None,
    processes: int,
    scheduler: str | None,
) -> None:
    """Update registered models to another cohort: keep, new intercept, slope, or fit again.

    A closed test takes the least change that the cohort does not contradict. Models of one fit
    are named together and changed together. New versions are candidates that name their parents.
    """
    from training.jobs import parallel_jobs
    from training.tracking.cohort_files import CohortFiles
    from training.tracking.update import update_models

    cohort = read_cohort(features, outcomes, infections=infections)
    files = CohortFiles(cohort, features, outcomes, infections)
    with parallel_jobs(processes, scheduler) as jobs:
        for line in update_models(models, files, jobs):
            click.echo(line)
    print_origin(cohort.provenance)
