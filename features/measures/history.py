"""History features of a patient: change from the first sample, and slope over time.

Training and the service call the same function. A row uses itself and earlier rows, never a later
one, so a risk computed on day 28 is the same whether or not a day 60 sample exists.
"""

import math
from collections.abc import Sequence

from features import schema
from features.errors import InputError
from features.measures.cd7.baseline_anchor import anchored_fraction
from features.table.row import MISSING, Row, fill_row, number, warning_codes

SLOPE_DAYS = 30.0
CD7_SOURCE_CHANGED = "cd7_source_changed"  # code of the warning, see features.report.warning_texts


def add_history(rows: Sequence[Row]) -> list[Row]:
    """One patient's rows by day, with `<name>_change` and `<name>_slope30` of the core features.

    Only comparable samples enter: same tissue, enrichment and source of cell types (an absent
    tissue counts as blood, since marrow holds other cells); for what rests on CD7-negativity, also
    the same source of it, protein or RNA. A patient's row after samples of the other source says so
    among its warnings (`cd7_source_changed`). Change is the difference from the
    earliest of them with a value; slope is the least-squares slope over those so far, per 30 days,
    b = 30 sum (d - mean d)(x - mean x) / sum (d - mean d)^2. Both are missing until two samples
    on different days have a value. The CD7-negative share of T cells is also measured against the
    patient's sample from before infusion (`features.measures.cd7.baseline_anchor`).

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
    """The last of `add_history(rows)`, without computing those before it; needs at least one row.

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
    current = ordered[i]
    comparable_rows = [row for row in ordered[: i + 1] if _setting(row) == _setting(current)]
    same_cd7 = [row for row in comparable_rows if row["cd7_source"] == current["cd7_source"]]
    columns: Row = {}
    columns |= anchored_fraction(same_cd7, current).columns("cd7neg_t_fraction_anchored")
    for name in schema.CORE:
        days, values = _series(same_cd7 if rests_on_cd7(name) else comparable_rows, name)
        missing = math.isnan(number(current, name)) or len(set(days)) < 2
        columns[f"{name}_change"] = MISSING if missing else values[-1] - values[0]
        columns[f"{name}_slope30"] = MISSING if missing else SLOPE_DAYS * slope(days, values)
    empty_columns: Row = dict.fromkeys(schema.HISTORY_NUMBERS, MISSING)
    row = {**current, **fill_row(empty_columns, columns)}
    n_measured, n_same = (_n_measured(rows) for rows in (comparable_rows, same_cd7))
    return row if n_measured == n_same else _with_warning(row)


def _n_measured(rows: Sequence[Row]) -> int:
    return sum(not math.isnan(number(row, "cd7neg_t_fraction")) for row in rows)


def _with_warning(row: Row) -> Row:
    codes = warning_codes(row)
    if CD7_SOURCE_CHANGED not in codes:
        codes.append(CD7_SOURCE_CHANGED)
    return {**row, "warnings": ";".join(codes)}


def _setting(row: Row) -> tuple[object, ...]:
    """What two samples must share to be comparable."""
    return row["tissue"] or "PB", row["enrichment"] or "none", row["typing_source"]


def _series(rows: Sequence[Row], name: str) -> tuple[list[float], list[float]]:
    pairs = [(number(row, "day"), number(row, name)) for row in rows]
    pairs = [(day, value) for day, value in pairs if not math.isnan(value)]
    return [day for day, _ in pairs], [value for _, value in pairs]


def rests_on_cd7(name: str) -> bool:
    """Whether a column depends on which cells are called CD7-negative, hence on `cd7_source`.

    >>> rests_on_cd7("cd7neg_t_activation_change"), rests_on_cd7("cd7neg_t_fraction_rna")
    (True, False)
    >>> rests_on_cd7("monocyte_fraction")
    False
    """
    return name.startswith("cd7neg_") and not name.startswith("cd7neg_t_fraction_rna")


def slope(days: Sequence[float], values: Sequence[float]) -> float:
    """Least-squares slope of values over days; the days must not all be equal.

    >>> slope([0, 10, 20], [1.0, 2.0, 3.0])
    0.1
    """
    mean_day = math.fsum(days) / len(days)
    mean_value = math.fsum(values) / len(values)
    pairs = zip(days, values, strict=True)
    covariance = math.fsum((day - mean_day) * (value - mean_value) for day, value in pairs)
    return covariance / math.fsum((d - mean_day) ** 2 for d in days)
