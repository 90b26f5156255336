"""Day since infusion as people write it: 28, D28, Day +28, 28,0, D-5."""

import re

from features.table.text_tables.spelling import plain_text

# Days since infusion: four years before to thirty after; anything else is a date, an Excel serial
# number (45,000 is in 2023) or a typing error.
FIRST_DAY, LAST_DAY = -1500, 11_000

_DAY = re.compile(
    r"(?:(?:day|days|d|tag|jour|dia)[\s_.:]*)?"
    r"(?P<number>[+-]?\s?\d+(?:\.0*|,0{0,2})?)"
    r"\s*(?:d|day|days)?"
    r"(?:\s*(?:post|after)[\s_-]*(?:infusion|car-?t)?)?",
    re.IGNORECASE,
)


def parse_day(text: str) -> int | None:
    """A whole number of days since infusion, or None where the text is not one.

    Dates, months, "baseline" and numbers outside four years before to thirty after are not days.

    >>> [parse_day(text) for text in ("28", "D28", "Day +28", "28.0", "28,0", "\\u22125")]
    [28, 28, 28, 28, 28, -5]
    >>> [parse_day(text) for text in ("baseline", "2024-01-31", "45322", "28.5", "")]
    [None, None, None, None, None]
    """
    match = _DAY.fullmatch(plain_text(text))
    if not match:
        return None
    day = int(re.sub(r"\s|[.,]0*$", "", match["number"]))
    return day if FIRST_DAY <= day <= LAST_DAY else None
