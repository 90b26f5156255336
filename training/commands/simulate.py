"""Command `cd7watch training simulate`: simulate a cohort with known true risks."""

from pathlib import Path

import click

from features.errors import exits_with_sentence
from training.commands.arguments import EPILOG, FOLDER, print_origin, processes_option


@click.command(epilog=EPILOG)
@click.argument("directory", type=FOLDER)
@click.option(
    "--preset",
    default="seed-optimistic",
    show_default=True,
    help="Size of the planted effects: null, weak or seed-optimistic.",
)
@click.option(
    "--profile",
    default="phase2",
    show_default=True,
    help="Published base rates to follow: phase2 or phase1.",
)
@click.option("--n", "n", type=click.IntRange(1), default=240, show_default=True, help="Patients.")
@click.option("--seed", type=int, default=1, show_default=True, help="Same seed, same cohort.")
@click.option(
    "--cells", type=click.IntRange(1), default=500, show_default=True, help="Cells a sample."
)
@click.option(
    "--features-only", is_flag=True, help="Draw the feature table directly, without count files."
)
@click.option(
    "--visits",
    default="",
    metavar="DAYS",
    help="Days of follow-up samples, while alive and relapse-free, such as 60,90,120,180.",
)
@processes_option
@exits_with_sentence
def simulate(
    *,
    directory: Path,
    preset: str,
    profile: str,
    n: int,
    seed: int,
    cells: int,
    features_only: bool,
    visits: str,
    processes: int,
) -> None:
    """Simulate a cohort with known true risks into DIRECTORY.

    Writes samples.csv, outcomes.csv, infections.csv (severe ones), truth.csv and 10x count files
    under counts/, or, with --features-only, features.parquet instead of samples.csv and counts/.
    With --visits each patient has serial samples, whose planted features drift before an event. All
    outputs are marked synthetic.
    """
    from training.jobs import progress_bars
    from training.simulation.blood.follow_up_visits import parse_visits
    from training.simulation.simulate import simulate_cohort

    days = parse_visits(visits)
    with progress_bars() as report:
        cohort = simulate_cohort(
            directory, preset, profile, n=n, seed=seed, cells=cells, features_only=features_only,
            progress=report, processes=processes, visits=days,
        )  # fmt: skip
    click.echo(f"{n} simulated patients with {cohort.n_samples} samples are in {directory}.")
    print_origin("synthetic")
