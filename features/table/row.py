"""One row of the feature table as a dictionary of plain Python values."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from features import schema
from features.covariate_rules import FLAG_UNIT
from features.errors import InputError
from features.schema import Feature

Row = dict[str, float | int | str | None]

MISSING = float("nan")
# Codes of warnings for a value that is a bound, by its sign; the feature's name follows.
BOUND_CODES: Mapping[str, str] = {"<": "below_", ">": "above_"}


def empty_row(columns: Iterable[str] = schema.SAMPLE_COLUMNS) -> Row:
    """A row in which every value is missing: None for text, NaN for numbers.

    >>> row = empty_row()
    >>> row["tissue"], row["monocyte_fraction"]
    (None, nan)
    """
    texts = {*schema.TEXT_COLUMNS, *schema.KEYS}
    return {name: None if name in texts else MISSING for name in columns}


def fill_row(row: Row, values: Mapping[str, float | int | str | None]) -> Row:
    """The row with some columns set.

    Raises `InputError` for a column outside the row: a feature that the schema does not list.

    >>> fill_row({"day": None}, {"day": 28})
    {'day': 28}
    """
    unknown = sorted(set(values) - set(row))
    if unknown:
        raise InputError(
            f"Every feature is a line of features/schema.py, but {', '.join(unknown)} is not; "
            "add it there first."
        )
    return {**row, **values}


def number(row: Row, name: str) -> float:
    """A numeric column as float, NaN when missing.

    >>> number({"anc": 1}, "anc"), number({"anc": None}, "anc")
    (1.0, nan)
    """
    value = row[name]
    if value is None:
        return MISSING
    if isinstance(value, str):
        raise InputError(f"Column {name} must be a number; it holds text.")
    return float(value)


def text(row: Row, name: str) -> str | None:
    """A text column, None when missing."""
    value = row[name]
    return None if value is None else str(value)


def warning_codes(row: Row) -> list[str]:
    """The warnings of one row, as codes.

    >>> warning_codes({"warnings": "shallow;few_genes"}), warning_codes({"warnings": None})
    (['shallow', 'few_genes'], [])
    """
    return [code for code in (text(row, "warnings") or "").split(";") if code]


def check_range(name: str, value: float) -> None:
    """Refuse a value outside its feature's plausible range; the message omits it, NaN passes.

    >>> check_range("monocyte_fraction", float("nan"))
    """
    check_value(schema.ALL_FEATURES[name], value)


def check_value(feature: Feature, value: float) -> None:
    """As `check_range`, for a feature of the schema or one that a group declares.

    A declared flag is 0 or 1 and nothing between.
    """
    if math.isnan(value):
        return
    if not feature.low <= value <= feature.high:
        raise InputError(
            f"{feature.name} must lie between {feature.low:g} and {feature.high:g} "
            f"({feature.unit}); correct the value or leave it empty."
        )
    if feature.group == "covariate" and feature.unit == FLAG_UNIT and value not in (0, 1):
        raise InputError(
            f"{feature.name} must be 0 or 1, but it is not; correct the value or leave it empty."
        )


@dataclass(frozen=True)
class RefusedSample:
    """A sample without a row, and the reason in one sentence."""

    sample_id: str
    patient_id: str
    day: int | None
    reason: str
