"""`python -m training fit`: fit, judge and register both endpoints."""

from pathlib import Path

import click

from features.errors import exits_with_sentence
from training.commands.arguments import EPILOG, fits_models, read_cohort, say_origin


@click.command(epilog=EPILOG)
@fits_models
@click.option(
    "--protocol",
    default="",
    metavar="FILE",
    help="protocol.json with what was decided beforehand; without it the defaults.",
)
@exits_with_sentence
def fit(
    features: Path,
    outcomes: Path,
    protocol: str,
    endpoints: tuple[str, ...],
    processes: int,
    scheduler: str | None,
) -> None:
    """Fit, evaluate, judge, log to MLflow and register a model of each endpoint.

    The newest version gets the alias candidate; champion only if the gate is passed. A cohort
    with too few events is logged without a model, and that is said.
    """
    from training.cohort.protocol import Protocol, read_protocol
    from training.jobs import parallel_jobs
    from training.tracking.cohort_files import CohortFiles
    from training.tracking.fit_and_register import fit_and_register

    decided = read_protocol(protocol) if protocol else Protocol()
    cohort = read_cohort(features, outcomes, decided)
    say_origin(cohort.samples.provenance)
    with parallel_jobs(processes, scheduler) as jobs:
        for line in fit_and_register(
            CohortFiles(cohort, features, outcomes), decided, endpoints, jobs
        ):
            click.echo(line)
