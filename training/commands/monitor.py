"""Command `cd7watch training monitor`: data drift of a feature table since training."""

from pathlib import Path

import click

from features.errors import exits_with_sentence
from training.commands.arguments import EPILOG, TABLE, infections_option, print_origin


@click.command(epilog=EPILOG)
@click.argument("model", metavar="ENDPOINT@ALIAS|ENDPOINT/VERSION")
@click.argument("features", type=TABLE)
@click.option("-o", "--output", type=TABLE, help="Also write all numbers as a CSV file.")
@infections_option
@exits_with_sentence
def monitor(model: str, features: Path, output: Path | None, infections: Path | None) -> None:
    """Compare a feature table with the cohort a registered model was trained on.

    Each patient counts with the last blood sample in the model's window. Names the features whose
    distribution or share of missing values has changed (Holm, 5 % for the whole table).
    """
    from features.table.feature_table import read_table
    from training.cohort.infections import read_infections
    from training.cohort.samples import samples_from, with_earlier_infections
    from training.tracking.monitor_table import monitor_table

    samples = samples_from(read_table(features))
    if infections is not None:
        samples = with_earlier_infections(samples, read_infections(infections))
    monitor_table(model, samples, output)
    print_origin(samples.provenance)
