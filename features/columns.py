"""Columns of the feature table: numbers (`Feature`), texts (`Category`), usual kinds of both."""

from dataclasses import dataclass
from typing import Literal

EXPRESSION_UNIT = "ln(1 + UMIs per 10,000)"  # per 10,000 UMIs of the depth genes

Group = Literal[
    "quality", "composition", "s100", "cd7", "activation", "car", "blood_count", "ward",
    "history", "covariate", "leukaemia", "t_cells", "cell_counts", "monocytes", "virus",
    "chimerism", "log_ratios",
]  # fmt: skip


@dataclass(frozen=True)
class Feature:
    """One numeric column.

    `low` and `high` bound what is plausible; a value outside is refused, never clipped.
    `healthy` is the usual range in healthy adults' PBMC or blood, for display only; None where no
    source gives one. `has_se` says that a column `<name>_se` holds the standard error.
    """

    name: str
    label: str
    meaning: str
    unit: str
    low: float
    high: float
    group: Group
    has_se: bool = False
    healthy: tuple[float, float] | None = None


@dataclass(frozen=True)
class Category:
    """One text column and the values it may take; an empty tuple allows any text.

    `label` is for readers; only columns that a group declares have one.
    """

    name: str
    meaning: str
    allowed_values: tuple[str, ...] = ()
    label: str = ""


def fraction(
    name: str, label: str, meaning: str, group: Group, healthy: tuple[float, float] | None = None
) -> Feature:
    """A share between 0 and 1 with its standard error."""
    return Feature(name, label, meaning, "fraction", 0.0, 1.0, group, True, healthy)


def expression(name: str, label: str, meaning: str, group: Group, low: float = -1.0) -> Feature:
    """A level of expression with its standard error."""
    return Feature(name, label, meaning, EXPRESSION_UNIT, low, 10.0, group, True)


def corrected(name: str, label: str, meaning: str) -> Feature:
    """S100A8/A9 after ambient correction; signed, as the subtracted part may exceed the level."""
    return Feature(name, label, meaning, EXPRESSION_UNIT, -10.0, 10.0, "s100", True)


def count(
    name: str, label: str, meaning: str, high: float, *, healthy: tuple[float, float]
) -> Feature:
    """A blood count in 10^9/L."""
    return Feature(name, label, meaning, "10^9/L", 0.0, high, "blood_count", False, healthy)


def blood(
    name: str, label: str, unit: str, high: float, healthy: tuple[float, float] | None
) -> Feature:
    """A blood value at the draw."""
    return Feature(
        name, label, f"{label} at the draw", unit, 0.0, high, "blood_count", False, healthy
    )


def grade(name: str, label: str, meaning: str, high: float) -> Feature:
    """A grade of severity; 0 = none."""
    return Feature(name, label, meaning, "grade", 0.0, high, "ward")


def viral_load(name: str, virus: str) -> Feature:
    """A viral load in IU/mL; 0 where none was detected."""
    meaning = f"{virus} DNA in blood or plasma at the draw; 0 where none was detected"
    return Feature(name, f"{virus} load", meaning, "IU/mL", 0.0, 1e10, "ward")


def flag(name: str, label: str, meaning: str, group: Group) -> Feature:
    """Yes (1) or no (0)."""
    return Feature(name, label, meaning, "0 or 1", 0.0, 1.0, group)
