"""Feature table of a simulated cohort, with history and refusals as from count files."""

from collections.abc import Iterable, Mapping
from itertools import groupby
from pathlib import Path

import numpy as np

from features import schema
from features.arrays import Floats
from features.measures.ambient_correction import ambient_warnings
from features.measures.history import add_history
from features.table.feature_table import write_table
from features.table.row import RefusedSample, Row, empty_row
from training.simulation.blood import blood_counts as blood
from training.simulation.blood.latent_state import POOR_KINDS, BloodState
from training.simulation.cells.reference_genes import simulated_genome
from training.simulation.measurement.measured_features import feature_columns
from training.simulation.measurement.pooled_sums import draw_sums
from training.simulation.patients import SimulatedCohort


def cohort_features(seed: int, state: BloodState, cells: int) -> dict[str, Floats]:
    """Every sample's features, (n, k) each, poor samples included."""
    genome = simulated_genome()
    sums = draw_sums(seed, state, cells, genome)
    return feature_columns(sums, state, blood.strategies(state) == "blocked", genome)


def table_rows(
    context: Iterable[Mapping[str, object]],
    columns: Mapping[str, Floats],
    cohort: SimulatedCohort,
) -> tuple[list[Row], list[RefusedSample]]:
    """Rows of the feature table, history included, and the refusals of the poor samples.

    `context` yields the sample sheet's values of every sample, in the order of patients and days;
    `columns` are (n, k).
    """
    samples = tuple(np.argwhere(cohort.sampled).T)
    values = np.stack([columns[name][samples] for name in schema.SAMPLE_NUMBERS], axis=1)
    rows, refusals = [], []
    for line, numbers, kind in zip(
        context, values.tolist(), cohort.state.poor[samples], strict=True
    ):
        if kind:
            refusals.append(_refusal(line, POOR_KINDS[kind]))
        else:
            rows.append(_row(line, dict(zip(schema.SAMPLE_NUMBERS, numbers, strict=True))))
    return _with_history(rows), refusals


def write_features(
    path: Path,
    context: Iterable[Mapping[str, object]],
    columns: Mapping[str, Floats],
    cohort: SimulatedCohort,
) -> None:
    """Write features.parquet from the same arguments as `table_rows`."""
    write_table(path, *table_rows(context, columns, cohort))


def _row(line: Mapping[str, object], numbers: Mapping[str, float]) -> Row:
    row = {**empty_row(), **line, **numbers}
    row |= {"typing_source": "rate_table", "cd7_source": "rna", "provenance": "synthetic"}
    codes = ["cd7_unresolved"] if numbers["cd7neg_unresolved"] else []
    row["warnings"] = ";".join([*codes, *ambient_warnings(numbers)]) or None
    return row  # type: ignore[return-value]  # line holds str, int and float


def _refusal(line: Mapping[str, object], kind: str) -> RefusedSample:
    return RefusedSample(
        str(line["sample_id"]), str(line["patient_id"]), int(str(line["day"])),
        f"simulated as spoilt: {kind.replace('_', ' ')}",
    )  # fmt: skip


def _with_history(rows: list[Row]) -> list[Row]:
    patients = groupby(rows, key=lambda row: row["patient_id"])
    return [row for _, samples in patients for row in add_history(list(samples))]
