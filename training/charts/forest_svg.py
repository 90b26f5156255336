"""Forest plot: effect and 95 % interval of every claim; 0.5 means no difference."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from training.charts.svg_frame import picture

WIDTH, ROW, TOP, BOTTOM = 660, 24, 26, 40
NAME_WIDTH, VERDICT_WIDTH = 250, 164
MAX_LETTERS = 38  # of a name that fit


@dataclass(frozen=True)
class ForestRow:
    """One claim: `effect` with its interval from 0 to 1 (NaN: no mark), `kind` its CSS class.

    `expected` above 0 points the arrow to effects above one half, else below.
    """

    name: str
    verdict: str
    kind: str
    effect: float
    low: float
    high: float
    expected: int


def forest(rows: Sequence[ForestRow]) -> str:
    """One row a claim: its name, effect with interval, an arrow to the expected side, verdict."""
    height = TOP + ROW * len(rows) + BOTTOM
    parts = _axes(height - BOTTOM + 4)
    for i, row in enumerate(rows):
        parts += _row(row, TOP + ROW * i + ROW / 2)
    return picture("Effects of all claims with 95 % intervals", parts, WIDTH, height)


def _axes(base: float) -> list[str]:
    parts = [
        f'<line class="grid" x1="{_x(v):.1f}" y1="{TOP - 8}" x2="{_x(v):.1f}" y2="{base}"/>'
        f'<text x="{_x(v):.1f}" y="{base + 14}" class="mid">{v:g}</text>'
        for v in (0.0, 0.25, 0.75, 1.0)
    ]
    parts.append(
        f'<line class="axis" x1="{_x(0.5):.1f}" y1="{TOP - 8}" x2="{_x(0.5):.1f}" y2="{base}"/>'
        f'<text x="{_x(0.5):.1f}" y="{base + 14}" class="mid">0.5</text>'
        f'<text x="{_x(0.5):.1f}" y="{base + 30}" class="mid">share or chance; '
        "0.5 is no difference</text>"
    )
    return parts


def _x(effect: float) -> float:
    return NAME_WIDTH + effect * (WIDTH - NAME_WIDTH - VERDICT_WIDTH)


def _row(row: ForestRow, y: float) -> list[str]:
    short = row.name if len(row.name) <= MAX_LETTERS else row.name[: MAX_LETTERS - 1] + "…"
    verdict_x = WIDTH - VERDICT_WIDTH + 30
    parts = [
        f'<text class="text" x="6" y="{y + 4:.1f}">{escape(short)}</text>',
        f'<text class="text {row.kind}" x="{verdict_x}" y="{y + 4:.1f}">'
        f"{escape(row.verdict)}</text>",
    ]
    return parts if math.isnan(row.effect) else [*parts, *_mark(row, y)]


def _mark(row: ForestRow, y: float) -> list[str]:
    """The interval, the effect as a dot, and an arrow at the edge of the expected side."""
    ends = f'x1="{_x(row.low):.1f}" y1="{y:.1f}" x2="{_x(row.high):.1f}" y2="{y:.1f}"'
    arrow, side, anchor = ("▶", 1.02, "") if row.expected > 0 else ("◀", -0.02, "end")
    return [
        f'<line class="{row.kind} bar" {ends}/>',
        f'<circle class="{row.kind}" cx="{_x(row.effect):.1f}" cy="{y:.1f}" r="4.5"/>',
        f'<text class="toward {anchor}" x="{_x(side):.1f}" y="{y + 4:.1f}">{arrow}</text>',
    ]
