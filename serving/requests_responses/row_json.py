"""A row of the feature table as JSON and back, with null for a missing number.

Columns that a group declares stand together under `covariates`, in requests, answers, database
and audit log alike, so that none is taken for a column of the schema.
"""

import math
from collections.abc import Mapping

from features import schema
from features.table.row import Row

COLUMNS = frozenset(schema.TABLE_COLUMNS)
NUMBERS = frozenset((*schema.SHEET_NUMBERS, *schema.SAMPLE_NUMBERS, *schema.HISTORY_NUMBERS))


RowValue = float | int | str | None
RowDocument = dict[str, RowValue | dict[str, RowValue]]


def to_json(row: Row) -> RowDocument:
    """The row with null for NaN, because JSON has no NaN; declared columns only where present.

    >>> to_json({"day": 28, "plt": float("nan")})
    {'day': 28, 'plt': None}
    >>> to_json({"day": 28, "adv_load": 3.5})
    {'day': 28, 'covariates': {'adv_load': 3.5}}
    """
    return nested({name: None if _missing(value) else value for name, value in row.items()})


def nested(row: Row) -> RowDocument:
    """A row without NaN with its declared columns under `covariates`, if it has any."""
    names = [name for name in row if name not in COLUMNS]
    document: RowDocument = {name: value for name, value in row.items() if name in COLUMNS}
    covariates = {name: row[name] for name in names if row[name] is not None}
    return {**document, "covariates": covariates} if covariates else document


def from_json(body: Mapping[str, RowValue | Mapping[str, RowValue]]) -> Row:
    """A stored body as a full row of SAMPLE_COLUMNS; columns it lacks are missing.

    The declared columns under `covariates` follow.

    Other columns (history, a retired feature) are left out: history is computed anew from the
    patient's samples.

    >>> row = from_json({"day": 28, "plt": None, "mrd": 0.1})
    >>> row["day"], row["plt"], row["mrd"], row["site"]
    (28, nan, 0.1, None)
    """
    row = {name: _column(name, body.get(name)) for name in schema.SAMPLE_COLUMNS}
    covariates = body.get("covariates")
    return row | covariates if isinstance(covariates, dict) else row


def _column(name: str, value: RowValue | Mapping[str, RowValue]) -> RowValue:
    if isinstance(value, Mapping) or name not in NUMBERS:
        return None if isinstance(value, Mapping) else value
    return math.nan if value is None else float(value)


def _missing(value: object) -> bool:
    return isinstance(value, float) and math.isnan(value)
