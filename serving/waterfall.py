"""From the baseline to the risk, one bar a reason: an inline SVG waterfall in the reader's units.

Bars lie on the log-odds axis, on which contributions add; the axis is labelled in percent.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from serving import svg, words

WIDTH, LEFT, RIGHT, ROW, TOP = 420, 6, 414, 38, 24
MOST_BARS = 8
TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99)


def waterfall(horizon: Mapping[str, Any], outcome: str) -> Markup:
    """The waterfall of one explained horizon (a dict of `serving.assess.explain`).

    `outcome` is the endpoint in words. The largest `MOST_BARS` reasons are drawn one by one, the
    others as one bar, so the bars always lead from the baseline to the risk.
    """
    bars = _bars(horizon["reasons"])
    baseline, logit = horizon["baseline_logit"], horizon["logit"]
    stops = _running(baseline, [bar[2] for bar in bars])
    scale = _Scale([*stops, logit])
    height = TOP + ROW * (len(bars) + 2)
    parts = [*_axis(scale, height)]
    parts += _end(scale, 0, "Baseline: average patient", baseline, "base")
    for position, (bar, before, after) in enumerate(zip(bars, stops, stops[1:], strict=False), 1):
        parts += _bar(scale, position, bar, before, after)
    parts += _end(scale, len(bars) + 1, f"Risk of {outcome}", logit, "risk")
    return svg.picture(WIDTH, height, _title(horizon, outcome), parts, "waterfall")


def _bars(reasons: Sequence[Mapping[str, Any]]) -> list[tuple[str, str, float]]:
    """Label, value and contribution of each bar, largest first."""
    shown = [(r["label"], r["value_text"], r["contribution"]) for r in reasons[:MOST_BARS]]
    rest = reasons[MOST_BARS:]
    if rest:
        summed = math.fsum(r["contribution"] for r in rest)
        shown.append((f"{len(rest)} smaller reasons", "together", summed))
    return shown


def _running(baseline: float, contributions: Sequence[float]) -> list[float]:
    stops = [baseline]
    for contribution in contributions:
        stops.append(stops[-1] + contribution)
    return stops


def share(logit: float) -> float:
    """The probability of a log-odds.

    >>> share(0.0)
    0.5
    """
    return 1.0 / (1.0 + math.exp(-logit)) if logit > -700 else 0.0


class _Scale:
    """Log-odds to x; at least two units wide, so that small reasons look small."""

    def __init__(self, values: Sequence[float]) -> None:
        middle = (min(values) + max(values)) / 2
        half = max((max(values) - min(values)) / 2, 1.0) * 1.05
        self.low, self.high = middle - half, middle + half

    def x(self, logit: float) -> float:
        return LEFT + (RIGHT - LEFT) * (logit - self.low) / (self.high - self.low)


def _axis(scale: _Scale, height: float) -> list[str]:
    parts = []
    last = -math.inf
    for tick in TICKS:
        logit = math.log(tick / (1 - tick))
        x = scale.x(logit)
        if LEFT + 12 <= x <= RIGHT - 12 and x - last >= 42:
            parts.append(svg.line(x, TOP - 8, x, height, "grid"))
            parts.append(svg.text(x, TOP - 12, f"{100 * tick:.0f} %", "tick", "middle"))
            last = x
    return parts


def _end(scale: _Scale, position: int, label: str, logit: float, kind: str) -> list[str]:
    y = TOP + ROW * position
    x = scale.x(logit)
    return [
        svg.text(0, y + 13, label, "strong"),
        svg.text(WIDTH, y + 13, words.percent(share(logit)), "strong", "end"),
        svg.line(x, y + 18, x, y + 32, kind),
    ]


def _bar(
    scale: _Scale, position: int, bar: tuple[str, str, float], before: float, after: float
) -> list[str]:
    label, value, contribution = bar
    y = TOP + ROW * position
    left, right = sorted((scale.x(before), scale.x(after)))
    kind = "up" if contribution > 0 else "down"
    factor = f"odds x {math.exp(contribution):.2f}"
    return [
        svg.line(scale.x(before), y - 6, scale.x(before), y + 18, "step"),
        svg.text(0, y + 13, f"{label}: {value}", most=WIDTH - 72),
        svg.text(WIDTH, y + 13, factor, "small", "end"),
        svg.box(left, y + 18, max(right - left, 1.0), 14, kind),
    ]


def _title(horizon: Mapping[str, Any], outcome: str) -> str:
    start = words.percent(share(horizon["baseline_logit"]))
    return (
        f"From the baseline of {start} to a risk of {outcome} of"
        f" {words.percent(horizon['risk'])} within {horizon['horizon']} days"
    )
