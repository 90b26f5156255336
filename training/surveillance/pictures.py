"""Surveillance pictures as SVG: risk over time, AUC by landmark, lead time curves."""

from collections.abc import Mapping, Sequence
from html import escape

import numpy as np
import pandas as pd

from features.arrays import Floats
from training.charts.svg_frame import LEFT, TOP, Frame, picture
from training.statistics.lead_time import Warnings
from training.surveillance.result_tables import label_of
from training.surveillance.surveillance import SurveillanceResult

MOST_LINES = 60  # of patients; more would hide each other
LAST_LEAD = 180.0
LINE = 13  # height of a line of text
STYLES = ("first", "second", "third")


def courses(result: SurveillanceResult) -> str:
    """Out-of-fold risk of patients over days; those with the event stand out, dots are alarms.

    At most 60 patients, half of them with the event where there are so many, evenly taken.
    """
    visits = result.visits
    days = float(visits["day"].min()), float(visits["day"].max())
    frame = Frame(days, (0.0, max(float(visits["risk"].max()), 0.1)))
    parts = frame.axes()
    for has_event in (False, True):
        for patient in _drawn_patients(result, has_event):
            course = visits[visits["patient_id"] == patient]
            line = frame.points(course["day"].tolist(), course["risk"].tolist())
            parts.append(f'<polyline class="{"ill" if has_event else "well"}" points="{line}"/>')
            parts += _alarm_dots(frame, course, "ill" if has_event else "well")
    return picture("Risk of each patient over days since infusion", parts)


def _drawn_patients(result: SurveillanceResult, has_event: bool) -> Sequence[str]:
    stack = result.stack
    group = np.flatnonzero(~np.isnan(stack.watched_event_day) == has_event)
    most = min(len(group), MOST_LINES // 2)
    at = np.unique(np.linspace(0, len(group) - 1, most).astype(int))
    return [stack.patients[i] for i in group[at]]


def _alarm_dots(frame: Frame, course: pd.DataFrame, kind: str) -> list[str]:
    alarms = course[course["risk_alarm"]]
    return [
        f'<circle class="{kind}" cx="{frame.x(day):.1f}" cy="{frame.y(risk):.1f}" r="2.5"/>'
        for day, risk in zip(alarms["day"], alarms["risk"], strict=True)
    ]


def auc_by_landmark(result: SurveillanceResult, names: Sequence[str]) -> str:
    """AUC at each landmark with its interval, a line a score; too small landmarks are left out."""
    table = result.by_landmark
    days = [float(day) for day in result.stack.landmarks]
    frame = Frame((min(days) - 10, max(days) + 10), (0.0, 1.0))
    level = frame.points([min(days) - 10, max(days) + 10], [0.5, 0.5])
    parts = [*frame.axes("landmark, days since infusion"),
             f'<polyline class="chance" points="{level}"/>']  # fmt: skip
    for style, name in zip(STYLES, names, strict=False):
        rows = table[(table["score"] == name) & (table["landmark"] != "all") & table["auc"].notna()]
        at = [float(day) + 3 * STYLES.index(style) for day in rows["landmark"]]
        parts.append(_line(frame, at, rows["auc"].tolist(), style))
        for day, low, high in zip(at, rows["auc_low"], rows["auc_high"], strict=True):
            if pd.notna(low):
                ends = frame.points([day, day], [low, high])
                parts.append(f'<polyline class="{style} thin" points="{ends}"/>')
    return picture("AUC by landmark", [*parts, *_legend(names, frame.base - 3 * LINE)])


def lead_curve(warnings: Mapping[str, Warnings], names: Sequence[str]) -> str:
    """Share of events warned at least so many days before, at 10 % of patients alarmed falsely."""
    days: Floats = np.arange(1.0, LAST_LEAD + 1)
    frame = Frame((0.0, LAST_LEAD), (0.0, 1.0))
    parts = frame.axes("days before the event")
    for style, name in zip(STYLES, names, strict=False):
        share = warnings[name].warned_by(days)
        parts.append(_line(frame, days.tolist(), share.tolist(), style))
    return picture("Share warned at least so many days before", [*parts, *_legend(names, TOP + 6)])


def _line(frame: Frame, x: Sequence[float], y: Sequence[float], style: str) -> str:
    return f'<polyline class="{style}" points="{frame.points(x, y)}"/>'


def _legend(names: Sequence[str], top: float) -> list[str]:
    """Which line is which, from height `top` down."""
    parts = []
    for i, (style, name) in enumerate(zip(STYLES, names, strict=False)):
        y = top + LINE * i
        parts.append(
            f'<polyline class="{style}" points="{LEFT + 160},{y} {LEFT + 180},{y}"/>'
            f'<text x="{LEFT + 185}" y="{y + 4}">{escape(label_of(name))}</text>'
        )
    return parts
