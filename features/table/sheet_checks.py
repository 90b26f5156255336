"""Checks of a sample sheet across its cells: patients' own values, counts, units of columns."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from features.schema import PATIENT_COLUMNS, Feature
from features.table.text_tables.findings import Findings
from features.table.text_tables.text_table import TextTable
from features.table.text_tables.typed_columns import Measurement
from features.table.text_tables.unit_mistakes import column_mistake

# Kinds of leukocytes, each at most all of them. Counts are rounded and come from two machines,
# hence a tenth and 0.1 x 10^9/L of tolerance.
LEUKOCYTES = ("anc", "amc", "alc")
TOLERANCE, LEAST_TOLERANCE = 1.1, 0.1


def check_patients(
    table: TextTable,
    patients: Sequence[str],
    texts: Mapping[str, Sequence[str | None]],
    numbers: Mapping[str, Sequence[Measurement]],
    *,
    findings: Findings,
) -> None:
    """Add a fault for a patient's own value that differs from an earlier line of the patient."""
    for name in PATIENT_COLUMNS:
        values: Sequence[object] = (
            texts[name] if name in texts else [_present(m) for m in numbers[name]]
        )
        earlier: dict[str, tuple[int, object]] = {}
        for line, patient, value in zip(table.lines, patients, values, strict=True):
            if value is None:
                continue
            first_line, first_value = earlier.setdefault(patient, (line, value))
            if value != first_value:
                findings.fault(
                    line,
                    f"{name} belongs to the patient and must be the same on each of the patient's "
                    f"lines, but it differs from line {first_line}; correct it",
                )


def check_rows(
    table: TextTable, numbers: Mapping[str, Sequence[Measurement]], findings: Findings
) -> None:
    """Add a fault for each line where one kind of leukocytes exceeds all of them."""
    for part in LEUKOCYTES:
        for line, count, total in zip(table.lines, numbers[part], numbers["wbc"], strict=True):
            limit = TOLERANCE * total.value + LEAST_TOLERANCE
            if count.value > limit and total.bound != ">" and count.bound != "<":
                findings.fault(
                    line,
                    f"{part} must not exceed wbc, of which it is a part, but it does; one of them "
                    "is in another unit: name it, as in anc_per_ul, or correct the value",
                )


def check_columns(
    table: TextTable,
    features: Iterable[Feature],
    numbers: Mapping[str, Sequence[Measurement]],
    *,
    days: Sequence[int | None],
    sites: Sequence[str | None],
    findings: Findings,
) -> None:
    """Add a fault for each column whose median betrays another unit, over all or within a site."""
    day = np.array([np.nan if d is None else d for d in days], dtype=np.float64)
    groups = [np.ones(len(day), bool)]
    groups += [
        np.array([s == site for s in sites], bool) for site in sorted({s for s in sites if s})
    ]
    for feature in features:
        if feature.name not in table.cells or feature.name in table.units:
            continue
        values = np.array([m.value for m in numbers[feature.name]], dtype=np.float64)
        faults = (column_mistake(feature, values[g].tolist(), day[g].tolist()) for g in groups)
        fault = next((fault for fault in faults if fault), None)
        if fault:
            findings.fault(0, fault)


def _present(measurement: Measurement) -> float | None:
    return None if np.isnan(measurement.value) else measurement.value
