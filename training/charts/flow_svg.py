"""The flow of patients as CONSORT draws it: who was there, who left and why, what followed.

Reference: CONSORT 2010 flow diagram (Schulz et al., BMJ 2010;340:c332).
"""

from collections.abc import Sequence
from html import escape

from models.endpoints import ENDPOINTS, OTHER_DEATH
from training.charts.svg_frame import picture
from training.cohort.labels import Labelled, Step

WIDTH, LINE, PAD = 660, 17, 9
MAIN, SIDE = (10, 280), (330, 320)  # left edge and width of the two columns
OUTCOMES = ("relapse", "fatal infection", "other death", "no event", "lost to follow-up")
TRANSPLANTED = "transplanted"


def flow_picture(flow: Sequence[Step], relapse: Labelled) -> str:
    """Boxes from all patients to those at risk, and these by what followed in the horizon.

    `flow` is `AtRisk.flow`; `relapse` are the labels of any endpoint at the horizon.
    """
    top, *left_out, at_risk = _within_outcomes(flow)
    y, parts = 4.0, []
    parts += _box(MAIN, y, [f"{top.n} {top.reason}"])
    below = y + _height(1)
    lines = [f"{step.n} {step.reason}" for step in left_out] or ["nobody left out"]
    side_y = below + 14
    parts += _box(SIDE, side_y, lines)
    main_y = side_y + _height(len(lines)) + 14
    x = MAIN[0] + MAIN[1] / 2
    joint = side_y + _height(len(lines)) / 2
    parts += [_line(x, below, x, main_y), _line(x, joint, SIDE[0], joint)]
    parts += _box(MAIN, main_y, [f"{at_risk.n} {at_risk.reason}"])
    parts += _fates(relapse, main_y + _height(1))
    return picture(
        "Flow of patients", parts, WIDTH, int(main_y + 2 * _height(1) + 34 + LINE)
    )  # fmt: skip


def fates(relapse: Labelled) -> list[Step]:
    """The patients at risk by their first event inside the horizon, each counted once."""
    time, code, horizon = relapse.cohort.time, relapse.cohort.code, relapse.horizon
    inside = time <= horizon
    events = (*(endpoint.event_code for endpoint in ENDPOINTS.values()), OTHER_DEATH)
    counts = [int((inside & (code == event)).sum()) for event in events]
    counts += [int((~inside).sum()), int((inside & (code == 0)).sum())]
    steps = [Step(word, n) for word, n in zip(OUTCOMES, counts, strict=True)]
    transplanted = int((inside & (code == 4)).sum())
    return [*steps, Step(TRANSPLANTED, transplanted)] if transplanted else steps


def _within_outcomes(flow: Sequence[Step]) -> Sequence[Step]:
    """The flow without the last step on patients who have no outcomes."""
    return flow[:-1] if "no outcomes" in flow[-1].reason else flow


def _fates(relapse: Labelled, top: float) -> list[str]:
    steps = fates(relapse)
    width, gap = (WIDTH - 20 - 8 * (len(steps) - 1)) / len(steps), 8
    x, rail = MAIN[0] + MAIN[1] / 2, top + 14
    parts = [_line(x, top, x, rail)]
    for i, step in enumerate(steps):
        left = 10 + i * (width + gap)
        middle = left + width / 2
        parts += [_line(x, rail, middle, rail), _line(middle, rail, middle, rail + 12)]
        parts += _box((left, width), rail + 12, [str(step.n), step.reason], "mid")
    return parts


def _height(lines: int) -> float:
    return lines * LINE + PAD


def _box(place: tuple[float, float], y: float, lines: Sequence[str], kind: str = "") -> list[str]:
    left, width = place
    x = left + (width / 2 if kind else PAD)
    parts = [
        f'<rect class="box" x="{left:.1f}" y="{y:.1f}" width="{width:.1f}" '
        f'height="{_height(len(lines)):.1f}" rx="4"/>'
    ]
    return parts + [
        f'<text class="said {kind}" x="{x:.1f}" y="{y + (i + 1) * LINE - 2:.1f}">'
        f"{escape(line)}</text>"
        for i, line in enumerate(lines)
    ]


def _line(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line class="axis" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'
