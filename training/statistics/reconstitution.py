"""How blood comes back after infusion: each patient's course and the cohort's median and bands."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from features import schema
from features.arrays import Floats

# The source study's three observations (monocytes lost, CD7-negative T cells expanding, cytopenia)
# as far as a table holds them; absolute counts stand beside shares because a share can rise
# while the cells fall.
FOLLOWED: tuple[str, ...] = (
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


def window_name(first: int, last: int) -> str:
    """A window as pictures and tables name it.

    >>> [window_name(*window) for window in WINDOWS[:2]]
    ['before', '0-7']
    """
    return "before" if last < 0 else f"{first}-{last}"


# Fewer patients than this in a window give no quartiles: they would be the patients themselves.
MIN_PATIENTS_FOR_BAND = 5


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
class Band:
    """The cohort in one window: each patient counts once, with the median of his values there.

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
    """Order one patient's values by day and find baseline, nadir and recovery.

    >>> course("P1", [28, -5, 7], [0.4, 0.5, 0.0], healthy_low=0.2).recovered_day
    28.0
    """
    day, value = np.asarray(days, float), np.asarray(values, float)
    known = np.flatnonzero(np.isfinite(value))
    order = known[np.argsort(day[known], kind="stable")]
    day, value = day[order], value[order]
    before, after = np.flatnonzero(day < 0), np.flatnonzero(day >= 0)
    baseline = float(value[before[-1]]) if before.size else float("nan")
    if not after.size:
        return Course(patient_id, day, value, baseline, float("nan"), float("nan"), None)
    lowest = after[np.argmin(value[after])]
    back = [d for d, v in zip(day[lowest:], value[lowest:], strict=True)
            if healthy_low is not None and v >= healthy_low]  # fmt: skip
    recovered = float(back[0]) if back else None
    return Course(
        patient_id, day, value, baseline, float(value[lowest]), float(day[lowest]), recovered
    )


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
    """One course a patient from (patient, day, value); missing values are passed over.

    >>> [one.patient_id for one in courses_of([("B", 1, 0.5), ("A", 7, 0.1), ("A", 1, 0.2)])]
    ['A', 'B']
    """
    by_patient: dict[str, list[tuple[float, float]]] = {}
    for patient, day, value in values:
        if np.isfinite(value):
            by_patient.setdefault(patient, []).append((day, value))
    return [
        course(patient, [day for day, _ in own], [value for _, value in own], healthy_low)
        for patient, own in sorted(by_patient.items())
    ]


def bands(
    found: Sequence[Course], windows: Sequence[tuple[int, int]] = WINDOWS
) -> tuple[Band, ...]:
    """Median and quartiles over patients in each window that holds anybody.

    A patient seen often must not outweigh one seen once, so each counts with his own median.

    >>> a, b = course("A", [1, 2], [1.0, 3.0], None), course("B", [3], [4.0], None)
    >>> bands([a, b])[0].median
    3.0
    """
    result = []
    for first, last in windows:
        inside = [(c.days >= first) & (c.days <= last) for c in found]
        own = [(c, at) for c, at in zip(found, inside, strict=True) if at.any()]
        if own:
            day = float(np.median(np.concatenate([c.days[at] for c, at in own])))
            medians = np.array([np.median(c.values[at]) for c, at in own])
            result.append(_band(first, last, day, medians))
    return tuple(result)


def _band(first: int, last: int, day: float, medians: Floats) -> Band:
    low, middle, high = np.quantile(medians, [0.25, 0.5, 0.75])
    if medians.size < MIN_PATIENTS_FOR_BAND:
        low = high = np.nan
    return Band(first, last, day, medians.size, float(middle), float(low), float(high))


def recovery(found: Sequence[Course]) -> dict[str, int]:
    """Counts of what the courses show, from day 0 on; `below` fell and is not yet back.

    Only patients with a sample from day 0 on are counted. Not a time-to-event analysis: a patient
    whose last sample came early counts as below.
    """
    seen = [c for c in found if np.isfinite(c.nadir)]
    back = sum(c.recovered_day is not None for c in seen)
    return {"patients": len(seen), "at_or_above_healthy_limit": back, "below": len(seen) - back}
