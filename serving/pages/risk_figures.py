"""SVG figures of the patient page: a risk with its stability interval, and values over time."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

from markupsafe import Markup

from features.schema import ALL_FEATURES
from features.table.row import Row
from serving.assessment import wording
from serving.assessment.answer import HorizonAnswer
from serving.assessment.flags import number
from serving.pages import svg

GAUGE_WIDTH, GAUGE_HEIGHT, EDGE = 320, 58, 10
TREND_WIDTH, TREND_HEIGHT, TREND_LEFT, TREND_RIGHT = 320, 160, 46, 308
TREND_TOP, TREND_BOTTOM = 14, 134
TICK_GLYPH = 5.6  # mean width of a glyph of an axis label, in px

Point = tuple[int, float | None]


@dataclass(frozen=True)
class UsualRange:
    """A range of usual values on the figure's axis, and of which people: `label`."""

    low: float
    high: float
    label: str


def gauge(horizon: HorizonAnswer) -> Markup:
    """A risk on a line from 0 to 100 %, with its stability interval and the cohort's prevalence.

    Not coloured by height: the line shows where the number lies, not whether it is bad.
    """
    interval, risk = horizon["stability_interval"], horizon["risk"]
    prevalence = horizon["prevalence"]
    low_x, high_x = _gauge_x(interval["low"]), _gauge_x(interval["high"])
    parts = [
        svg.box(EDGE, 22, GAUGE_WIDTH - 2 * EDGE, 8, "track"),
        svg.box(low_x, 20, max(high_x - low_x, 2.0), 12, "interval"),
        svg.line(_gauge_x(prevalence), 14, _gauge_x(prevalence), 38, "prevalence"),
        svg.dot(_gauge_x(risk), 26, "risk"),
        svg.text(EDGE, 52, "0 %", kind="tick"),
        svg.text(GAUGE_WIDTH - EDGE, 52, "100 %", kind="tick", anchor="end"),
        svg.text(_label_x(prevalence), 10, "cohort", kind="tick", anchor="middle"),
    ]
    title = f"Risk {wording.percent(risk)}; in the training cohort {wording.percent(prevalence)}"
    return svg.picture(GAUGE_WIDTH, GAUGE_HEIGHT, title, parts=parts, kind="gauge")


def _gauge_x(share: float) -> float:
    return EDGE + (GAUGE_WIDTH - 2 * EDGE) * share


def _label_x(share: float) -> float:
    """Centre of a label that must stay inside the figure."""
    return min(max(_gauge_x(share), 24.0), GAUGE_WIDTH - 24.0)


def trend(name: str, rows: Sequence[Row], usual: UsualRange | None = None) -> Markup:
    """One feature over days since infusion, on the range of usual values.

    `rows` are one patient's samples; a sample in which it was not measured leaves a gap in the
    line. Without a sample the figure says that nothing was measured.
    """
    points = sorted((int(str(row["day"])), value(row, name)) for row in rows)
    feature = ALL_FEATURES[name]
    texts = [f"day {d} {wording.value_text(feature, v)}" for d, v in points if v is not None]
    title = f"{feature.label}: {', '.join(texts) or wording.NOT_MEASURED}"
    axis = partial(wording.axis_text, feature)
    return plot({"course": points}, title, axis, usual, feature.high)


def value(row: Row, name: str) -> float | None:
    """A row's number, None where it is missing.

    >>> value({"plt": float("nan")}, "plt"), value({"plt": 120.0}, "plt")
    (None, 120.0)
    """
    number_or_nan = number(row, name)
    return None if math.isnan(number_or_nan) else number_or_nan


def plot(
    courses: Mapping[str, Sequence[Point]],
    title: str,
    axis: Callable[[float], str],
    usual: UsualRange | None = None,
    most: float = math.inf,
) -> Markup:
    """Courses over days, each drawn in the CSS class that is its key.

    `axis` writes an axis value; `most` is the largest possible value.
    """
    points = [point for course in courses.values() for point in course]
    numbers = [number for _, number in points if number is not None]
    if not numbers:
        nothing = svg.text(TREND_WIDTH / 2, 80, wording.NOT_MEASURED, kind="small", anchor="middle")
        return svg.picture(TREND_WIDTH, TREND_HEIGHT, title, parts=[nothing], kind="trend")
    scale = _TrendScale([day for day, _ in points], numbers, usual, most)
    parts = [*_usual_range(scale, usual), *_frame(scale, axis)]
    for kind, course in courses.items():
        parts += _course(scale, course, kind)
    return svg.picture(TREND_WIDTH, TREND_HEIGHT, title, parts=parts, kind="trend")


class _TrendScale:
    """Days and values to coordinates; the axis of a fraction starts at zero."""

    def __init__(
        self, days: Sequence[int], values: Sequence[float], usual: UsualRange | None, most: float
    ) -> None:
        self.first, self.last = min(days), max(days)
        numbers = [*values, *((usual.low, usual.high) if usual else ())]
        bottom = min(0.0, min(numbers)) if min(numbers) >= -1 else min(numbers)
        spread = (max(numbers) - bottom) or 1.0
        top = max(numbers) + 0.08 * spread
        self.low, self.high = bottom, min(top, most) if most > bottom else top

    def x(self, day: int) -> float:
        if self.first == self.last:
            return (TREND_LEFT + TREND_RIGHT) / 2
        share = (day - self.first) / (self.last - self.first)
        return TREND_LEFT + 8 + (TREND_RIGHT - TREND_LEFT - 16) * share

    def y(self, value: float) -> float:
        share: float = (value - self.low) / (self.high - self.low)
        return float(TREND_BOTTOM - (TREND_BOTTOM - TREND_TOP) * share)


def _usual_range(scale: _TrendScale, usual: UsualRange | None) -> list[str]:
    if usual is None:
        return []
    top, bottom = scale.y(usual.high), scale.y(usual.low)
    return [
        svg.box(TREND_LEFT, top, TREND_RIGHT - TREND_LEFT, max(bottom - top, 2.0), "band"),
        # Above the axes, where no course runs.
        svg.box(TREND_RIGHT - TICK_GLYPH * len(usual.label) - 14, 2, 9, 7, "band"),
        svg.text(TREND_RIGHT, 9, usual.label, kind="tick", anchor="end"),
    ]


def _frame(scale: _TrendScale, axis: Callable[[float], str]) -> list[str]:
    ends = [
        svg.text(TREND_LEFT - 6, scale.y(value) + 4, axis(value), kind="tick", anchor="end")
        for value in (scale.low, (scale.low + scale.high) / 2, scale.high)
    ]
    days = dict.fromkeys((scale.first, scale.last))
    labels = [
        svg.text(scale.x(day), TREND_BOTTOM + 16, f"day {day}", kind="tick", anchor="middle")
        for day in days
    ]
    ground = svg.line(TREND_LEFT, TREND_BOTTOM, TREND_RIGHT, TREND_BOTTOM, "grid")
    return [ground, *ends, *labels]


def _course(scale: _TrendScale, points: Sequence[Point], kind: str) -> list[str]:
    parts = []
    for (day, value), (later, after) in pairwise(points):
        if value is not None and after is not None:
            ends = scale.x(day), scale.y(value), scale.x(later), scale.y(after)
            parts.append(svg.line(*ends, kind))
    dot = "point" if kind == "course" else f"point-{kind}"
    return [*parts, *(svg.dot(scale.x(d), scale.y(v), dot) for d, v in points if v is not None)]
