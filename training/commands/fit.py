"""Command `cd7watch training fit`: fit, judge and register a model of each endpoint."""

from pathlib import Path

import click

from features.errors import exits_with_sentence
from training.commands.arguments import (
    EPILOG,
    endpoints_to_fit,
    fit_arguments,
    print_declared,
    print_origin,
    protocol_sentence,
    read_cohort,
)


@click.command(epilog=EPILOG)
@fit_arguments
@click.option(
    "--protocol",
    default="",
    metavar="FILE",
    help="protocol.json with the choices made beforehand; by default the standard protocol.",
)
@exits_with_sentence
def fit(
    *,
    features: Path,
    outcomes: Path,
    protocol: str,
    infections: Path | None,
    endpoints: tuple[str, ...],
    processes: int,
    scheduler: str | None,
) -> None:
    """Fit, evaluate, judge, log to MLflow and register a model of each endpoint.

    The new version gets the alias candidate, and champion if it passes the gate. A cohort with
    too few events is logged without a model; the output says so.
    """
    from training.cohort.protocol import Protocol, read_protocol
    from training.cohort.samples import require_columns
    from training.jobs import parallel_jobs
    from training.tracking.cohort_files import CohortFiles
    from training.tracking.fit_and_register import fit_and_register

    fit_protocol = read_protocol(protocol) if protocol else Protocol()
    click.echo(protocol_sentence(fit_protocol))  # before outcomes are read
    cohort = read_cohort(features, outcomes, fit_protocol, infections)
    require_columns(cohort.samples, fit_protocol.features)  # before a run is opened
    files = CohortFiles(cohort, features, outcomes, infections)
    print_origin(cohort.samples.provenance)
    print_declared(cohort.samples, fit_protocol.features)
    names = endpoints_to_fit(fit_protocol, endpoints, has_infections=infections is not None)
    with parallel_jobs(processes, scheduler) as jobs:
        for line in fit_and_register(files, fit_protocol, names, jobs):
            click.echo(line)
