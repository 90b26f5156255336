"""Rules of a declared covariate: name, kind, label, unit, range, values, each fault a sentence.

`features.covariates` applies them to covariates.toml, to the metadata of a feature table and to
the manifest of a model.
"""

import re
from collections.abc import Iterator, Mapping

from features import schema

KEYS_BY_KIND: Mapping[str, tuple[str, ...]] = {
    "number": ("label", "meaning", "unit", "low", "high"),
    "flag": ("label", "meaning"),
    "category": ("label", "meaning", "values"),
}
OPTIONAL_KEYS: Mapping[str, tuple[str, ...]] = {"number": ("healthy",), "flag": (), "category": ()}
LONGEST = {"label": 80, "meaning": 300, "unit": 40}
NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
# Columns of the sample sheet, and fields of the HTTP interface, beside those of the schema.
OTHER_COLUMNS = (
    "path", "cells", "infusion_date", "date", "patient_key", "covariates", "samples", "file",
)  # fmt: skip
RESERVED = frozenset((*schema.TABLE_COLUMNS, *OTHER_COLUMNS))
FLAG_UNIT = "0 or 1"
LARGEST = 1e100  # its square is a number still: models standardise
# Pages rewrite values of these units, which they know from the schema.
REWRITTEN_UNITS = (FLAG_UNIT, "log ratio", "ln(1 + UMIs per 10,000)")


def faults(name: str, entry: object) -> Iterator[str]:
    """Every rule that one declaration breaks: the rule, what came, the way out.

    >>> list(faults("cmv", {"kind": "flag", "label": "CMV", "meaning": "CMV DNA in blood"}))
    []
    >>> next(faults("CMV", {"kind": "flag", "label": "CMV", "meaning": "CMV DNA in blood"}))
    "'CMV': a name is a small letter, then small letters, digits or _, up to 60; rename it."
    """
    yield from _name_faults(name)
    if not isinstance(entry, Mapping):
        yield (
            f"{name}: a column is declared by several keys, but a single value came; write them "
            f"under the heading [{name}]."
        )
        return
    kind = entry.get("kind")
    if not isinstance(kind, str) or kind not in KEYS_BY_KIND:
        actual_kind = "none came" if kind is None else f"{kind!r} came"
        yield f"{name}: kind is {', '.join(KEYS_BY_KIND)}, but {actual_kind}; write one of them."
        return
    yield from _key_faults(name, kind, entry)
    yield from _text_faults(name, entry)
    if kind == "number":
        yield from _range_faults(name, entry)
    if kind == "category" and "values" in entry:
        yield from _value_faults(name, entry["values"])


def _name_faults(name: str) -> Iterator[str]:
    if not NAME.fullmatch(name):
        yield (
            f"{name!r}: a name is a small letter, then small letters, digits or _, up to 60; "
            "rename it."
        )
    elif name in RESERVED:
        yield f"{name}: this column is CD7Watch's own; rename yours."
    elif name.endswith("_se"):
        yield f"{name}: names that end in _se are for standard errors; rename it."


def _key_faults(name: str, kind: str, entry: Mapping[str, object]) -> Iterator[str]:
    needed, optional = KEYS_BY_KIND[kind], OPTIONAL_KEYS[kind]
    missing = [key for key in needed if key not in entry]
    unknown = [key for key in entry if key not in ("kind", *needed, *optional)]
    if missing:
        absent = ", ".join(missing)
        yield f"{name}: a {kind} needs {', '.join(needed)}, but {absent} is missing; add it."
    if unknown:
        field_names = ", ".join((*needed, *optional))
        yield f"{name}: a {kind} has the keys {field_names}, but {unknown[0]!r} came; remove it."


def _text_faults(name: str, entry: Mapping[str, object]) -> Iterator[str]:
    for key, most in LONGEST.items():
        if key in entry and not _is_line(entry[key], most):
            yield f"{name}: {key} is one line of 1 to {most} characters, but it is not; rewrite it."
    if entry.get("unit") in REWRITTEN_UNITS:
        yield (
            f"{name}: the unit {entry['unit']!r} is one that pages rewrite; declare a flag, or "
            "name the unit in other words."
        )


def _is_line(text: object, most: int) -> bool:
    return (
        isinstance(text, str)
        and 1 <= len(text) <= most
        and text.isprintable()
        and text == text.strip()
    )


def _range_faults(name: str, entry: Mapping[str, object]) -> Iterator[str]:
    if "low" not in entry or "high" not in entry:
        return
    low, high = _number(entry["low"]), _number(entry["high"])
    if low is None or high is None:
        yield f"{name}: low and high are finite numbers up to 1e100, but one is not; correct it."
    elif not low < high:
        yield f"{name}: low lies below high, but it does not; correct one of them."
    elif "healthy" in entry and not _is_inside(entry["healthy"], low, high):
        yield (
            f"{name}: healthy is two numbers from low to high, the smaller first, but it is not; "
            "correct it or leave it out."
        )


def _number(value: object) -> float | None:
    """A finite number of TOML or JSON, else None; true and false are no numbers."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if abs(value) <= LARGEST else None


def _is_inside(healthy: object, low: float, high: float) -> bool:
    ends = [_number(end) for end in healthy] if isinstance(healthy, list) else []
    if len(ends) != 2 or ends[0] is None or ends[1] is None:
        return False
    return low <= ends[0] < ends[1] <= high


def _value_faults(name: str, values: object) -> Iterator[str]:
    if (
        not isinstance(values, list)
        or not 2 <= len(values) <= 50
        or not all(_is_line(value, 60) for value in values)
        or len(set(values)) < len(values)
    ):
        yield (
            f"{name}: values are 2 to 50 different words, each one line of up to 60 characters, "
            "but they are not; correct them."
        )
