"""Reconstitution after infusion: each patient's course, the cohort's median and quartiles."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from features import schema
from features.arrays import Bools, Floats

# The source study's three observations (monocytes lost, CD7-negative T cells expanding, cytopenia)
# as far as a table holds them; absolute counts are included because a share can rise while the
# cells fall.
QUANTITIES: tuple[str, ...] = (
    "monocyte_fraction",
    "amc",
    "cd7neg_t_fraction",
    "flow_cd7neg_t_fraction",
    "wbc",
    "anc",
    "alc",
    "plt",
    "hb",
)

# Windows in days since infusion, [first, last]: the usual visits of the first year.
WINDOWS: tuple[tuple[int, int], ...] = (
    (-90, -1),
    (0, 7),
    (8, 14),
    (15, 21),
    (22, 35),
    (36, 60),
    (61, 90),
    (91, 180),
    (181, 365),
)

# Fewer patients in a window give no quartiles: they would be the patients' own values.
MIN_PATIENTS_FOR_BAND = 5


def window_name(first: int, last: int) -> str:
    """A window's name in pictures and tables.

    >>> [window_name(*window) for window in WINDOWS[:2]]
    ['before', '0-7']
    """
    return "before" if last < 0 else f"{first}-{last}"


@dataclass(frozen=True)
class Course:
    """One patient's values of one quantity, ordered by day.

    `baseline` is the last value before infusion, `nadir` the lowest value from day 0 on, and
    `recovered_day` the first day from the nadir on at or above the healthy lower limit
    (None while below it, or where no healthy range is known). Missing values are left out.
    """

    patient_id: str
    days: Floats
    values: Floats
    baseline: float
    nadir: float
    nadir_day: float
    recovered_day: float | None


@dataclass(frozen=True)
class WindowBand:
    """The cohort in one window: each patient counts once, with their own median there.

    `day` is the median day of the samples; `low` and `high` are the quartiles, NaN under
    MIN_PATIENTS_FOR_BAND patients.
    """

    first: int
    last: int
    day: float
    n_patients: int
    median: float
    low: float
    high: float


def course(
    patient_id: str, days: Sequence[float], values: Sequence[float], healthy_low: float | None
) -> Course:
    """Order one patient's values by day and compute baseline, nadir and recovery.

    >>> course("P1", [28, -5, 7], [0.4, 0.5, 0.0], healthy_low=0.2).recovered_day
    28.0
    """
    day, value = np.asarray(days, float), np.asarray(values, float)
    finite = np.flatnonzero(np.isfinite(value))
    order = finite[np.argsort(day[finite], kind="stable")]
    day, value = day[order], value[order]
    before, after = np.flatnonzero(day < 0), np.flatnonzero(day >= 0)
    baseline = float(value[before[-1]]) if before.size else float("nan")
    if not after.size:
        return Course(patient_id, day, value, baseline, float("nan"), float("nan"), None)
    lowest = after[np.argmin(value[after])]
    recovered_day = _first_day_at(day[lowest:], value[lowest:], healthy_low)
    return Course(
        patient_id, day, value, baseline, float(value[lowest]), float(day[lowest]), recovered_day
    )


def _first_day_at(day: Floats, value: Floats, limit: float | None) -> float | None:
    """First day with a value at or above the limit."""
    if limit is None:
        return None
    days = day[value >= limit]
    return float(days[0]) if days.size else None


def courses(rows: Sequence[dict[str, Any]], name: str) -> list[Course]:
    """One course a patient that has any value of `name`, ordered by patient.

    `rows` are feature-table rows; several draws on one day stay several values.
    """
    healthy = schema.ALL_FEATURES[name].healthy
    triples = [(str(row["patient_id"]), row["day"], row[name]) for row in rows]
    return courses_of(triples, healthy and healthy[0])


def courses_of(
    values: Iterable[tuple[str, float, float]], healthy_low: float | None = None
) -> list[Course]:
    """One course a patient from (patient, day, value); missing values are left out.

    >>> [one.patient_id for one in courses_of([("B", 1, 0.5), ("A", 7, 0.1), ("A", 1, 0.2)])]
    ['A', 'B']
    """
    by_patient: dict[str, list[tuple[float, float]]] = {}
    for patient, day, value in values:
        if np.isfinite(value):
            by_patient.setdefault(patient, []).append((day, value))
    return [
        course(patient, [day for day, _ in pairs], [value for _, value in pairs], healthy_low)
        for patient, pairs in sorted(by_patient.items())
    ]


def bands(
    courses: Sequence[Course], windows: Sequence[tuple[int, int]] = WINDOWS
) -> tuple[WindowBand, ...]:
    """Median and quartiles over patients in each window with at least one patient.

    A patient with many samples must not outweigh one with a single sample, so each patient counts
    once, with their own median.

    >>> a, b = course("A", [1, 2], [1.0, 3.0], None), course("B", [3], [4.0], None)
    >>> bands([a, b])[0].median
    3.0
    """
    result = []
    for first, last in windows:
        selections = [(c, (c.days >= first) & (c.days <= last)) for c in courses]
        members = [(c, inside) for c, inside in selections if inside.any()]
        if members:
            result.append(_band(first, last, members))
    return tuple(result)


def _band(first: int, last: int, members: Sequence[tuple[Course, Bools]]) -> WindowBand:
    """The band of the patients with values in a window, each with which values lie inside."""
    day = float(np.median(np.concatenate([c.days[inside] for c, inside in members])))
    medians = np.array([np.median(c.values[inside]) for c, inside in members])
    low, middle, high = np.quantile(medians, [0.25, 0.5, 0.75])
    if medians.size < MIN_PATIENTS_FOR_BAND:
        low = high = np.nan
    return WindowBand(first, last, day, medians.size, float(middle), float(low), float(high))


def recovery(courses: Sequence[Course]) -> dict[str, int]:
    """Counts of recovered patients, from day 0 on; `below` fell and has not recovered yet.

    Only patients with a sample from day 0 on are counted. Not a time-to-event analysis: a patient
    whose last sample came early counts as below.
    """
    with_samples = [c for c in courses if np.isfinite(c.nadir)]
    n, n_recovered = len(with_samples), sum(c.recovered_day is not None for c in with_samples)
    return {"patients": n, "at_or_above_healthy_limit": n_recovered, "below": n - n_recovered}
