"""What changed in a patient: differences from the first sample, and slopes.

One function for training and for the bedside. A row sees itself and earlier rows, never a later
one, so a risk computed on day 28 is the same whether or not a day 60 sample exists.
"""

import math
from collections.abc import Sequence

from features import schema
from features.errors import InputError
from features.measures.baseline_anchor import anchored
from features.table.row import MISSING, Row, filled, number

SLOPE_DAYS = 30.0


def add_history(rows: Sequence[Row]) -> list[Row]:
    """One patient's rows by day, with `<name>_change` and `<name>_slope30` of the core features.

    Only comparable samples enter: same tissue, enrichment and source of cell types (an absent
    tissue counts as blood, since marrow holds other cells). Change is the difference from the
    earliest of them with a value; slope is the least-squares slope over those so far, per 30 days,
    b = 30 sum (d - mean d)(x - mean x) / sum (d - mean d)^2. Both are missing until two samples
    on different days have a value. The CD7-negative share of T cells is measured once more against
    the patient's sample from before infusion (`features.measures.baseline_anchor`).

    Raises `InputError` for rows of more than one patient or without a day.

    >>> from features.table.row import empty_row
    >>> first = {**empty_row(), "patient_id": "A", "sample_id": "1", "day": -5}
    >>> first["monocyte_fraction"] = 0.3
    >>> later = {**first, "sample_id": "2", "day": 25, "monocyte_fraction": 0.1}
    >>> old, new = add_history([later, first])
    >>> old["monocyte_fraction_change"], round(new["monocyte_fraction_change"], 3)
    (nan, -0.2)
    >>> round(new["monocyte_fraction_slope30"], 3)
    -0.2
    """
    ordered = _by_day(rows)
    return [_with_history(ordered, i) for i in range(len(ordered))]


def latest_with_history(rows: Sequence[Row]) -> Row:
    """The last of `add_history(rows)`, without the work for those before it; at least one row.

    >>> from features.table.row import empty_row
    >>> first = {**empty_row(), "patient_id": "A", "sample_id": "1", "day": -5}
    >>> latest_with_history([{**first, "day": 28}, first])["day"]
    28
    """
    ordered = _by_day(rows)
    return _with_history(ordered, len(ordered) - 1)


def _by_day(rows: Sequence[Row]) -> list[Row]:
    if len({row["patient_id"] for row in rows}) > 1:
        raise InputError("History needs the samples of one patient, but several came; split them.")
    if any(row["day"] is None for row in rows):
        raise InputError("History needs the day of every sample, but one has none; give it.")
    return sorted(rows, key=lambda row: (number(row, "day"), str(row["sample_id"])))


def _with_history(ordered: Sequence[Row], i: int) -> Row:
    now = ordered[i]
    known = [row for row in ordered[: i + 1] if _kind(row) == _kind(now)]
    columns: dict[str, float | int | str | None] = {}
    columns |= anchored(known, now).columns("cd7neg_t_fraction_anchored")
    for name in schema.CORE:
        days, values = _series(known, name)
        missing = math.isnan(number(now, name)) or len(set(days)) < 2
        columns[f"{name}_change"] = MISSING if missing else values[-1] - values[0]
        columns[f"{name}_slope30"] = MISSING if missing else SLOPE_DAYS * slope(days, values)
    blank: Row = dict.fromkeys(schema.HISTORY_NUMBERS, MISSING)
    return {**now, **filled(blank, columns)}


def _kind(row: Row) -> tuple[object, ...]:
    return row["tissue"] or "PB", row["enrichment"] or "none", row["typing_source"]


def _series(rows: Sequence[Row], name: str) -> tuple[list[float], list[float]]:
    pairs = [(number(row, "day"), number(row, name)) for row in rows]
    known = [(day, value) for day, value in pairs if not math.isnan(value)]
    return [day for day, _ in known], [value for _, value in known]


def slope(days: Sequence[float], values: Sequence[float]) -> float:
    """Least-squares slope of values over days; the days must not all be equal.

    >>> slope([0, 10, 20], [1.0, 2.0, 3.0])
    0.1
    """
    centre = math.fsum(days) / len(days)
    mean = math.fsum(values) / len(values)
    across = math.fsum((d - centre) * (v - mean) for d, v in zip(days, values, strict=True))
    return across / math.fsum((d - centre) ** 2 for d in days)
