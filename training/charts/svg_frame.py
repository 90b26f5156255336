"""The plotting area of an inline SVG: data coordinates to places, ticks, axes, a spoken title."""

from collections.abc import Iterable, Sequence
from html import escape

import numpy as np

WIDTH, HEIGHT = 420, 220
LEFT, RIGHT, TOP, BOTTOM = 52, 10, 12, 34


def ticks(low: float, high: float, n: int = 4) -> list[float]:
    """About n round numbers from low to high.

    >>> ticks(0.0, 1.0)
    [0.0, 0.5, 1.0]
    """
    raw = (high - low) / n
    size = 10.0 ** np.floor(np.log10(raw))
    step = next(k * size for k in (1, 2, 5, 10) if k * size >= raw)
    return [
        float(v) + 0.0 for v in np.arange(np.ceil(low / step), np.floor(high / step) + 1) * step
    ]


class Frame:
    """The plotting area: data coordinates to SVG coordinates."""

    def __init__(
        self, days: tuple[float, float], values: tuple[float, float], height: int = HEIGHT
    ) -> None:
        self.days = days if days[1] > days[0] else (days[0] - 1, days[0] + 1)
        self.values = values if values[1] > values[0] else (values[0] - 1, values[0] + 1)
        self.height = height

    @property
    def base(self) -> int:
        """Vertical place of the horizontal axis."""
        return self.height - BOTTOM

    def x(self, day: float) -> float:
        """Horizontal place of a day."""
        low, high = self.days
        return LEFT + (day - low) / (high - low) * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        """Vertical place of a value; one above the frame is drawn at its edge."""
        low, high = self.values
        value = min(value, high)
        return self.base - (value - low) / (high - low) * (self.base - TOP)

    def points(self, days: Sequence[float], values: Sequence[float]) -> str:
        """The points attribute of a polyline or polygon."""
        pairs = zip(days, values, strict=True)
        return " ".join(f"{self.x(d):.1f},{self.y(v):.1f}" for d, v in pairs)

    def grid(self) -> list[str]:
        """Horizontal lines at round values, with their numbers."""
        parts = []
        for value in ticks(*self.values):
            y = self.y(value)
            parts.append(
                f'<line class="grid" x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}"/>'
            )
            parts.append(f'<text x="{LEFT - 5}" y="{y + 4:.1f}" class="end">{value:g}</text>')
        return parts

    def floor(self, under: str) -> list[str]:
        """The horizontal axis and what stands under it."""
        middle = (LEFT + WIDTH - RIGHT) / 2
        return [
            f'<line class="axis" x1="{LEFT}" y1="{self.base}" '
            f'x2="{WIDTH - RIGHT}" y2="{self.base}"/>',
            f'<text x="{middle}" y="{self.height - 4}" class="mid">{escape(under)}</text>',
        ]

    def axes(self, under: str = "days since infusion") -> list[str]:
        """Grid, horizontal axis and round numbers along it."""
        marks = [
            f'<text x="{self.x(day):.1f}" y="{self.base + 14}" class="mid">{day:g}</text>'
            for day in ticks(*self.days)
        ]
        return [*self.grid(), *self.floor(under), *marks]

    def named(self, places: Sequence[tuple[float, str]], under: str) -> list[str]:
        """Grid, horizontal axis and words along it at the given places."""
        marks = [
            f'<text x="{self.x(at):.1f}" y="{self.base + 14}" class="mid">{escape(word)}</text>'
            for at, word in places
        ]
        return [*self.grid(), *self.floor(under), *marks]


def picture(label: str, parts: Iterable[str], width: int = WIDTH, height: int = HEIGHT) -> str:
    """The whole SVG; `label` is what a screen reader says of it."""
    return "".join(
        [f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{escape(label)}">',
         *parts, "</svg>"]
    )  # fmt: skip
