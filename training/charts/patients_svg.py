"""Dot plots of patients: two groups on a day or over time, the same patients before and after."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from features.arrays import Floats
from training.charts.course_svg import MAX_LINES
from training.charts.svg_frame import Frame, evenly_spaced, picture
from training.statistics.significance.holm import ALPHA

JITTER = 0.32  # sideways shift of dots, in columns; set by rank, so the picture is reproducible
MAX_DOTS = 400  # a group; more only make the file larger
PAIR_POSITIONS = (0.25, 0.75)  # of the columns "before" and "after"


def dot_strips(label: str, groups: Sequence[tuple[str, Floats]]) -> str:
    """A dot a patient and a line at the median; the first group is the one with the event.

    >>> groups = [("relapse", np.array([2.0])), ("no", np.array([1.0]))]
    >>> dot_strips("S100", groups).count("<circle")
    2
    """
    frame = Frame((0.0, float(len(groups))), _range_with_margin([v for _, v in groups]))
    columns = [(i + 0.5, f"{name}, {len(value)}") for i, (name, value) in enumerate(groups)]
    parts = frame.category_axes(columns, "")
    for i, (_, value) in enumerate(groups):
        parts += _strip(frame, i + 0.5, np.sort(value), "event" if i == 0 else "rest")
    return picture(f"{label} by group", parts)


def _range_with_margin(values: Sequence[Floats]) -> tuple[float, float]:
    all_values = np.concatenate(values)
    margin = 0.05 * (all_values.max() - all_values.min()) or 0.5
    return all_values.min() - margin, all_values.max() + margin


def _strip(frame: Frame, middle: float, value: Floats, kind: str) -> list[str]:
    if not len(value):
        return []
    dots = value[evenly_spaced(len(value), MAX_DOTS)]
    shift = JITTER * (2 * (np.arange(len(dots)) * 0.618 % 1) - 1)
    parts = [
        f'<circle class="{kind} each" cx="{frame.x(middle + a):.1f}" '
        f'cy="{frame.y(v):.1f}" r="2.4"/>'
        for a, v in zip(shift, dots, strict=True)
    ]
    y, start, end = frame.y(float(np.median(value))), frame.x(middle - 0.4), frame.x(middle + 0.4)
    parts.append(
        f'<line class="{kind} middle" x1="{start:.1f}" y1="{y:.1f}" x2="{end:.1f}" y2="{y:.1f}"/>'
    )
    return parts


def group_medians(label: str, windows: pd.DataFrame) -> str:
    """Median and quartiles of both groups in each window of days.

    `windows` is the table of `training.study.biomarkers.divergence`. A star marks the windows
    whose p, corrected over the windows, is at most 5 %.
    """
    n = len(windows)
    frame = Frame((0.0, float(n)), _range_of_quartiles(windows))
    columns = [(i + 0.5, days) for i, days in enumerate(windows["days"])]
    parts = frame.category_axes(columns, "days since infusion")
    for kind, group, shift in (("event", "event", -0.12), ("rest", "others", 0.12)):
        quartiles = windows[[f"{name}_{group}" for name in ("low", "median", "high")]]
        parts += _medians(frame, [i + 0.5 + shift for i in range(n)], quartiles, kind)
    parts += [
        f'<text x="{frame.x(i + 0.5):.1f}" y="14" class="mid star">✱</text>'
        for i, p in enumerate(windows["p_holm"])
        if p <= ALPHA
    ]
    return picture(f"{label} over time by group", parts)


def _range_of_quartiles(windows: pd.DataFrame) -> tuple[float, float]:
    names = [f"{name}_{g}" for name in ("median", "low", "high") for g in ("event", "others")]
    values = windows[names].to_numpy(float)
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    return min(low, 0.0), high + 0.08 * (high - low)


def _medians(frame: Frame, x: Sequence[float], quartiles: pd.DataFrame, kind: str) -> list[str]:
    low, middle, high = quartiles.to_numpy(float).T
    parts = [
        f'<line class="{kind} middle" x1="{frame.x(at):.1f}" y1="{frame.y(a):.1f}" '
        f'x2="{frame.x(at):.1f}" y2="{frame.y(b):.1f}"/>'
        for at, a, b in zip(x, low, high, strict=True)
        if np.isfinite(a)
    ]
    line = frame.points(list(x), middle.tolist())
    parts.append(f'<polyline class="{kind} link" points="{line}"/>')
    return parts + [
        f'<circle class="{kind}" cx="{frame.x(at):.1f}" cy="{frame.y(v):.1f}" r="4"/>'
        for at, v in zip(x, middle, strict=True)
    ]


def before_after(label: str, before: Floats, after: Floats, columns: tuple[str, str]) -> str:
    """One line a patient from `before` (n,) to `after` (n,), at most MAX_LINES; medians thick.

    >>> svg = before_after("CD7", np.array([1.0]), np.array([2.0]), ("before", "day 28"))
    >>> svg.count("polyline")
    2
    """
    frame = Frame((0.0, 1.0), _range_with_margin([before, after]))
    parts = frame.category_axes(list(zip(PAIR_POSITIONS, columns, strict=True)), "")
    for i in evenly_spaced(len(before), MAX_LINES):
        line = frame.points(PAIR_POSITIONS, [float(before[i]), float(after[i])])
        parts.append(f'<polyline class="one" points="{line}"/>')
    medians = [float(np.median(before)), float(np.median(after))]
    parts.append(f'<polyline class="median" points="{frame.points(PAIR_POSITIONS, medians)}"/>')
    return picture(f"{label} before and after, {len(before)} patients", parts)
