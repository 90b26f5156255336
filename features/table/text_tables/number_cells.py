"""Number as people write it: decimal comma, thousands separators, bounds such as <0.01."""

import re
from collections.abc import Iterable
from fractions import Fraction
from typing import NamedTuple

from features.table.text_tables.spelling import plain_text

# Below and above what the assay measures.
BELOW, ABOVE = "<", ">"
_BOUNDS = {
    "": "", "<": BELOW, "<=": BELOW, "\u2264": BELOW, "=<": BELOW,
    ">": ABOVE, ">=": ABOVE, "\u2265": ABOVE, "=>": ABOVE,
}  # fmt: skip
_CELL = re.compile(
    r"(?P<bound>[<>=\u2264\u2265]{0,2})\s*"
    r"(?P<number>[+-]?(?:\d[\d.,]*|[.,]\d+)(?:[eE][+-]?\d{1,3})?)"
    r"\s*(?P<unit>.*)"
)
# 1 500, 1'500 and 1\u00a0500: a separator between groups of three.
_GROUP_BLANK = re.compile(r"(?<=\d)[ '\u2019](?=\d{3}(?!\d))")
# What laboratories add to a value outside their range: 12.3 H, 0.4*.
_LAB_FLAG = re.compile(r"(?<=\d)\s*(?:[HL]{1,2}|[*\u2191\u2193]+)$")
_OTHER = {".": ",", ",": "."}
_GROUPS = {sign: re.compile(rf"[+-]?\d{{1,3}}(?:\{sign}\d{{3}})+") for sign in ".,"}


class NumberCell(NamedTuple):
    """An exact value, the side of a bound ("" for none), and the unit written behind it."""

    value: Fraction
    bound: str
    unit: str


class Decimals(NamedTuple):
    """The sign before decimals ("" where unclear), and whether the table's numbers show it."""

    sign: str = "."
    is_shown: bool = False


class AmbiguousNumber(ValueError):
    """A number such as 1,500 in a table that does not show which sign it writes decimals with."""


def parse_number(text: str, decimals: Decimals = Decimals()) -> NumberCell | None:  # noqa: B008  (immutable)
    """The number in a cell, or None where there is none.

    `decimals` is what the table writes decimals with, see `decimals_of`. Raises `AmbiguousNumber`
    where it does not tell whether 1,500 is 1500 or 1.5.

    >>> [str(parse_number(text).value) for text in ("1.2", "1,2", "1,234.5", "1e3")]
    ['6/5', '6/5', '2469/2', '1000']
    >>> parse_number("<0.01").bound, parse_number("45 mg/L").unit, parse_number("lots")
    ('<', 'mg/L', None)
    """
    match = _match(text)
    if not match:
        return None
    mantissa, _, exponent = match["number"].lower().partition("e")
    plain = _plain(mantissa, decimals)
    if plain is None:
        return None
    value = Fraction(plain) * Fraction(10) ** int(exponent or 0)
    return NumberCell(value, _BOUNDS[match["bound"]], match["unit"].strip())


def decimals_of(texts: Iterable[str], default: Decimals = Decimals()) -> Decimals:  # noqa: B008  (immutable)
    """How a table writes decimals: 1,2 shows a comma and 1.25 a point; 1,500 shows nothing.

    `default` where no number shows it; unclear where some show a comma and others a point.

    >>> decimals_of(["1,2", "7"]), decimals_of(["7"])
    (Decimals(sign=',', is_shown=True), Decimals(sign='.', is_shown=False))
    """
    signs = {sign for text in texts if (sign := _shown_sign(text))}
    if not signs:
        return default
    return Decimals(signs.pop(), True) if len(signs) == 1 else Decimals("")


def _match(text: str) -> re.Match[str] | None:
    match = _CELL.fullmatch(_GROUP_BLANK.sub("", _LAB_FLAG.sub("", plain_text(text))))
    return match if match and match["bound"] in _BOUNDS else None


def _shown_sign(text: str) -> str:
    match = _match(text)
    number = match["number"].lower().partition("e")[0] if match else ""
    signs = [sign for sign in ".," if sign in number]
    if len(signs) == 2:
        return max(signs, key=number.rfind)
    if not signs or _is_ambiguous(number):
        return ""
    # Twice the same sign separates thousands, so that the other one is the decimal sign.
    return signs[0] if number.count(signs[0]) == 1 else _OTHER[signs[0]]


def _is_ambiguous(number: str) -> bool:
    """Whether one sign before three digits may separate thousands; 0,500 and 1234,500 may not.

    >>> _is_ambiguous("1,500"), _is_ambiguous("0,500"), _is_ambiguous("1,50")
    (True, False, False)
    """
    return bool(re.fullmatch(r"[+-]?[1-9]\d{0,2}[.,]\d{3}", number))


def _plain(number: str, decimals: Decimals) -> str | None:
    """The number with a decimal point and without separators; None where it is malformed."""
    signs = [sign for sign in ".," if sign in number]
    if not signs:
        return number
    last = max(signs, key=number.rfind)
    if len(signs) == 2:
        whole_part, _, fraction = number.rpartition(last)
        is_proper = last not in whole_part and _GROUPS[_OTHER[last]].fullmatch(whole_part)
        return f"{whole_part.replace(_OTHER[last], '')}.{fraction}" if is_proper else None
    if number.count(last) > 1:
        return number.replace(last, "") if _GROUPS[last].fullmatch(number) else None
    if not _is_ambiguous(number) or decimals.sign == last:
        return number.replace(last, ".")
    if not decimals.is_shown:
        raise AmbiguousNumber
    return number.replace(last, "")
