"""All claims in one picture: effect and interval of each, one half meaning no difference."""

import math
from collections.abc import Sequence
from html import escape

from training.charts.svg_frame import picture
from training.study.claim import HOLDS, OPPOSITE, Claim

WIDTH, ROW, TOP, BOTTOM = 660, 24, 26, 40
LEFT, RIGHT = 250, 164  # room for the names and for the verdicts
CUT = 38  # letters of a name that fit


def forest(claims: Sequence[Claim]) -> str:
    """One row a claim: its key in words, the effect with its interval, the verdict.

    Claims that cannot be told have no mark. Ringed towards the side that the study saw.
    """
    height = TOP + ROW * len(claims) + BOTTOM
    base = height - BOTTOM + 4
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
    for i, claim in enumerate(claims):
        parts += _row(claim, TOP + ROW * i + ROW / 2)
    return picture("Effects of all claims with 95 % intervals", parts, WIDTH, height)


def _x(share: float) -> float:
    return LEFT + share * (WIDTH - LEFT - RIGHT)


def _row(claim: Claim, y: float) -> list[str]:
    name = f"{claim.question.section}. {claim.question.short}"
    short = name if len(name) <= CUT else name[: CUT - 1] + "…"
    word = claim.verdict.split(" (")[0].split(":")[0]
    kind = {HOLDS: "holds", OPPOSITE: "opposite"}.get(word, "open")
    parts = [
        f'<text class="said" x="6" y="{y + 4:.1f}">{escape(short)}</text>',
        f'<text class="said {kind}" x="{WIDTH - RIGHT + 30}" y="{y + 4:.1f}">{escape(word)}</text>',
    ]
    if math.isnan(claim.effect):
        return parts
    ends = f'x1="{_x(claim.low):.1f}" y1="{y:.1f}" x2="{_x(claim.high):.1f}" y2="{y:.1f}"'
    toward = "▶" if claim.question.expected > 0 else "◀"
    side = 1.02 if claim.question.expected > 0 else -0.02
    anchor = "" if claim.question.expected > 0 else "end"
    return [
        *parts,
        f'<line class="{kind} bar" {ends}/>',
        f'<circle class="{kind}" cx="{_x(claim.effect):.1f}" cy="{y:.1f}" r="4.5"/>',
        f'<text class="toward {anchor}" x="{_x(side):.1f}" y="{y + 4:.1f}">{toward}</text>',
    ]
