"""A row of the feature table as JSON and back, with null for a missing number."""

import math
from collections.abc import Mapping

from features import schema
from features.table.row import Row

NUMBERS = frozenset((*schema.SHEET_NUMBERS, *schema.SAMPLE_NUMBERS, *schema.HISTORY_NUMBERS))


def to_json(row: Row) -> Row:
    """The row with null for NaN, because JSON has no NaN.

    >>> to_json({"day": 28, "plt": float("nan")})
    {'day': 28, 'plt': None}
    """
    return {name: None if _missing(value) else value for name, value in row.items()}


def from_json(body: Mapping[str, float | int | str | None]) -> Row:
    """A stored body as a full row of SAMPLE_COLUMNS; columns it lacks are missing.

    Other columns (history, a retired feature) are left out: history is computed anew from the
    patient's samples.

    >>> row = from_json({"day": 28, "plt": None, "mrd": 0.1})
    >>> row["day"], row["plt"], row["mrd"], row["site"]
    (28, nan, 0.1, None)
    """
    return {name: _column(name, body.get(name)) for name in schema.SAMPLE_COLUMNS}


def _column(name: str, value: float | int | str | None) -> float | int | str | None:
    if name not in NUMBERS:
        return value
    return math.nan if value is None else float(value)


def _missing(value: object) -> bool:
    return isinstance(value, float) and math.isnan(value)
