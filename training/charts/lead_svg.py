"""How early a value warned: share of relapses that were announced at least so many days before."""

from collections.abc import Sequence

import numpy as np

from training.charts.svg_frame import Frame, picture
from training.statistics.lead_time import Warnings

LAST = 180
STYLES = ("declared", "dash", "dot", "dashdot")


def lead_curves(label: str, found: Sequence[tuple[str, Warnings]]) -> str:
    """One line a form, the first thick; x is days before relapse, 0 to 180."""
    days = np.arange(0.0, LAST + 1)
    curves = [warned.warned_by(np.maximum(days, 1e-9)) for _, warned in found]
    top = max(0.1, *(float(curve.max()) for curve in curves))
    frame = Frame((0.0, float(LAST)), (0.0, min(1.05 * top, 1.0)))
    parts = frame.axes("days before relapse")
    for style, curve in zip(STYLES, curves, strict=False):
        line = frame.points(days.tolist(), curve.tolist())
        parts.append(f'<polyline class="step {style}" points="{line}"/>')
    return picture(f"{label}: share of relapses announced so many days before", parts)
