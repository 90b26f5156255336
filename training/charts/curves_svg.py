"""Step curves as inline SVG: cumulative incidence by transplant rule, share warned by lead time."""

from collections.abc import Mapping, Sequence

import numpy as np

from features.arrays import Floats
from training.charts.svg_frame import Frame, picture
from training.statistics.lead_time import Warnings
from training.statistics.survival.incidence import Incidence, loglog_interval

RULE_STYLES = {"ignored": "dash", "competing": "dot", "censoring": "dashdot"}
LEAD_STYLES = ("declared", "dash", "dot", "dashdot")
LONGEST_LEAD = 180  # days before the event on the axis of lead times
Corners = tuple[Floats, Floats, Floats]


def incidence_curves(
    label: str, curves: Mapping[str, Incidence], declared_rule: str, last_day: float
) -> str:
    """Curves by transplant rule up to `last_day` after the landmark; the declared one is thick.

    Each begins at 0 and keeps its value up to the next event. The band is the declared rule's
    pointwise 95 % interval.
    """
    corners = {rule: step_corners(curve, last_day) for rule, curve in curves.items()}
    day, probability, error = corners[declared_rule]
    low, high = loglog_interval(probability, error)
    top = max(float(v.max()) for v in (high, *(value for _, value, _ in corners.values())))
    frame = Frame((0.0, last_day), (0.0, min(max(1.05 * top, 0.05), 1.0)))
    parts = frame.axes("days since the landmark")
    outline = frame.points([*day, *day[::-1]], [*low, *high[::-1]])
    parts.append(f'<polygon class="band" points="{outline}"/>')
    for rule, (days, value, _) in corners.items():
        kind = "declared" if rule == declared_rule else RULE_STYLES[rule]
        line = frame.points(days.tolist(), value.tolist())
        parts.append(f'<polyline class="step {kind}" points="{line}"/>')
    return picture(f"Cumulative incidence of {label}", parts)


def step_corners(curve: Incidence, last_day: float) -> Corners:
    """Corners of the step curve up to `last_day`: days, probability, standard error, (k,) each.

    >>> curve = Incidence(np.array([10.]), np.array([0.2]), np.zeros(1))
    >>> days, probability, _ = step_corners(curve, 90.0)
    >>> days.tolist(), probability.tolist()
    ([0.0, 10.0, 10.0, 90.0], [0.0, 0.0, 0.2, 0.2])
    """
    inside = curve.time <= last_day
    day = np.concatenate([[0.0], curve.time[inside], [last_day]])
    probability = np.concatenate([[0.0], curve.probability[inside]])
    error = np.concatenate([[0.0], np.sqrt(curve.variance[inside])])
    corner = np.repeat(np.arange(len(probability)), 2)
    return np.repeat(day, 2)[1:-1], probability[corner], error[corner]


def lead_curves(label: str, results: Sequence[tuple[str, Warnings]]) -> str:
    """Share of relapses that were announced at least 0 to 180 days before, one line a feature.

    The first line is thick.
    """
    days = np.arange(0.0, LONGEST_LEAD + 1)
    curves = [warnings.warned_by(np.maximum(days, 1e-9)) for _, warnings in results]
    top = max(0.1, *(float(curve.max()) for curve in curves))
    frame = Frame((0.0, float(LONGEST_LEAD)), (0.0, min(1.05 * top, 1.0)))
    parts = frame.axes("days before relapse")
    for style, curve in zip(LEAD_STYLES, curves, strict=False):
        line = frame.points(days.tolist(), curve.tolist())
        parts.append(f'<polyline class="step {style}" points="{line}"/>')
    return picture(f"{label}: share of relapses announced so many days before", parts)
