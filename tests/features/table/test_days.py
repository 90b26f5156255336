"""Days as people write them."""

import pytest

from features.table.days import parse_day


@pytest.mark.parametrize(("text", "day"), [
    ("28", 28), ("D28", 28), ("d28", 28), ("Day 28", 28), ("day_28", 28), ("D+28", 28),
    ("+28", 28), ("28.0", 28), ("28,0", 28), ("-5", -5), ("D-5", -5), ("\u22125", -5), ("0", 0),
    ("baseline", None), ("week 4", None), ("28.5", None), ("2023-01-05", None), ("", None),
    ("D28b", None), ("M3", None),
])  # fmt: skip
def test_only_certain_days_are_read(text: str, day: int | None) -> None:
    """Anything else is left to the reader."""
    assert parse_day(text) == day
