"""Reconstitution curves as inline SVG: a thin line a patient, the median as a thick line."""

from collections.abc import Sequence

import numpy as np

from training.charts.svg_frame import LEFT, RIGHT, WIDTH, Frame, evenly_spaced, picture
from training.statistics.reconstitution import Course, WindowBand

# More thin lines hide the median; the caption gives the number of patients.
MAX_LINES = 60
# The axis ends at this multiple of the 97.5 % quantile, so that one outlier does not flatten
# the other lines.
HEADROOM = 1.3


def draw(
    courses: Sequence[Course],
    bands: Sequence[WindowBand],
    label: str,
    healthy: tuple[float, float] | None,
) -> str:
    """One quantity of one cohort; the healthy range is the shaded strip.

    Assumes at least one course with a value. At most MAX_LINES patients are drawn as lines,
    evenly spaced over the patients in order; median and band are those of all patients.

    >>> from training.statistics.reconstitution import bands, course
    >>> one = [course("P1", [-5, 28], [0.2, 0.1], 0.05)]
    >>> draw(one, bands(one), "Monocytes", (0.05, 0.3)).count("<polyline")
    2
    """
    frame = _frame(courses)
    parts = [*_healthy_strip(frame, healthy), *frame.axes()]
    for index in evenly_spaced(len(courses), MAX_LINES):
        line = frame.points(courses[index].days.tolist(), courses[index].values.tolist())
        parts.append(f'<polyline class="one" points="{line}"/>')
    title = f"{label} over days since infusion, {len(courses)} patients"
    return picture(title, [*parts, *_band_and_median(frame, bands)])


def _frame(courses: Sequence[Course]) -> Frame:
    days = np.concatenate([c.days for c in courses])
    values = np.concatenate([c.values for c in courses])
    top = min(float(values.max()), HEADROOM * float(np.quantile(values, 0.975)))
    return Frame((float(days.min()), float(days.max())), (min(0.0, float(values.min())), top))


def _healthy_strip(frame: Frame, healthy: tuple[float, float] | None) -> list[str]:
    if healthy is None:
        return []
    low, high = max(healthy[0], frame.y_range[0]), min(healthy[1], frame.y_range[1])
    if high <= low:
        return []
    return [
        f'<rect class="healthy" x="{LEFT}" y="{frame.y(high):.1f}" '
        f'width="{WIDTH - LEFT - RIGHT}" height="{frame.y(low) - frame.y(high):.1f}"/>'
    ]


def _band_and_median(frame: Frame, bands: Sequence[WindowBand]) -> list[str]:
    days = [band.day for band in bands]
    line = frame.points(days, [band.median for band in bands])
    dots = [
        f'<circle class="dot" cx="{frame.x(day):.1f}" cy="{frame.y(band.median):.1f}" r="3"/>'
        for day, band in zip(days, bands, strict=True)
    ]
    return [*_band(frame, bands), f'<polyline class="median" points="{line}"/>', *dots]


def _band(frame: Frame, bands: Sequence[WindowBand]) -> list[str]:
    """Area between the quartiles, over the windows that have them."""
    with_quartiles = [band for band in bands if np.isfinite(band.low)]
    if len(with_quartiles) < 2:
        return []
    days = [band.day for band in with_quartiles]
    low, high = [band.low for band in with_quartiles], [band.high for band in with_quartiles]
    outline = frame.points([*days, *days[::-1]], [*low, *high[::-1]])
    return [f'<polygon class="band" points="{outline}"/>']
