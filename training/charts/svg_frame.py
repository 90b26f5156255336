"""Plotting area of an inline SVG: coordinates, ticks, axes, and the title for screen readers."""

from collections.abc import Iterable, Sequence
from html import escape

import numpy as np

WIDTH, HEIGHT = 420, 220
LEFT, RIGHT, TOP, BOTTOM = 52, 10, 12, 34  # margins


def ticks(low: float, high: float, n: int = 4) -> list[float]:
    """About n round numbers from low to high.

    >>> ticks(0.0, 1.0)
    [0.0, 0.5, 1.0]
    """
    raw = (high - low) / n
    size = 10.0 ** np.floor(np.log10(raw))
    step = next(k * size for k in (1, 2, 5, 10) if k * size >= raw)
    numbers = np.arange(np.ceil(low / step), np.floor(high / step) + 1) * step
    return [float(number) + 0.0 for number in numbers]


class Frame:
    """Maps data to SVG coordinates; an empty range is widened by 1 on both sides."""

    def __init__(
        self, x_range: tuple[float, float], y_range: tuple[float, float], height: int = HEIGHT
    ) -> None:
        self.x_range = _widened(x_range)
        self.y_range = _widened(y_range)
        self.height = height

    @property
    def base(self) -> int:
        """Vertical position of the horizontal axis."""
        return self.height - BOTTOM

    def x(self, value: float) -> float:
        """Horizontal position of a value."""
        low, high = self.x_range
        return LEFT + (value - low) / (high - low) * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        """Vertical position of a value; one above the range is drawn at the upper edge."""
        low, high = self.y_range
        value = min(value, high)
        return self.base - (value - low) / (high - low) * (self.base - TOP)

    def points(self, x: Sequence[float], y: Sequence[float]) -> str:
        """The points attribute of a polyline or polygon."""
        return " ".join(f"{self.x(a):.1f},{self.y(b):.1f}" for a, b in zip(x, y, strict=True))

    def grid(self) -> list[str]:
        """Horizontal lines at round values, with their numbers."""
        parts = []
        for value in ticks(*self.y_range):
            y = self.y(value)
            parts.append(
                f'<line class="grid" x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}"/>'
            )
            parts.append(f'<text x="{LEFT - 5}" y="{y + 4:.1f}" class="end">{value:g}</text>')
        return parts

    def horizontal_axis(self, title: str) -> list[str]:
        """The horizontal axis and its title."""
        middle = (LEFT + WIDTH - RIGHT) / 2
        return [
            f'<line class="axis" x1="{LEFT}" y1="{self.base}" '
            f'x2="{WIDTH - RIGHT}" y2="{self.base}"/>',
            f'<text x="{middle}" y="{self.height - 4}" class="mid">{escape(title)}</text>',
        ]

    def axes(self, title: str = "days since infusion") -> list[str]:
        """Grid, horizontal axis and round numbers along it."""
        return self.category_axes([(x, f"{x:g}") for x in ticks(*self.x_range)], title)

    def category_axes(self, labels: Sequence[tuple[float, str]], title: str) -> list[str]:
        """Grid, horizontal axis and labels along it, each with its position in data coordinates."""
        marks = [
            f'<text x="{self.x(x):.1f}" y="{self.base + 14}" class="mid">{escape(label)}</text>'
            for x, label in labels
        ]
        return [*self.grid(), *self.horizontal_axis(title), *marks]


def picture(label: str, parts: Iterable[str], width: int = WIDTH, height: int = HEIGHT) -> str:
    """The SVG element; a screen reader reads `label` aloud."""
    return "".join(
        [f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{escape(label)}">',
         *parts, "</svg>"]
    )  # fmt: skip


def evenly_spaced(n: int, most: int) -> list[int]:
    """Indices of at most `most` of n items, evenly spaced, first and last included.

    >>> evenly_spaced(10, 4), evenly_spaced(2, 4)
    ([0, 3, 6, 9], [0, 1])
    """
    indices = np.linspace(0, n - 1, min(n, most)).astype(int)
    return [int(index) for index in np.unique(indices)]


def _widened(limits: tuple[float, float]) -> tuple[float, float]:
    low, high = limits
    return (low, high) if high > low else (low - 1, low + 1)
