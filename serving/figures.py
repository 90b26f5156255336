"""Small inline SVG figures: a risk with its stability interval, and a value over time."""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from markupsafe import Markup

from features.schema import ALL_FEATURES
from serving import svg, words

GAUGE_WIDTH, GAUGE_HEIGHT, EDGE = 320, 58, 10
TREND_WIDTH, TREND_HEIGHT, TREND_LEFT, TREND_RIGHT = 320, 170, 46, 308
TREND_TOP, TREND_BOTTOM = 14, 138


def gauge(horizon: Mapping[str, Any]) -> Markup:
    """A risk on a line from 0 to 100 %, with its stability interval and the cohort's prevalence.

    Not coloured by height: the line shows where the number lies, not whether it is bad.
    """
    interval, risk, prevalence = (
        horizon["stability_interval"],
        horizon["risk"],
        horizon["prevalence"],
    )
    parts = [svg.box(EDGE, 22, GAUGE_WIDTH - 2 * EDGE, 8, "track")]
    if interval["low"] is not None and interval["high"] is not None:
        left, right = _gauge_x(interval["low"]), _gauge_x(interval["high"])
        parts.append(svg.box(left, 20, max(right - left, 2.0), 12, "interval"))
    parts += [
        svg.line(_gauge_x(prevalence), 14, _gauge_x(prevalence), 38, "prevalence"),
        svg.dot(_gauge_x(risk), 26, "risk"),
        svg.text(EDGE, 52, "0 %", "tick"),
        svg.text(GAUGE_WIDTH - EDGE, 52, "100 %", "tick", "end"),
        svg.text(_label_x(prevalence), 10, "cohort", "tick", "middle"),
    ]
    title = f"Risk {words.percent(risk)}; in the training cohort {words.percent(prevalence)}"
    return svg.picture(GAUGE_WIDTH, GAUGE_HEIGHT, title, parts, "gauge")


def _gauge_x(share: float) -> float:
    return EDGE + (GAUGE_WIDTH - 2 * EDGE) * share


def _label_x(share: float) -> float:
    """Centre of a label that must stay inside the figure."""
    return min(max(_gauge_x(share), 24.0), GAUGE_WIDTH - 24.0)


def trend(name: str, rows: Sequence[Mapping[str, Any]]) -> Markup:
    """One feature over days since infusion, with the healthy range as a band.

    `rows` are one patient's samples; a sample in which it was not measured leaves a gap in the
    line. Needs no sample: the figure then says that nothing was measured.
    """
    feature = ALL_FEATURES[name]
    points = sorted((int(row["day"]), _value(row, name)) for row in rows)
    known = [(day, value) for day, value in points if value is not None]
    if not known:
        nothing = svg.text(TREND_WIDTH / 2, 80, words.NOT_MEASURED, "small", "middle")
        return svg.picture(TREND_WIDTH, TREND_HEIGHT, f"{feature.label}: none", [nothing], "trend")
    scale = _Plot([day for day, _ in points], [value for _, value in known], feature.healthy)
    parts = [*_band(scale, feature.healthy), *_frame(scale, name), *_course(scale, points)]
    said = ", ".join(f"day {day} {words.value_text(name, value)}" for day, value in known)
    return svg.picture(TREND_WIDTH, TREND_HEIGHT, f"{feature.label}: {said}", parts, "trend")


def _value(row: Mapping[str, Any], name: str) -> float | None:
    value = row.get(name)
    return None if value is None or math.isnan(value) else float(value)


class _Plot:
    """Days and values to coordinates; the axis of a fraction starts at zero."""

    def __init__(
        self, days: Sequence[int], values: Sequence[float], healthy: tuple[float, float] | None
    ) -> None:
        self.first, self.last = min(days), max(days)
        shown = [*values, *(healthy or ())]
        bottom = min(0.0, min(shown)) if min(shown) >= -1 else min(shown)
        spread = (max(shown) - bottom) or 1.0
        self.low, self.high = bottom, max(shown) + 0.08 * spread

    def x(self, day: int) -> float:
        if self.first == self.last:
            return (TREND_LEFT + TREND_RIGHT) / 2
        share = (day - self.first) / (self.last - self.first)
        return TREND_LEFT + 8 + (TREND_RIGHT - TREND_LEFT - 16) * share

    def y(self, value: float) -> float:
        share: float = (value - self.low) / (self.high - self.low)
        return float(TREND_BOTTOM - (TREND_BOTTOM - TREND_TOP) * share)


def _band(scale: _Plot, healthy: tuple[float, float] | None) -> list[str]:
    if healthy is None:
        return []
    top, bottom = scale.y(healthy[1]), scale.y(healthy[0])
    return [
        svg.box(TREND_LEFT, top, TREND_RIGHT - TREND_LEFT, bottom - top, "band"),
        svg.text(TREND_RIGHT - 4, top + 11, "healthy", "tick", "end"),
    ]


def _frame(scale: _Plot, name: str) -> list[str]:
    ends = [
        svg.text(TREND_LEFT - 6, scale.y(value) + 4, words.axis_text(name, value), "tick", "end")
        for value in (scale.low, (scale.low + scale.high) / 2, scale.high)
    ]
    days = dict.fromkeys((scale.first, scale.last))
    labels = [
        svg.text(scale.x(day), TREND_BOTTOM + 16, f"day {day}", "tick", "middle") for day in days
    ]
    axis = svg.line(TREND_LEFT, TREND_BOTTOM, TREND_RIGHT, TREND_BOTTOM, "grid")
    return [axis, *ends, *labels]


def _course(scale: _Plot, points: Sequence[tuple[int, float | None]]) -> list[str]:
    parts = []
    for (day, value), (later, after) in pairwise(points):
        if value is not None and after is not None:
            parts.append(
                svg.line(scale.x(day), scale.y(value), scale.x(later), scale.y(after), "course")
            )
    parts += [svg.dot(scale.x(d), scale.y(v), "point") for d, v in points if v is not None]
    return parts
