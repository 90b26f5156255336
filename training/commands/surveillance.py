"""Command `cd7watch training surveillance`: risk at every visit and lead time of its alarms."""

from pathlib import Path

import click

from features.errors import exits_with_sentence
from training.commands.arguments import (
    EPILOG,
    folder_option,
    print_origin,
    processes_option,
    read_cohort,
    two_tables,
)


@click.command(epilog=EPILOG)
@two_tables
@folder_option("surveillance", "surveillance.html and its tables as CSV")
@click.option(
    "--horizon",
    type=click.Choice(["90", "180"]),
    default="90",
    show_default=True,
    help="Days after a visit over which the risk counts.",
)
@click.option(
    "--transplant",
    type=click.Choice(["ignored", "competing", "censoring"]),
    default="ignored",
    show_default=True,
    help="How a transplant counts: as care received, a competing event or the end of follow-up.",
)
@processes_option
@exits_with_sentence
def surveillance(
    *, features: Path, outcomes: Path, output: Path, horizon: str, transplant: str, processes: int
) -> None:
    """Give a risk at every visit of patients with serial samples, and measure how early it warns.

    One landmark super-model (days 28, 60, 90 and later) is cross-validated and compared with
    S100A8/A9 or monocytes alone and with the risk of day 28 carried forward: AUC by landmark, share
    of events warned and lead time at a fixed rate of false alarms. Needs follow-up samples.
    """
    from training.jobs import progress_bars
    from training.surveillance.folder import write_surveillance
    from training.surveillance.surveillance import SurveillanceResult, surveillance_by_endpoint

    cohort = read_cohort(features, outcomes).at(transplant=transplant)
    with progress_bars() as report:
        results = surveillance_by_endpoint(
            cohort, horizon=int(horizon), n_jobs=processes, progress=report
        )
    write_surveillance(cohort, results, output)
    for endpoint, result in results.items():
        if isinstance(result, SurveillanceResult):
            click.echo(f"{endpoint}: {result.verdict.sentence}")
        else:
            click.echo(f"{endpoint}: Not estimable. {result}")
    click.echo(f"The page is {output / 'surveillance.html'}.")
    print_origin(cohort.provenance)
