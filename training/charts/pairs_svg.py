"""The same patients before and after: a line each, the medians thick."""

import numpy as np

from features.arrays import Floats
from training.charts.course_svg import MAX_LINES
from training.charts.svg_frame import Frame, picture

PLACES = (0.25, 0.75)


def before_after(label: str, before: Floats, after: Floats, words: tuple[str, str]) -> str:
    """One line a patient from `before` (n,) to `after` (n,), at most MAX_LINES of them.

    >>> svg = before_after("CD7", np.array([1.0]), np.array([2.0]), ("before", "day 28"))
    >>> svg.count("polyline")
    2
    """
    both = np.concatenate([before, after])
    margin = 0.05 * (both.max() - both.min()) or 0.5
    frame = Frame((0.0, 1.0), (both.min() - margin, both.max() + margin))
    parts = frame.named(list(zip(PLACES, words, strict=True)), "")
    for i in np.unique(np.linspace(0, len(before) - 1, min(len(before), MAX_LINES)).astype(int)):
        line = frame.points(PLACES, [float(before[i]), float(after[i])])
        parts.append(f'<polyline class="one" points="{line}"/>')
    medians = [float(np.median(before)), float(np.median(after))]
    parts.append(f'<polyline class="median" points="{frame.points(PLACES, medians)}"/>')
    return picture(f"{label} before and after, {len(before)} patients", parts)
