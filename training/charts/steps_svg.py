"""Cumulative incidence as stairs: a line for each reading of transplant, a band round one."""

from collections.abc import Mapping

import numpy as np

from features.arrays import Floats
from training.charts.svg_frame import Frame, picture
from training.statistics.incidence import Incidence, loglog_interval

STYLES = {"ignored": "dash", "competing": "dot", "censoring": "dashdot"}
Stairs = tuple[Floats, Floats, Floats]


def steps(label: str, curves: Mapping[str, Incidence], declared: str, last: float) -> str:
    """Curves by rule up to day `last` after the landmark; the declared rule is drawn thick.

    Each begins at 0 and keeps its value up to the next event; the band is pointwise, 95 %.
    """
    shown = {rule: stairs(curve, last) for rule, curve in curves.items()}
    when, value, error = shown[declared]
    low, high = loglog_interval(value, error)
    top = max(float(v.max()) for v in (high, *(own for _, own, _ in shown.values())))
    frame = Frame((0.0, last), (0.0, min(max(1.05 * top, 0.05), 1.0)))
    parts = frame.axes("days since the landmark")
    outline = frame.points([*when, *when[::-1]], [*low, *high[::-1]])
    parts.append(f'<polygon class="band" points="{outline}"/>')
    for rule, (day, share, _) in shown.items():
        kind = "declared" if rule == declared else STYLES[rule]
        line = frame.points(day.tolist(), share.tolist())
        parts.append(f'<polyline class="step {kind}" points="{line}"/>')
    return picture(f"Cumulative incidence of {label}", parts)


def stairs(curve: Incidence, last: float) -> Stairs:
    """Corners of the curve up to `last`: days, probability and standard error, (k,) each.

    >>> when, share, _ = stairs(Incidence(np.array([10.]), np.array([0.2]), np.zeros(1)), 90.0)
    >>> when.tolist(), share.tolist()
    ([0.0, 10.0, 10.0, 90.0], [0.0, 0.0, 0.2, 0.2])
    """
    inside = curve.time <= last
    when = np.concatenate([[0.0], curve.time[inside], [last]])
    share = np.concatenate([[0.0], curve.probability[inside]])
    error = np.concatenate([[0.0], np.sqrt(curve.variance[inside])])
    corners = np.repeat(np.arange(len(share)), 2)
    return np.repeat(when, 2)[1:-1], share[corners], error[corners]
