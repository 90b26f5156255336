"""Measurements of a patient's cells by group and day: leukaemia, T-cell subsets, chimerism."""

from collections.abc import Sequence
from typing import TypedDict

from features.further_columns import FURTHER
from features.measures.standard_errors import Z_90
from features.notices import UNTESTED_BLASTS
from features.schema import ALL_FEATURES, Feature
from features.table.row import Row
from serving.assessment import labels, wording
from serving.assessment.uncertainty import measured_text
from serving.pages.risk_figures import value
from serving.pages.trends import MOST_DAYS, outside

# In the order of the page; the centred log-ratios are for programs alone.
GROUPS = ("leukaemia", "t_cells", "cell_counts", "s100", "monocytes", "virus", "chimerism")
# Columns that models use by themselves stand at the head of their group.
FIRST: dict[str, tuple[str, ...]] = {
    "leukaemia": ("blast_like_fraction",),
    "s100": ("s100a8a9_monocyte", "s100a8a9_nonmyeloid", "s100a8a9_standardised"),
}
NOTES: dict[str, str] = {
    "leukaemia": UNTESTED_BLASTS,
    "monocytes": "Low HLA-DR together with high S100A8/A9 is the pattern of immunoparalysis.",
    "virus": "RNA in cells of the sample; it does not replace a viral load.",
    "chimerism": "By genes of the sex chromosomes; it does not replace a chimerism test.",
}


class MeasurementLineView(TypedDict):
    """One measurement: a text per day, the healthy range, and whether the latest lies outside."""

    label: str
    value_texts: list[str]
    healthy: str
    outside: str


class MeasurementGroupView(TypedDict):
    """One group at some days; `outside` lists the latest values outside their healthy range."""

    title: str
    note: str
    days: list[object]
    lines: list[MeasurementLineView]
    outside: list[str]


def measurement_groups(rows: Sequence[Row]) -> list[MeasurementGroupView]:
    """Every group of `GROUPS` that a sample of `rows` measured, at the last `MOST_DAYS` samples.

    Earliest day first. Only measured lines are there, each with its standard error or interval.
    """
    latest = sorted(rows, key=lambda row: int(str(row["day"])))[-MOST_DAYS:]
    views = [_group(name, latest) for name in GROUPS]
    return [view for view in views if view is not None]


def group_features(group: str) -> list[Feature]:
    """The measurements of a group in the order of the page.

    >>> [feature.name for feature in group_features("leukaemia")][:2]
    ['blast_like_fraction', 't_blast_fraction']
    """
    first = [ALL_FEATURES[name] for name in FIRST.get(group, ())]
    return [*first, *(feature for feature in FURTHER if feature.group == group)]


def _group(group: str, rows: Sequence[Row]) -> MeasurementGroupView | None:
    lines = [_line(feature, rows) for feature in group_features(group)]
    measured_lines = [line for line in lines if any(line["value_texts"])]
    if not measured_lines:
        return None
    return {
        "title": labels.GROUPS[group],
        "note": NOTES.get(group, ""),
        "days": [row["day"] for row in rows],
        "lines": measured_lines,
        "outside": [f"{line['outside']} {line['label']}" for line in lines if line["outside"]],
    }


def _line(feature: Feature, rows: Sequence[Row]) -> MeasurementLineView:
    return {
        "label": feature.label,
        "value_texts": [measured_text(row, feature) or "" for row in rows],
        "healthy": wording.healthy_text(feature) or "",
        "outside": _outside(feature, rows[-1]),
    }


def _outside(feature: Feature, row: Row) -> str:
    """Low or high where the whole 90 % interval is; without an error, where the value is."""
    number, error = value(row, feature.name), value(row, f"{feature.name}_se")
    verdict = outside(feature.name, number)
    if number is None or error is None or not verdict:
        return verdict
    towards_healthy = Z_90 * error if verdict == "low" else -Z_90 * error
    return outside(feature.name, number + towards_healthy)
