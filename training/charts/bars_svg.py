"""Bars of shares, stacked by grade: pale is mild, dark is life-threatening."""

from collections.abc import Sequence

from features.arrays import Floats
from training.charts.svg_frame import Frame, picture

BAR = 0.7  # share of its place that a bar fills


def stacked_bars(label: str, groups: Sequence[str], counts: Floats) -> str:
    """One bar a group, adding up to 1; `counts` (groups, grades), grade 0 at the bottom.

    >>> import numpy as np
    >>> stacked_bars("Leukopenia", ["0-7"], np.array([[1.0, 0, 0, 0, 3.0]])).count("<rect")
    2
    """
    frame = Frame((0.0, float(len(groups))), (0.0, 1.0))
    names = [(i + 0.5, name) for i, name in enumerate(groups)]
    parts = frame.named(names, "days since infusion")
    for i, row in enumerate(counts):
        total, below = row.sum(), 0.0
        left = frame.x(i + (1 - BAR) / 2)
        width = frame.x(i + (1 + BAR) / 2) - left
        for grade, number in enumerate(row):
            if number:
                top = frame.y((below + number) / total)
                height = frame.y(below / total) - top
                parts.append(
                    f'<rect class="grade g{grade}" x="{left:.1f}" y="{top:.1f}" '
                    f'width="{width:.1f}" height="{height:.1f}"/>'
                )
            below += number
        parts.append(
            f'<text x="{frame.x(i + 0.5):.1f}" y="{frame.y(1.0) - 3:.1f}" class="mid">'
            f"{total:.0f}</text>"
        )
    return picture(f"{label}: shares of patients by CTCAE grade over time", parts)
