"""Pictures of reconstitution as inline SVG: thin lines are patients, the thick line the median."""

from collections.abc import Sequence
from html import escape

import numpy as np

from training.reconstitution import Band, Course

WIDTH, HEIGHT = 420, 220
LEFT, RIGHT, TOP, BOTTOM = 52, 10, 12, 34

# More thin lines than this hide the median; the rest is said in words under the picture.
MAX_LINES = 60
# The axis ends here times the 97.5 % quantile, so that one outlier does not flatten the others.
HEADROOM = 1.3


def _ticks(low: float, high: float, n: int = 4) -> list[float]:
    """About n round numbers from low to high."""
    raw = (high - low) / n
    size = 10.0 ** np.floor(np.log10(raw))
    step = next(k * size for k in (1, 2, 5, 10) if k * size >= raw)
    return [
        float(v) + 0.0 for v in np.arange(np.ceil(low / step), np.floor(high / step) + 1) * step
    ]


class Frame:
    """The plotting area: data coordinates to SVG coordinates."""

    def __init__(self, days: tuple[float, float], values: tuple[float, float]) -> None:
        self.days = days if days[1] > days[0] else (days[0] - 1, days[0] + 1)
        self.values = values if values[1] > values[0] else (values[0] - 1, values[0] + 1)

    def x(self, day: float) -> float:
        """Horizontal place of a day."""
        low, high = self.days
        return LEFT + (day - low) / (high - low) * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        """Vertical place of a value; one above the frame is drawn at its edge."""
        low, high = self.values
        value = min(value, high)
        return HEIGHT - BOTTOM - (value - low) / (high - low) * (HEIGHT - TOP - BOTTOM)

    def points(self, days: Sequence[float], values: Sequence[float]) -> str:
        """The points attribute of a polyline or polygon."""
        pairs = zip(days, values, strict=True)
        return " ".join(f"{self.x(d):.1f},{self.y(v):.1f}" for d, v in pairs)


def _axes(frame: Frame) -> list[str]:
    base = HEIGHT - BOTTOM
    parts = [f'<line class="axis" x1="{LEFT}" y1="{base}" x2="{WIDTH - RIGHT}" y2="{base}"/>']
    for day in _ticks(*frame.days):
        parts.append(f'<text x="{frame.x(day):.1f}" y="{base + 14}" class="mid">{day:g}</text>')
    for value in _ticks(*frame.values):
        y = frame.y(value)
        parts.append(
            f'<line class="grid" x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}"/>'
        )
        parts.append(f'<text x="{LEFT - 5}" y="{y + 4:.1f}" class="end">{value:g}</text>')
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(f'<text x="{middle}" y="{HEIGHT - 4}" class="mid">days since infusion</text>')
    return parts  # fmt: skip


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

    >>> from training.reconstitution import bands, course
    >>> one = [course("P1", [-5, 28], [0.2, 0.1], 0.05)]
    >>> draw(one, bands(one), "Monocytes", (0.05, 0.3)).count("<polyline")
    2
    """
    days = np.concatenate([c.days for c in courses])
    values = np.concatenate([c.values for c in courses])
    top = min(float(values.max()), HEADROOM * float(np.quantile(values, 0.975)))
    frame = Frame((float(days.min()), float(days.max())), (min(0.0, float(values.min())), top))
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{escape(label)} over days since infusion, {len(courses)} patients">'
    ]
    if healthy is not None:
        low, high = max(healthy[0], frame.values[0]), min(healthy[1], frame.values[1])
        if high > low:
            parts.append(
                f'<rect class="healthy" x="{LEFT}" y="{frame.y(high):.1f}" '
                f'width="{WIDTH - LEFT - RIGHT}" height="{frame.y(low) - frame.y(high):.1f}"/>'
            )
    parts += _axes(frame)
    chosen = np.unique(np.linspace(0, len(courses) - 1, min(len(courses), MAX_LINES)).astype(int))
    for index in chosen:
        line = frame.points(courses[index].days.tolist(), courses[index].values.tolist())
        parts.append(f'<polyline class="one" points="{line}"/>')
    return "".join([*parts, *_median(frame, bands), "</svg>"])
