"""Two groups of patients beside each other: dots of every patient, or medians by window."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from features.arrays import Floats
from training.charts.svg_frame import Frame, picture
from training.statistics.holm import ALPHA

SPREAD = 0.32  # how far dots are moved aside, in places; by rank, so that no chance is in it
MOST_DOTS = 400  # a group; more would only make the file large


def strips(label: str, groups: Sequence[tuple[str, Floats]]) -> str:
    """Every patient a dot, the median a line; the first group is the one with the event.

    >>> strips("S100", [("relapse", np.array([2.0])), ("no", np.array([1.0]))]).count("<circle")
    2
    """
    values = np.concatenate([value for _, value in groups])
    margin = 0.05 * (values.max() - values.min()) or 0.5
    frame = Frame((0.0, float(len(groups))), (values.min() - margin, values.max() + margin))
    places = [(i + 0.5, f"{name}, {len(value)}") for i, (name, value) in enumerate(groups)]
    parts = frame.named(places, "")
    for i, (_, value) in enumerate(groups):
        parts += _strip(frame, i + 0.5, np.sort(value), "event" if i == 0 else "rest")
    return picture(f"{label} by group", parts)


def _strip(frame: Frame, middle: float, value: Floats, kind: str) -> list[str]:
    if not len(value):
        return []
    shown = value[np.unique(np.linspace(0, len(value) - 1, min(len(value), MOST_DOTS)).astype(int))]
    aside = SPREAD * (2 * (np.arange(len(shown)) * 0.618 % 1) - 1)
    parts = [
        f'<circle class="{kind} each" cx="{frame.x(middle + a):.1f}" '
        f'cy="{frame.y(v):.1f}" r="2.4"/>'
        for a, v in zip(aside, shown, strict=True)
    ]
    y, left, right = frame.y(float(np.median(value))), frame.x(middle - 0.4), frame.x(middle + 0.4)
    parts.append(
        f'<line class="{kind} middle" x1="{left:.1f}" y1="{y:.1f}" x2="{right:.1f}" y2="{y:.1f}"/>'
    )
    return parts


def by_window(label: str, found: pd.DataFrame) -> str:
    """Median and quartiles of both groups in each window of the study's `divergence`."""
    drawn = [c for c in map(str, found) if c.endswith(("_event", "_others")) and c != "with_event"]
    low, high = (float(f(found[drawn].to_numpy(float))) for f in (np.nanmin, np.nanmax))
    frame = Frame((0.0, float(len(found))), (min(low, 0.0), high + 0.08 * (high - low)))
    places = [(i + 0.5, days) for i, days in enumerate(found["days"])]
    parts = frame.named(places, "days since infusion")
    for kind, column, aside in (("event", "event", -0.12), ("rest", "others", 0.12)):
        at = [i + 0.5 + aside for i in range(len(found))]
        columns = [f"{part}_{column}" for part in ("low", "median", "high")]
        parts += _medians(frame, at, found[columns], kind)
    for i, p in enumerate(found["p_holm"]):
        if p <= ALPHA:
            parts.append(f'<text x="{frame.x(i + 0.5):.1f}" y="14" class="mid star">✱</text>')
    return picture(f"{label} over time by group", parts)


def _medians(frame: Frame, at: Sequence[float], quartiles: pd.DataFrame, kind: str) -> list[str]:
    low, middle, high = quartiles.to_numpy(float).T
    parts = [
        f'<line class="{kind} middle" x1="{frame.x(x):.1f}" y1="{frame.y(a):.1f}" '
        f'x2="{frame.x(x):.1f}" y2="{frame.y(b):.1f}"/>'
        for x, a, b in zip(at, low, high, strict=True)
        if np.isfinite(a)
    ]
    line = frame.points(list(at), middle.tolist())
    parts.append(f'<polyline class="{kind} link" points="{line}"/>')
    return parts + [
        f'<circle class="{kind}" cx="{frame.x(x):.1f}" cy="{frame.y(v):.1f}" r="4"/>'
        for x, v in zip(at, middle, strict=True)
    ]
