"""Trends over a patient's samples: measurements on the cohort's range, and blood counts."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TypedDict

from markupsafe import Markup

from features.schema import ALL_FEATURES, CLINICAL
from features.table.row import Row
from serving.assessment import wording
from serving.assessment.served_model import ServedModel
from serving.pages.risk_figures import UsualRange, plot, trend, value

# What the source study followed over time; each is drawn as one small figure.
TRENDS = ("monocyte_fraction", "s100a8a9_leukocyte", "cd7neg_t_fraction")
HEALTHY = "healthy"
# As many columns of the blood count as a phone's width holds.
MOST_DAYS = 4
ENDS = ("low", "high")


class TrendView(TypedDict):
    """A small figure and its caption."""

    label: str
    figure: Markup


class BloodLineView(TypedDict):
    """One blood value: a text per day, and whether the latest lies outside the healthy range."""

    label: str
    value_texts: list[str]
    outside: str
    healthy: str


class BloodCountView(TypedDict):
    """The blood count; `outside` lists the latest values below and above the healthy range."""

    days: list[object]
    lines: list[BloodLineView]
    outside: list[str]


def trend_views(rows: Sequence[Row], models: Mapping[str, ServedModel]) -> list[TrendView]:
    """Caption and figure of each feature of TRENDS, then of T cells split by CD7."""
    views: list[TrendView] = []
    for name in TRENDS:
        label, unit = ALL_FEATURES[name].label, wording.axis_unit(ALL_FEATURES[name])
        caption = f"{label} ({unit})" if unit else label
        if name == "cd7neg_t_fraction":
            caption += cd7_source_words(rows)
        views.append({"label": caption, "figure": trend(name, rows, usual_range(name, models))})
    return [*views, split_view(rows)]


def cd7_source_words(rows: Sequence[Row]) -> str:
    """What the caption adds where CD7 was measured by protein; nothing where by RNA alone.

    >>> cd7_source_words([{"day": 1, "cd7_source": "protein"}])
    ', measured by protein'
    >>> cd7_source_words([{"day": 1, "cd7_source": "rna"}, {"day": 28, "cd7_source": "protein"}])
    ', measured by protein on day 28 and from RNA otherwise: not comparable'
    """
    rows_measured = [row for row in rows if value(row, "cd7neg_t_fraction") is not None] or rows
    days = sorted(
        int(str(row["day"])) for row in rows_measured if row.get("cd7_source") == "protein"
    )
    if not days:
        return ""
    if len(days) == len(rows_measured):
        return ", measured by protein"
    text = " and ".join(f"day {day}" for day in days)
    return f", measured by protein on {text} and from RNA otherwise: not comparable"


def usual_range(name: str, models: Mapping[str, ServedModel]) -> UsualRange | None:
    """The middle 90 % of a model's training cohort at its landmark; else the healthy range."""
    for served_model in models.values():
        model = served_model.model
        if name in model.features:
            column = model.features.index(name)
            low = float(model.domain.usual_low[column])
            high = float(model.domain.usual_high[column])
            if low < high:  # NaN where nobody of the cohort had it
                return UsualRange(low, high, f"cohort on day {model.landmark}, 5 to 95 %")
    healthy = ALL_FEATURES[name].healthy
    return UsualRange(*healthy, HEALTHY) if healthy else None


def split_view(rows: Sequence[Row]) -> TrendView:
    """T cells with and without CD7, each as a share of leukocytes: loss and expansion apart.

    CD7+ = t_fraction * (1 - cd7neg_t_fraction), CD7- = t_fraction * cd7neg_t_fraction.
    """
    points = sorted((int(str(row["day"])), *split(row)) for row in rows)
    with_cd7 = [(day, positive) for day, positive, _ in points]
    without_cd7 = [(day, negative) for day, _, negative in points]
    numbers = "; ".join(
        f"day {day}: CD7-positive {wording.percent(positive)}, "
        f"CD7-negative {wording.percent(negative)}"
        for day, positive, negative in points
        if positive is not None and negative is not None
    )
    figure = plot(
        {"lost": with_cd7, "course": without_cd7},
        f"T cells among leukocytes: {numbers or wording.NOT_MEASURED}",
        partial(wording.axis_text, ALL_FEATURES["t_fraction"]),
        most=1.0,
    )
    return {"label": "T cells with CD7 (dashed) and without", "figure": figure}


def split(row: Row) -> tuple[float | None, float | None]:
    """CD7-positive and CD7-negative T cells as shares of leukocytes; None where not measured.

    >>> split({"t_fraction": 0.5, "cd7neg_t_fraction": 0.5}), split({"t_fraction": 0.5})
    ((0.25, 0.25), (None, None))
    """
    t_cells, negative = value(row, "t_fraction"), value(row, "cd7neg_t_fraction")
    if t_cells is None or negative is None:
        return None, None
    return t_cells * (1.0 - negative), t_cells * negative


def blood_counts(rows: Sequence[Row]) -> BloodCountView | None:
    """The blood count at the last `MOST_DAYS` samples, earliest first; None when there is none."""
    latest = sorted(rows, key=lambda row: int(str(row["day"])))[-MOST_DAYS:]
    names = [
        feature.name
        for feature in CLINICAL
        if feature.group == "blood_count"
        and any(value(row, feature.name) is not None for row in latest)
    ]
    if not names:
        return None
    lines = [_line(name, latest) for name in names]
    labels = {end: [line["label"] for line in lines if line["outside"] == end] for end in ENDS}
    return {
        "days": [row["day"] for row in latest],
        "lines": lines,
        "outside": [f"{end} {', '.join(names)}" for end, names in labels.items() if names],
    }


def _line(name: str, rows: Sequence[Row]) -> BloodLineView:
    feature, numbers = ALL_FEATURES[name], [value(row, name) for row in rows]
    return {
        "label": feature.label,
        "value_texts": [
            "" if number is None else wording.value_text(feature, number) for number in numbers
        ],
        "outside": outside(name, numbers[-1]),
        "healthy": wording.healthy_text(feature) or "",
    }


def outside(name: str, number: float | None) -> str:
    """Whether a number lies below or above the healthy range.

    >>> outside("plt", 20.0), outside("plt", 200.0), outside("plt", None)
    ('low', '', '')
    """
    healthy = ALL_FEATURES[name].healthy
    if number is None or healthy is None:
        return ""
    return "low" if number < healthy[0] else "high" if number > healthy[1] else ""
