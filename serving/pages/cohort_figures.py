"""SVG figures of the cohort page: calibration, incidence by thirds, days of warning."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from models.disclosed_cohort import CohortCalibration, ThirdIncidence, WarningRate
from serving.assessment import risk_wording, wording
from serving.pages import svg

WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 360, 230, 44, 24, 186
# Room on the right for the names of the curves.
RIGHT, RIGHT_NAMED = 342, 282
LINE = 14
ROW, BAR, EDGE = 48, 14, 12
TICK_DAYS, MOST_STEPS = 30, 6


@dataclass(frozen=True)
class Axes:
    """Values from 0 to `across` and `up` onto the drawing."""

    across: float
    up: float
    right_edge: float = RIGHT
    left_edge: float = LEFT

    def x(self, value: float) -> float:
        """Coordinate of a value on the horizontal axis."""
        return self.left_edge + (self.right_edge - self.left_edge) * value / self.across

    def y(self, value: float) -> float:
        """Coordinate of a value on the vertical axis."""
        return BOTTOM - (BOTTOM - TOP) * value / self.up


def calibration(curve: CohortCalibration, event: str) -> Markup:
    """Observed share over mean risk, each point with its 95 % interval, and the ideal diagonal.

    One point per group of patients; one point of all patients where no groups are given.
    """
    points = curve["groups"] or [curve["overall"]]
    top = tenth(max(max(point["risk"], point["high"]) for point in points))
    axes = Axes(top, top)
    parts = [
        *_shares(axes),
        *_risks(axes),
        svg.line(*_corner(axes, 0), *_corner(axes, top), "step"),
    ]
    for point in points:
        x = axes.x(point["risk"])
        parts.append(svg.line(x, axes.y(point["low"]), x, axes.y(point["high"]), "whisker"))
        parts.append(svg.dot(x, axes.y(point["observed"]), "point"))
    parts += _axis_titles(axes, f"had {event}", "predicted risk")
    numbers = "; ".join(
        f"risk {wording.percent(p['risk'])}, observed {wording.percent(p['observed'])}"
        for p in points
    )
    title = f"Calibration: share with {event} against the predicted risk"
    return svg.picture(WIDTH, HEIGHT, title, parts=parts, kind="chart", more=numbers)


def incidence(groups: Sequence[ThirdIncidence], event: str, landmark: int) -> Markup:
    """Cumulative share with the event over days, one named curve a third of the risk."""
    last = max(group["days"][-1] for group in groups)
    axes = Axes(last, tenth(max(max(group["share"]) for group in groups)), RIGHT_NAMED)
    parts = [*_shares(axes), *_days(axes, last)]
    ends = []
    for group in groups:
        points = [
            (axes.x(d), axes.y(s)) for d, s in zip(group["days"], group["share"], strict=True)
        ]
        parts.append(svg.course(points, f"third-{group['third']}"))
        ends.append((points[-1], f"{group['third']} third"))
    parts += _curve_names(ends)
    parts += _axis_titles(axes, f"had {event}", f"days after day {landmark}")
    numbers = "; ".join(
        f"{g['third']} third: {wording.percent(g['share'][-1])} by day {g['days'][-1]}"
        for g in groups
    )
    title = f"Share with {event} over time, by third of the risk"
    return svg.picture(WIDTH, HEIGHT, title, parts=parts, kind="chart", more=numbers)


def warning(thresholds: Sequence[WarningRate], events: str, horizon: int) -> Markup:
    """Days from warning to event: the middle half of the patients as a bar, the median as a line.

    One row for each threshold of false alarms.
    """
    height = ROW * len(thresholds) + 40
    axes = Axes(horizon, 1.0, left_edge=EDGE)
    parts = []
    for position, one in enumerate(thresholds):
        y = 4.0 + ROW * position
        alarms = risk_wording.of_hundred(one["false_alarms"])
        label = f"{alarms} of 100 false alarms: {one['warned']} of {events} warned"
        parts.append(svg.text(EDGE, y + LINE, label))
        parts += _bar(axes, y + LINE + 9, one["days"])
    ground = height - 30.0
    parts.append(svg.line(EDGE, ground, RIGHT, ground, "grid"))
    for day in _day_ticks(horizon):
        parts.append(_tick_label(axes.x(day), ground + LINE, f"{day}"))
    parts.append(_tick_label(RIGHT, height - 4, "days from the warning to the event", "end"))
    numbers = "; ".join(
        f"{one['warned']} of {events} warned, median {one['days'][1]} days"
        for one in thresholds
        if one["days"]
    )
    title = "How early they were warned"
    return svg.picture(WIDTH, height, title, parts=parts, kind="chart", more=numbers)


def _bar(axes: Axes, y: float, days: Sequence[int] | None) -> list[str]:
    if days is None:
        return [svg.text(EDGE, y + BAR - 2, "too few patients to show their days", kind="small")]
    first, median, third = (axes.x(day) for day in days)
    return [
        svg.box(first, y, max(third - first, 2.0), BAR, "interval"),
        svg.line(median, y - 3, median, y + BAR + 3, "base"),
    ]


def tenth(share: float) -> float:
    """The end of an axis that holds a share: the next tenth, at least 20 %, at most 100 %.

    >>> tenth(0.31), tenth(0.02), tenth(0.99)
    (0.4, 0.2, 1.0)
    """
    return min(1.0, max(0.2, math.ceil(10 * share) / 10))


def _ticks(top: float) -> list[float]:
    step = 0.1 if top <= 0.5 else 0.2
    return [step * i for i in range(round(top / step) + 1) if step * i <= top + 1e-9]


def _shares(axes: Axes) -> list[str]:
    parts = []
    for share in _ticks(axes.up):
        y = axes.y(share)
        parts.append(svg.line(LEFT, y, axes.right_edge, y, "grid"))
        parts.append(_tick_label(LEFT - 6, y + 4, f"{100 * share:.0f} %", "end"))
    return parts


def _tick_label(x: float, y: float, words: str, anchor: str = "middle") -> str:
    return svg.text(x, y, words, kind="tick", anchor=anchor)


def _axis_titles(axes: Axes, vertical: str, horizontal: str) -> list[str]:
    title = svg.text(LEFT, 12, vertical, kind="tick")
    return [title, _tick_label(axes.right_edge, HEIGHT - 8, horizontal, "end")]


def _risks(axes: Axes) -> list[str]:
    return [
        _tick_label(axes.x(share), BOTTOM + LINE + 2, f"{100 * share:.0f} %")
        for share in _ticks(axes.across)
    ]


def _days(axes: Axes, last: int) -> list[str]:
    return [_tick_label(axes.x(day), BOTTOM + LINE + 2, f"{day}") for day in _day_ticks(last)]


def _day_ticks(last: int) -> list[int]:
    """Days to label from 0 on: multiples of 30, at most seven of them."""
    step = TICK_DAYS * max(1, math.ceil(last / (MOST_STEPS * TICK_DAYS)))
    return list(range(0, last + 1, step))


def _corner(axes: Axes, value: float) -> tuple[float, float]:
    return axes.x(value), axes.y(value)


def _curve_names(ends: Sequence[tuple[tuple[float, float], str]]) -> list[str]:
    """Each curve's name beside its end, from below, so far apart that none covers another."""
    parts, free = [], float(BOTTOM + LINE)
    for (x, y), name in sorted(ends, key=lambda end: -end[0][1]):
        free = min(y + 4, free - LINE)
        parts.append(svg.text(max(x, RIGHT_NAMED) + 6, free, name, kind="small"))
    return parts
