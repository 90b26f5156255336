"""Command `cd7watch training plan`: what n patients can show, and how many are needed."""

import math
from collections.abc import Sequence
from itertools import product
from typing import TYPE_CHECKING

import click

from features.errors import InputError, exits_with_sentence
from features.notices import RESEARCH_USE_ONLY
from training.commands.arguments import EPILOG

if TYPE_CHECKING:
    from training.statistics.sizes.validation_widths import Interval, ValidationWidths

CHANCE = 0.8  # of meeting the O/E rule of `validated` with a calibrated model
MOST_PATIENTS = 10_000  # the power of larger cohorts is not simulated: it is 1
POWER_HEADS = ("prevalence", "AUC", "patients", "events", "one look", "first of several")
WIDTH_HEADS = ("prevalence", "AUC", "patients", "events", "AUC interval", "O/E", "slope")
SIZE_HEADS = ("prevalence", "AUC", "patients", "events", "for O/E", "for slope", "for AUC",
              "'validated'")  # fmt: skip


@click.command(epilog=EPILOG)
@click.option(
    "--patients", type=click.IntRange(1, MOST_PATIENTS), multiple=True, default=(60, 120, 300),
    show_default=True,
    help="Patients at risk at the landmark; repeat the option for several sizes.",
)  # fmt: skip
@click.option(
    "--prevalence", type=float, multiple=True, default=(0.1, 0.3), show_default=True,
    help="Expected share with the endpoint within the horizon; repeat for several.",
)  # fmt: skip
@click.option(
    "--auc", type=float, multiple=True, default=(0.7, 0.8), show_default=True,
    help="Expected AUC; repeat for several.",
)  # fmt: skip
@click.option(
    "--known", "known_share", type=float, default=1.0, show_default=True,
    help="Share of patients whose outcome at the horizon is known (not censored before).",
)  # fmt: skip
@click.option(
    "--oe-width", type=float, default=0.2, show_default=True,
    help="Target width of the interval of O/E (observed over expected).",
)  # fmt: skip
@click.option(
    "--slope-width", type=float, default=0.2, show_default=True,
    help="Target width of the interval of the calibration slope.",
)  # fmt: skip
@click.option(
    "--auc-width", type=float, default=0.1, show_default=True,
    help="Target width of the interval of the AUC.",
)  # fmt: skip
@exits_with_sentence
def plan(
    *,
    patients: tuple[int, ...],
    prevalence: tuple[float, ...],
    auc: tuple[float, ...],
    known_share: float,
    oe_width: float,
    slope_width: float,
    auc_width: float,
) -> None:
    """Plan a cohort: what a number of patients can show, and how many a validation needs.

    Prints how often the gate would find a signal in a cohort of each size (simulated: two of 20
    features carry it), the expected 95 % intervals of AUC, O/E and calibration slope, then the
    patients needed for intervals of a target width (Riley 2021; a calibrated model is assumed).
    Reads no patient data.
    """
    from training.evaluation.gate import VALIDATION_EVENTS, VALIDATION_OE
    from training.statistics.sizes.validation_widths import LEAST_EVENTS, widths_by_size

    widths = (oe_width, slope_width, auc_width)
    _check_widths(widths)
    rows = widths_by_size(patients, prevalence, auc, known_share=known_share)
    click.echo(
        "Power of the gate's test (95 % interval), for one declared look and for the first of "
        "several:"
    )
    sizes = product(prevalence, auc, patients)
    _print_table(
        POWER_HEADS, [_power_cells(n, share, area, known_share) for share, area, n in sizes]
    )
    click.echo()
    click.echo("Expected 95 % intervals by number of patients:")
    _print_table(WIDTH_HEADS, [_width_cells(row) for row in rows])
    if any(row.oe_interval is None for row in rows):
        click.echo(f"-: fewer than {LEAST_EVENTS} events or {LEAST_EVENTS} others are expected.")
    click.echo("\nPatients needed for 95 % intervals no wider than "
               f"{oe_width:g} (O/E), {slope_width:g} (slope), {auc_width:g} (AUC):")  # fmt: skip
    _print_table(SIZE_HEADS, [
        _size_cells(share, area, known_share, widths=widths)
        for share, area in product(prevalence, auc)
    ])  # fmt: skip
    low, high = VALIDATION_OE
    click.echo(
        f"'validated': {VALIDATION_EVENTS} events, and a chance of {CHANCE:.0%} that the interval "
        f"of O/E lies inside {low:g} to {high:g}."
    )
    click.echo(RESEARCH_USE_ONLY)


def _check_widths(widths: Sequence[float]) -> None:
    for width in widths:
        if not 0.001 <= width <= 10:
            raise InputError(
                f"A target width lies from 0.001 to 10; got {width:g}: give the upper minus the "
                "lower limit of the interval, such as 0.2."
            )


def _power_cells(n: int, prevalence: float, auc: float, known_share: float) -> list[str]:
    """Power at the level of one declared look, and of the first of several."""
    from training.evaluation.gate import MODEL_EVENTS
    from training.evaluation.looks import ALPHA
    from training.statistics.sizes.gate_power import gate_power

    followed = max(2, round(n * known_share))
    powers = [
        gate_power(followed, prevalence, auc, level=level, least_events=MODEL_EVENTS)
        for level in (ALPHA, ALPHA / 2)
    ]
    cells = [f"{p.share:.0%} ({100 * p.low:.0f} to {100 * p.high:.0f})" for p in powers]
    return [f"{prevalence:g}", f"{auc:g}", str(n), f"{followed * prevalence:.0f}", *cells]


def _width_cells(row: "ValidationWidths") -> list[str]:
    return [
        f"{row.prevalence:g}", f"{row.auc:g}", str(row.n), f"{row.events:.0f}",
        _interval(row.auc_interval), _interval(row.oe_interval), _interval(row.slope_interval),
    ]  # fmt: skip


def _interval(limits: "Interval | None") -> str:
    return "-" if limits is None else f"{limits[0]:.2f} to {limits[1]:.2f}"


def _size_cells(
    prevalence: float, auc: float, known_share: float, *, widths: tuple[float, float, float]
) -> list[str]:
    """Cells of one row; every size counts the patients whose outcome stays unknown."""
    from training.evaluation.gate import VALIDATION_EVENTS, VALIDATION_OE
    from training.statistics.sizes.validation_size import oe_size, validation_size

    oe_width, slope_width, auc_width = widths
    size = validation_size(
        prevalence, auc, oe_width=oe_width, slope_width=slope_width, auc_width=auc_width
    )
    enough_events = math.ceil(VALIDATION_EVENTS / prevalence)
    validated = max(enough_events, oe_size(prevalence, VALIDATION_OE[1], CHANCE))
    sizes = (size.oe, size.slope, size.auc, validated)
    needed = [str(math.ceil(n / known_share)) for n in (size.patients, *sizes)]
    return [f"{prevalence:g}", f"{auc:g}", needed[0], str(size.events), *needed[1:]]


def _print_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print aligned columns, numbers to the right."""
    columns = list(zip(heads, *rows, strict=True))
    widths = [max(len(cell) for cell in column) for column in columns]
    for cells in (heads, *rows):
        click.echo("  ".join(cell.rjust(width) for cell, width in zip(cells, widths, strict=True)))
