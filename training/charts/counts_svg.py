"""Counts of patients as inline SVG: CONSORT flow diagram, stacked bars of toxicity grades.

Reference: CONSORT 2010 flow diagram (Schulz et al., BMJ 2010;340:c332).
"""

from collections.abc import Sequence
from html import escape

from features.arrays import Floats
from models.endpoints import CENSORED, FATAL_INFECTION, OTHER_DEATH, RELAPSE
from training.charts.svg_frame import Frame, picture
from training.cohort.at_risk import Step
from training.cohort.labels import EndpointLabels, is_followed_through

WIDTH, LINE, PAD = 660, 17, 9
MAIN, SIDE = (10, 280), (330, 320)  # left edge and width of the two columns
BOX_GAP = 8  # between the boxes of the last row
OUTCOMES = ("relapse", "fatal infection", "other death", "no event", "lost to follow-up")
TRANSPLANTED = "transplanted"
BAR = 0.7  # share of its column that a bar fills


def flow_picture(flow: Sequence[Step], relapse: EndpointLabels) -> str:
    """Boxes from all patients to those at risk, then one box an outcome within the horizon.

    `flow` is `AtRisk.flow`; `relapse` are the labels of any endpoint at the horizon.
    """
    top, *exclusions, at_risk = _with_outcomes(flow)
    lines = [f"{step.n} {step.reason}" for step in exclusions] or ["nobody left out"]
    below = 4.0 + _height(1)
    side_y = below + 14
    main_y = side_y + _height(len(lines)) + 14
    x = MAIN[0] + MAIN[1] / 2
    joint = side_y + _height(len(lines)) / 2
    parts = [
        *_box(MAIN, 4.0, [f"{top.n} {top.reason}"]),
        *_box(SIDE, side_y, lines),
        _line(x, below, x, main_y),
        _line(x, joint, SIDE[0], joint),
        *_box(MAIN, main_y, [f"{at_risk.n} {at_risk.reason}"]),
        *_outcome_boxes(outcome_steps(relapse), main_y + _height(1)),
    ]
    return picture("Flow of patients", parts, WIDTH, int(main_y + 2 * _height(1) + 34 + LINE))


def outcome_steps(relapse: EndpointLabels) -> list[Step]:
    """The patients at risk by their first event within the horizon, each counted once."""
    time, code, horizon = relapse.at_risk.time, relapse.at_risk.code, relapse.horizon
    inside = time <= horizon
    codes = (RELAPSE, FATAL_INFECTION, OTHER_DEATH)  # in the order of OUTCOMES
    counts = [int((inside & (code == number)).sum()) for number in codes]
    is_free = is_followed_through(time, code, horizon)
    counts += [int(is_free.sum()), int((~is_free & (code == CENSORED)).sum())]
    steps = [Step(word, n) for word, n in zip(OUTCOMES, counts, strict=True)]
    n_transplanted = int((inside & (code == 4)).sum())
    return [*steps, Step(TRANSPLANTED, n_transplanted)] if n_transplanted else steps


def _with_outcomes(flow: Sequence[Step]) -> Sequence[Step]:
    """The flow without the last step on patients who have no outcomes."""
    return flow[:-1] if "no outcomes" in flow[-1].reason else flow


def _outcome_boxes(steps: Sequence[Step], top: float) -> list[str]:
    width = (WIDTH - 20 - BOX_GAP * (len(steps) - 1)) / len(steps)
    x, rail = MAIN[0] + MAIN[1] / 2, top + 14
    parts = [_line(x, top, x, rail)]
    for i, step in enumerate(steps):
        edge = 10 + i * (width + BOX_GAP)
        middle = edge + width / 2
        parts += [_line(x, rail, middle, rail), _line(middle, rail, middle, rail + 12)]
        parts += _box((edge, width), rail + 12, [str(step.n), step.reason], "mid")
    return parts


def _height(lines: int) -> float:
    return lines * LINE + PAD


def _box(column: tuple[float, float], y: float, lines: Sequence[str], kind: str = "") -> list[str]:
    edge, width = column
    x = edge + (width / 2 if kind else PAD)
    parts = [
        f'<rect class="box" x="{edge:.1f}" y="{y:.1f}" width="{width:.1f}" '
        f'height="{_height(len(lines)):.1f}" rx="4"/>'
    ]
    return parts + [
        f'<text class="text {kind}" x="{x:.1f}" y="{y + (i + 1) * LINE - 2:.1f}">'
        f"{escape(line)}</text>"
        for i, line in enumerate(lines)
    ]


def _line(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line class="axis" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def grade_bars(label: str, groups: Sequence[str], counts: Floats) -> str:
    """One bar a group, adding up to 1; `counts` (groups, grades), grade 0 at the bottom.

    Pale grades are mild, dark ones life-threatening; the number of patients is printed above.

    >>> import numpy as np
    >>> grade_bars("Leukopenia", ["0-7"], np.array([[1.0, 0, 0, 0, 3.0]])).count("<rect")
    2
    """
    frame = Frame((0.0, float(len(groups))), (0.0, 1.0))
    columns = [(i + 0.5, name) for i, name in enumerate(groups)]
    parts = frame.category_axes(columns, "days since infusion")
    for i, row in enumerate(counts):
        parts += _bar(frame, i, row)
        parts.append(
            f'<text x="{frame.x(i + 0.5):.1f}" y="{frame.y(1.0) - 3:.1f}" class="mid">'
            f"{row.sum():.0f}</text>"
        )
    return picture(f"{label}: shares of patients by CTCAE grade over time", parts)


def _bar(frame: Frame, column: int, counts: Floats) -> list[str]:
    total, below, parts = counts.sum(), 0.0, []
    edge = frame.x(column + (1 - BAR) / 2)
    width = frame.x(column + (1 + BAR) / 2) - edge
    for grade, number in enumerate(counts):
        if number:
            top = frame.y((below + number) / total)
            height = frame.y(below / total) - top
            parts.append(
                f'<rect class="grade g{grade}" x="{edge:.1f}" y="{top:.1f}" '
                f'width="{width:.1f}" height="{height:.1f}"/>'
            )
        below += number
    return parts
