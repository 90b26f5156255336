"""Days since infusion as people write them: 28, D28, Day 28, D+28, 28.0."""

import re

_DAY = re.compile(r"(?:d|day)?[ _.:]*([+\-\u2212\u2013]?) *(\d+)(?:[.,]0+)?", re.IGNORECASE)


def parse_day(text: str) -> int | None:
    """The day that a text names, None when it names none for certain (baseline, week 4, a date).

    >>> [parse_day(text) for text in ("28", "D28", "Day 28", "D+28", "28.0", "d-5", "baseline")]
    [28, 28, 28, 28, 28, -5, None]
    """
    match = _DAY.fullmatch(text.strip())
    if match is None:
        return None
    sign, digits = match.groups()
    return int(digits) if sign in ("", "+") else -int(digits)
