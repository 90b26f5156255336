"""Equal rows: samples whose every measured number agrees, as of one count file copied twice."""

from collections.abc import Iterable

from features import schema
from features.table.row import Row


def equal_rows(rows: Iterable[Row]) -> list[tuple[str, ...]]:
    """Names of samples with the same numbers to the bit, group by group.

    Two draws never agree in thirty means and fractions, so such rows count the same cells.
    """
    names: dict[tuple[str, ...], list[str]] = {}
    for row in rows:
        numbers = tuple(repr(row[name]) for name in schema.SAMPLE_NUMBERS)
        names.setdefault(numbers, []).append(str(row["sample_id"]))
    return [tuple(group) for group in names.values() if len(group) > 1]
