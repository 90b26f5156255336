"""Pictures of reconstitution as inline SVG: thin lines are patients, the thick line the median."""

from collections.abc import Sequence

import numpy as np

from training.charts.svg_frame import LEFT, RIGHT, WIDTH, Frame, picture
from training.statistics.reconstitution import Band, Course

# More thin lines than this hide the median; the rest is said in words under the picture.
MAX_LINES = 60
# The axis ends here times the 97.5 % quantile, so that one outlier does not flatten the others.
HEADROOM = 1.3


def _median(frame: Frame, bands: Sequence[Band]) -> list[str]:
    middle = [band.day for band in bands]
    parts = []
    closed = [i for i, band in enumerate(bands) if np.isfinite(band.low)]
    if len(closed) > 1:
        days = [middle[i] for i in closed]
        low, high = [bands[i].low for i in closed], [bands[i].high for i in closed]
        outline = frame.points([*days, *days[::-1]], [*low, *high[::-1]])
        parts.append(f'<polygon class="band" points="{outline}"/>')
    line = frame.points(middle, [band.median for band in bands])
    parts.append(f'<polyline class="median" points="{line}"/>')
    parts += [
        f'<circle class="dot" cx="{frame.x(day):.1f}" cy="{frame.y(band.median):.1f}" r="3"/>'
        for day, band in zip(middle, bands, strict=True)
    ]
    return parts


def draw(
    courses: Sequence[Course],
    bands: Sequence[Band],
    label: str,
    healthy: tuple[float, float] | None,
) -> str:
    """One quantity of one cohort; the healthy range is the shaded strip.

    Assumes at least one course with a value. At most MAX_LINES patients are drawn as lines,
    evenly taken over the ordered patients; median and band are of all.

    >>> from training.statistics.reconstitution import bands, course
    >>> one = [course("P1", [-5, 28], [0.2, 0.1], 0.05)]
    >>> draw(one, bands(one), "Monocytes", (0.05, 0.3)).count("<polyline")
    2
    """
    days = np.concatenate([c.days for c in courses])
    values = np.concatenate([c.values for c in courses])
    top = min(float(values.max()), HEADROOM * float(np.quantile(values, 0.975)))
    frame = Frame((float(days.min()), float(days.max())), (min(0.0, float(values.min())), top))
    parts = []
    if healthy is not None:
        low, high = max(healthy[0], frame.values[0]), min(healthy[1], frame.values[1])
        if high > low:
            parts.append(
                f'<rect class="healthy" x="{LEFT}" y="{frame.y(high):.1f}" '
                f'width="{WIDTH - LEFT - RIGHT}" height="{frame.y(low) - frame.y(high):.1f}"/>'
            )
    parts += frame.axes()
    chosen = np.unique(np.linspace(0, len(courses) - 1, min(len(courses), MAX_LINES)).astype(int))
    for index in chosen:
        line = frame.points(courses[index].days.tolist(), courses[index].values.tolist())
        parts.append(f'<polyline class="one" points="{line}"/>')
    said = f"{label} over days since infusion, {len(courses)} patients"
    return picture(said, [*parts, *_median(frame, bands)])
