"""Typed columns of a text table: numbers in the schema's unit, flags, grades, words, names."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from features.schema import Category, Feature
from features.table.text_tables.coded_answers import grade, listed_value, yes_or_no
from features.table.text_tables.findings import Findings
from features.table.text_tables.missing_values import (
    NAMES_LIKE_WORDS,
    is_missing,
    is_missing_identifier,
)
from features.table.text_tables.number_cells import (
    AmbiguousNumber,
    Decimals,
    decimals_of,
    parse_number,
)
from features.table.text_tables.spelling import letters, plain_text
from features.table.text_tables.text_table import TextTable
from features.table.text_tables.unit_mistakes import likely_unit, unit_hint
from features.table.text_tables.units import LOG10_UNITS, unit_named, units_of

AMBIGUOUS = (
    "holds a number such as 1,500 or 1.500, which may be 1.5 or 1500; write it without a separator "
    "of thousands"
)
# A result of an assay with a limit of detection, hence 0 and not missing.
UNDETECTED = frozenset(
    ("negative", "neg", "notdetected", "undetected", "undetectable", "nonedetected")
)
DETECTION = frozenset(("mrd", "car_flow_fraction"))
FLAG, GRADE = "0 or 1", "grade"


class Measurement(NamedTuple):
    """A number in the schema's unit, NaN where missing, and the side of a bound ("<", ">")."""

    value: float = math.nan
    bound: str = ""


MISSING = Measurement()


def table_decimals(table: TextTable, names: Sequence[str]) -> Decimals:
    """How the table writes decimals, shown by the cells of its columns of numbers."""
    cells = (cell for name in names for cell in table.column(name))
    return decimals_of(cells, table.decimals)


def read_identifiers(table: TextTable, name: str, findings: Findings) -> list[str]:
    """Identifiers as they are written; an empty one is a fault, one that is "NA" a note."""
    cells = [cell.strip() for cell in table.column(name)]
    if name not in table.cells:
        return cells
    for line, cell in zip(table.lines, cells, strict=True):
        if is_missing_identifier(cell):
            findings.fault(line, f"{name} must be given, but it is empty; fill it in")
        elif is_missing(cell):
            findings.note(line, f"{name} is taken for the name {cell}, not for a missing value")
    return cells


def read_texts(table: TextTable, name: str) -> list[str | None]:
    """Any text, None where it is missing."""
    return [None if is_missing(cell) else cell.strip() for cell in table.column(name)]


def read_category(table: TextTable, category: Category, findings: Findings) -> list[str | None]:
    """Values of a category; a word outside its list is a fault, a site "NA" is noted as missing."""
    if not category.allowed_values:
        for line, cell in zip(table.lines, table.column(category.name), strict=True):
            if category.name == "site" and cell.strip() in NAMES_LIKE_WORDS:
                findings.note(line, f"site {cell.strip()} is read as not known, not as a name")
        return read_texts(table, category.name)
    return [
        _category_value(category, line, cell, findings)
        for line, cell in zip(table.lines, table.column(category.name), strict=True)
    ]


def read_feature(
    table: TextTable, feature: Feature, decimals: Decimals, findings: Findings
) -> list[Measurement]:
    """Values of a feature in the schema's unit; what is no such value is a fault.

    A bound such as <0.01 counts as its number and is noted. "-" is "no" in a column of flags that
    also holds "+", else missing.
    """
    cells = table.column(feature.name)
    has_plus = feature.unit == FLAG and any(plain_text(cell) == "+" for cell in cells)
    values = []
    for line, cell in zip(table.lines, cells, strict=True):
        if is_missing(cell) and not (has_plus and plain_text(cell) == "-"):
            values.append(MISSING)
            if feature.unit in (FLAG, GRADE) and letters(cell) == "none":
                findings.note(
                    line, f"{feature.name} 'none' is read as not known; 0 says that there was none"
                )
        else:
            values.append(
                _measurement(table, feature, cell, decimals, line=line, findings=findings)
            )
    return values


def _category_value(category: Category, line: int, cell: str, findings: Findings) -> str | None:
    value = listed_value(category.name, category.allowed_values, cell)
    if value is None and not is_missing(cell):
        findings.fault(
            line,
            f"{category.name} must be one of {', '.join(category.allowed_values)} or empty, but it "
            "is something else; correct it",
        )
    return value


def _measurement(
    table: TextTable,
    feature: Feature,
    cell: str,
    decimals: Decimals,
    *,
    line: int,
    findings: Findings,
) -> Measurement:
    if feature.unit == FLAG and (answer := yes_or_no(cell)) is not None:
        return Measurement(answer)
    if (
        feature.unit == GRADE
        and (number := grade(cell)) is not None
        and feature.low <= number <= feature.high
    ):
        return Measurement(float(number))
    if letters(cell) in UNDETECTED and (feature.unit in LOG10_UNITS or feature.name in DETECTION):
        findings.note(line, f"{feature.name}: nothing detected is read as 0")
        return Measurement(0.0)
    try:
        measurement = _number(table, feature, cell, decimals)
    except AmbiguousNumber:
        findings.fault(line, f"{feature.name} {AMBIGUOUS}")
        return MISSING
    if not feature.low <= measurement.value <= feature.high:
        findings.fault(line, _out_of_range(table, feature, measurement.value))
        return MISSING
    if measurement.bound:
        findings.note(line, f"{feature.name} is a bound ({measurement.bound}); its number is used")
    return measurement


def _number(table: TextTable, feature: Feature, cell: str, decimals: Decimals) -> Measurement:
    """A number in the schema's unit; NaN where the cell holds none or another unit."""
    number = parse_number(cell, decimals)
    if number is None:
        return MISSING
    unit = table.units.get(feature.name, units_of(feature)[0])
    if number.unit:
        unit = unit_named(feature, number.unit) or unit._replace(text="")
        if not unit.text:
            return MISSING
    value = unit.convert(number.value)
    is_whole = value.is_integer() or feature.unit not in (FLAG, GRADE)
    return Measurement(value, number.bound) if is_whole else MISSING


def _out_of_range(table: TextTable, feature: Feature, value: float) -> str:
    if feature.unit == GRADE:
        return (
            f"{feature.name} must be a whole number from {feature.low:g} to {feature.high:g} or "
            "empty, but it is not; correct it"
        )
    if feature.unit == FLAG:
        return f"{feature.name} must be 0 or 1 (or no or yes) or empty, but it is not; correct it"
    unit = likely_unit(feature, value) if feature.name not in table.units else None
    remedy = unit_hint(feature, unit) if unit else "correct it"
    return (
        f"{feature.name} must be a number between {feature.low:g} and {feature.high:g} "
        f"({feature.unit}) or empty, but it is not; {remedy}"
    )
