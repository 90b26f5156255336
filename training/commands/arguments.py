"""Arguments, options and messages that several commands of `cd7watch training` share."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from features.notices import RESEARCH_USE_ONLY, SYNTHETIC, print_note

if TYPE_CHECKING:
    from training.cohort.cohort import Cohort
    from training.cohort.protocol import Protocol
    from training.cohort.samples import Samples

Command = Callable[..., None]

TABLE = click.Path(path_type=Path, dir_okay=False)
FOLDER = click.Path(path_type=Path, file_okay=False)

EPILOG = f"{RESEARCH_USE_ONLY} MLflow's address is MLFLOW_TRACKING_URI, by default var/mlflow.db."


def read_cohort(
    features: Path, outcomes: Path, protocol: "Protocol | None" = None,
    infections: Path | None = None,
) -> "Cohort":  # fmt: skip
    """Read the tables as one cohort, at the protocol's (or the default) landmark and rule.

    Patients of one table only are named on standard error.
    """
    from features.table.feature_table import read_table
    from training.cohort.cohort import cohort_of
    from training.cohort.infections import check_infection_outcomes, read_infections
    from training.cohort.outcomes import read_outcomes
    from training.cohort.unmatched_patients import unmatched_patients

    course = read_outcomes(outcomes)
    onsets = None if infections is None else read_infections(infections, course.infusion_dates)
    if onsets is not None:
        check_infection_outcomes(onsets, course)
    cohort = cohort_of(read_table(features), course, protocol, onsets)
    for sentence in unmatched_patients(cohort):
        print_note(sentence)
    return cohort


def protocol_sentence(protocol: "Protocol") -> str:
    """Which protocol is followed: the first 8 digits of its hash, and its date.

    >>> from training.cohort.protocol import Protocol
    >>> protocol_sentence(Protocol(date="2026-01-31")).endswith(", dated 2026-01-31.")
    True
    """
    dated = f"dated {protocol.date}" if protocol.date else "without a date"
    return f"Protocol {protocol.sha256[:8]}, {dated}."


def print_origin(provenance: str) -> None:
    """Print what the output may be used for, and whether its patients were simulated."""
    click.echo(RESEARCH_USE_ONLY + (f" {SYNTHETIC}" if provenance == "synthetic" else ""))


def print_declared(samples: "Samples", inputs: Sequence[str]) -> None:
    """Print which columns a group declared, and which of them are inputs; nothing without any.

    The count of earlier infections is declared by us: it is printed where it is an input.
    """
    from training.cohort.earlier_infections import EARLIER_SEVERE

    names = [covariate.name for covariate in samples.covariates]
    covariate_names = [name for name in names if name in inputs or name != EARLIER_SEVERE.name]
    if covariate_names:
        inputs_declared = [name for name in inputs if name in covariate_names]
        click.echo(
            f"Declared columns: {', '.join(covariate_names)}; the protocol names "
            f"{', '.join(inputs_declared) or 'none'} as input."
        )


def two_tables(command: Command) -> Command:
    """Give a command its FEATURES and OUTCOMES arguments."""
    with_outcomes = click.argument("outcomes", type=TABLE)(command)
    return click.argument("features", type=TABLE)(with_outcomes)


def folder_option(name: str, contents: str) -> Callable[[Command], Command]:
    """Option for the folder to write, by default `name`; `contents` says what goes into it."""
    return click.option(
        "-o", "--output", type=FOLDER, default=Path(name), show_default=True,
        help=f"Folder to write: {contents}.",
    )  # fmt: skip


processes_option = click.option(
    "--processes", type=click.IntRange(1), default=2, show_default=True,
    help="Number of parallel processes; it does not change the result.",
)  # fmt: skip

scheduler_option = click.option(
    "--scheduler", metavar="ADDRESS",
    help="Dask scheduler whose workers do the fits, such as tcp://host:8786.",
)  # fmt: skip


endpoint_option = click.option(
    "--endpoint", "endpoints", multiple=True,
    show_default="all that the protocol declares and the tables allow",
    help="Endpoint to fit; repeat the option for several.",
)  # fmt: skip

infections_option = click.option(
    "--infections", type=TABLE, metavar="FILE",
    help="INFECTIONS.csv: one row an infection (patient_id, day, grade, organism). Endpoints "
    "that are counted from infections need it, and the input earlier_severe_infections.",
)  # fmt: skip


def fit_arguments(command: Command) -> Command:
    """Give a command that fits its tables, endpoints, processes and scheduler."""
    options = infections_option(endpoint_option(processes_option(scheduler_option(command))))
    return two_tables(options)


def endpoints_to_fit(
    protocol: "Protocol", requested: Sequence[str], *, has_infections: bool
) -> tuple[str, ...]:
    """The requested endpoints; without any, those of the protocol that the tables allow.

    A note names those that are left out for want of a table.
    """
    if requested:
        return tuple(requested)
    left_out = [e.name for e in protocol.endpoints if e.onset and not has_infections]
    if left_out:
        print_note(
            f"{', '.join(left_out)} is counted from the table of infections, which was not given "
            "(--infections); it is left out."
        )
    return tuple(e.name for e in protocol.endpoints if e.name not in left_out)
