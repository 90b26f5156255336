"""Command line of training: python -m training simulate | fit | evaluate | promote | ...

Heavy imports wait inside the commands, so that --help answers at once.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from features import settings
from features.problem import exits_with_sentence
from features.words import RESEARCH_USE_ONLY, SYNTHETIC

TABLE = click.Path(path_type=Path, dir_okay=False)
FOLDER = click.Path(path_type=Path, file_okay=False)
ENDPOINT_NAMES = ("relapse", "fatal_infection")

EPILOG = f"{RESEARCH_USE_ONLY} MLflow's address is MLFLOW_TRACKING_URI, by default var/mlflow.db."


@click.group(epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Train, judge and look after risk models of relapse and fatal infection.

    FEATURES is a feature table (Parquet) from `python -m features`, OUTCOMES a CSV file with one
    row a patient. ENDPOINT is relapse or fatal_infection; a registered model is named
    ENDPOINT@ALIAS (candidate, champion, validated) or ENDPOINT/VERSION.
    """
    settings.prepare_libraries()


def _cohort(features: Path, outcomes: Path) -> Any:
    from features.table import read_table
    from training.outcomes import read_outcomes
    from training.samples import samples_from
    from training.tracking import Cohort

    return Cohort(samples_from(read_table(features)), read_outcomes(outcomes), features, outcomes)


def _say_origin(provenance: str) -> None:
    click.echo(RESEARCH_USE_ONLY + (f" {SYNTHETIC}" if provenance == "synthetic" else ""))


def _two_tables(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command its FEATURES and OUTCOMES arguments."""
    with_outcomes = click.argument("outcomes", type=TABLE)(command)
    return click.argument("features", type=TABLE)(with_outcomes)


_processes = click.option(
    "--processes", type=click.IntRange(1), default=2, show_default=True,
    help="Processes at work; the result does not depend on it.",
)  # fmt: skip

_scheduler = click.option(
    "--scheduler", metavar="ADDRESS",
    help="Dask scheduler whose workers fit instead, such as tcp://host:8786.",
)  # fmt: skip


@main.command(epilog=EPILOG)
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
    "--features-only", is_flag=True, help="Draw the feature table itself, without count files."
)
@_processes
@exits_with_sentence
def simulate(
    directory: Path,
    preset: str,
    profile: str,
    n: int,
    seed: int,
    cells: int,
    features_only: bool,
    processes: int,
) -> None:
    """Simulate a cohort with known truth into DIRECTORY.

    Writes samples.csv, outcomes.csv, truth.csv and 10x count files under counts/, or, with
    --features-only, features.parquet in their place. All of it is marked synthetic.
    """
    from training.progress import bars
    from training.simulate import simulate_cohort

    with bars() as report:
        made = simulate_cohort(
            directory, preset, profile, n, seed, cells, features_only, report, processes
        )
    click.echo(f"{n} simulated patients with {made.n_samples} samples are in {directory}.")
    _say_origin("synthetic")


@main.command(epilog=EPILOG)
@_two_tables
@click.option(
    "--protocol",
    default="",
    metavar="FILE",
    help="protocol.json with what was decided beforehand; without it the defaults.",
)
@click.option(
    "--endpoint",
    "endpoints",
    multiple=True,
    default=ENDPOINT_NAMES,
    show_default="both",
    help="Endpoint to fit; may be given twice.",
)
@_processes
@_scheduler
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
    from training.cluster import at_work
    from training.protocol import Protocol, read_protocol
    from training.train import train

    decided = read_protocol(protocol) if protocol else Protocol()
    cohort = _cohort(features, outcomes)
    _say_origin(cohort.samples.provenance)
    with at_work(processes, scheduler) as jobs:
        for line in train(cohort, decided, endpoints, jobs):
            click.echo(line)


@main.command(epilog=EPILOG)
@click.argument("model", metavar="ENDPOINT@ALIAS|FOLDER")
@_two_tables
@exits_with_sentence
def evaluate(model: str, features: Path, outcomes: Path) -> None:
    """Evaluate a stored model, as it is, on another cohort.

    MODEL is a registered model or a folder from `training export`. A registered version that
    holds its own on an unseen cohort of at least 100 events becomes validated.
    """
    from training.validation import evaluate_stored

    cohort = _cohort(features, outcomes)
    for line in evaluate_stored(model, cohort):
        click.echo(line)
    _say_origin(cohort.samples.provenance)


@main.command(epilog=EPILOG)
@click.argument("model", metavar="ENDPOINT@ALIAS|ENDPOINT/VERSION")
@click.argument("alias")
@click.option("--force", is_flag=True, help="Overrule the gate; needs --reason.")
@click.option("--reason", default="", help="Why; recorded on the version with who and when.")
@exits_with_sentence
def promote(model: str, alias: str, force: bool, reason: str) -> None:
    """Give a registered version the ALIAS champion, validated or candidate.

    The gate's verdict must allow it, or a person overrules the gate and says why.
    """
    from training.promote import promote as move_alias
    from training.registry import connect
    from training.registry_names import parse_address

    address = parse_address(model)
    move = move_alias(connect(), address, alias, force, reason)
    click.echo(f"{model} is now {address.endpoint}@{alias}: {move.reason}.")


@main.command(epilog=EPILOG)
@click.argument("model", metavar="ENDPOINT@ALIAS|ENDPOINT/VERSION")
@click.argument("directory", type=FOLDER)
@exits_with_sentence
def export(model: str, directory: Path) -> None:
    """Write a registered model's folder to DIRECTORY, for `python -m serving import`."""
    from training.export import export_model

    manifest = export_model(model, directory)
    click.echo(f"{manifest['endpoint']} version {manifest['version']} is in {directory}.")
    _say_origin(str(manifest["provenance"]))


@main.command(epilog=EPILOG)
@_two_tables
@click.option(
    "-o",
    "--output",
    type=TABLE,
    default=Path("report.html"),
    show_default=True,
    help="Page to write.",
)
@click.option(
    "--landmark",
    type=click.IntRange(0),
    default=28,
    show_default=True,
    help="Day at which patients are scored.",
)
@exits_with_sentence
def report(features: Path, outcomes: Path, output: Path, landmark: int) -> None:
    """Write one HTML page on a cohort: participant flow, events, reconstitution over days."""
    from features.table import read_table
    from training.outcomes import read_outcomes
    from training.report import write_report
    from training.samples import samples_from

    samples = samples_from(read_table(features))
    write_report(samples, read_outcomes(outcomes), output, landmark)
    click.echo(f"The report is in {output}.")
    _say_origin(samples.provenance)


@main.command(epilog=EPILOG)
@click.argument("model", metavar="ENDPOINT@ALIAS|ENDPOINT/VERSION")
@click.argument("features", type=TABLE)
@click.option("-o", "--output", type=TABLE, help="Also write all figures as a CSV file.")
@exits_with_sentence
def monitor(model: str, features: Path, output: Path | None) -> None:
    """Compare a feature table with the cohort a registered model was trained on.

    Each patient counts with the last blood sample in the model's window. Names the features whose
    distribution or share of missing values has moved (Holm, 5 % for the whole table).
    """
    from features.table import read_table
    from training.monitor_table import monitor_table
    from training.samples import samples_from

    samples = samples_from(read_table(features))
    monitor_table(model, samples, output)
    _say_origin(samples.provenance)


@main.command(epilog=EPILOG)
@_two_tables
@click.option(
    "--endpoint",
    "endpoints",
    multiple=True,
    default=ENDPOINT_NAMES,
    show_default="both",
    help="Endpoint to fit again; may be given twice.",
)
@_processes
@_scheduler
@exits_with_sentence
def retrain(
    features: Path,
    outcomes: Path,
    endpoints: tuple[str, ...],
    processes: int,
    scheduler: str | None,
) -> None:
    """Fit again on the newest tables under the previous protocol.

    Says whether the new model beats the one in service on patients neither has learned from.
    """
    from training.cluster import at_work
    from training.retrain import retrain_endpoints

    cohort = _cohort(features, outcomes)
    with at_work(processes, scheduler) as jobs:
        for line in retrain_endpoints(cohort, endpoints, jobs):
            click.echo(line)
    _say_origin(cohort.samples.provenance)


if __name__ == "__main__":
    main()
