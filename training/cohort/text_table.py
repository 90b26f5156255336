"""Text tables (CSV typed by people): read as text, rules checked row by row."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from features.arrays import Floats
from features.errors import InputError

EMPTY = ("", "na", "nan", "none", "null")


def read_text(path: Path | str, content: str) -> pd.DataFrame:
    """All cells of a CSV file as text, types not guessed; `content` names them in errors.

    Raises InputError when there is no such file or it is no table.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"{content} are read from a CSV file; there is none at {path}.")
    try:
        return pd.read_csv(path, dtype=str, keep_default_na=False, skipinitialspace=True)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError):
        raise InputError(
            f"{path.name} must be a comma-separated table with a header; it could not be read so."
        ) from None


def check_columns(
    columns: Sequence[str], name: str, required: Sequence[str], optional: Sequence[str]
) -> None:
    """Raise InputError for a required column that is missing, one given twice, one not known."""
    missing = [c for c in required if c not in columns]
    if missing:
        raise InputError(
            f"{name} needs the columns {', '.join(required)}; {', '.join(missing)} is missing."
        )
    doubled = sorted({c for c in columns if columns.count(c) > 1})
    if doubled:
        raise InputError(f"{name} may name a column once; {', '.join(doubled)} is there twice.")
    unknown = [c for c in columns if c not in (*required, *optional)]
    if unknown:
        raise InputError(
            f"{name} has the unknown column {unknown[0]!r}; allowed beside the required ones are "
            f"{', '.join(optional)}."
        )


def text_of(value: object) -> str | None:
    """A cell without blanks at its ends; None for the usual spellings of a missing value.

    >>> text_of(" NA "), text_of(" a b ")
    (None, 'a b')
    """
    text = str(value).strip()
    return None if text.lower() in EMPTY else text


def numbers_of(name: str, column: str, values: list[str | None]) -> Floats:
    """Numbers with NaN where a cell is empty; InputError for anything else."""
    numbers = pd.to_numeric(pd.Series(values, dtype=object), errors="coerce").to_numpy(float)
    is_filled = np.array([value is not None for value in values], dtype=bool)
    refuse(name, list(is_filled & ~np.isfinite(numbers)), f"{column} must be a number or empty")
    return numbers


def refuse(name: str, bad: Sequence[bool], rule: str) -> None:
    """Raise InputError with the first line (the header is line 1) that breaks a rule, if any does.

    The sentence holds no value of the row.

    >>> refuse("x.csv", [False, True, True], "day is missing")
    Traceback (most recent call last):
    features.errors.InputError: x.csv line 3 and 1 more: day is missing.
    """
    lines = [i + 2 for i, is_bad in enumerate(bad) if is_bad]
    if lines:
        more = f" and {len(lines) - 1} more" if len(lines) > 1 else ""
        raise InputError(f"{name} line {lines[0]}{more}: {rule}.")
