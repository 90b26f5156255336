"""Command `cd7watch training retrain`: fit again under the previous protocol and compare."""

from pathlib import Path

import click

from features.errors import exits_with_sentence
from training.commands.arguments import (
    EPILOG,
    endpoints_to_fit,
    fit_arguments,
    print_origin,
    read_cohort,
)


@click.command(epilog=EPILOG)
@fit_arguments
@exits_with_sentence
def retrain(
    *,
    features: Path,
    outcomes: Path,
    infections: Path | None,
    endpoints: tuple[str, ...],
    processes: int,
    scheduler: str | None,
) -> None:
    """Fit again on the newest tables under the previous protocol.

    Compares the new model with the one in service on patients that the latter has not learned
    from.
    """
    from training.cohort.protocol import Protocol
    from training.jobs import parallel_jobs
    from training.tracking.cohort_files import CohortFiles
    from training.tracking.retrain import retrain_endpoints

    cohort = read_cohort(features, outcomes, infections=infections)
    names = endpoints_to_fit(Protocol(), endpoints, has_infections=infections is not None)
    with parallel_jobs(processes, scheduler) as jobs:
        files = CohortFiles(cohort, features, outcomes, infections)
        for line in retrain_endpoints(files, names, jobs):
            click.echo(line)
    print_origin(cohort.samples.provenance)
