"""Waterfall chart of the reasons: from the baseline to the risk, one bar a reason, as inline SVG.

Three columns that never overlap: what was measured, the bars, and the factor on the odds. Bars
lie on the log-odds axis, on which contributions add; the axis is labelled in percent.
"""

import math
from collections.abc import Sequence
from textwrap import wrap

from markupsafe import Markup

from serving.assessment import risk_wording, wording
from serving.assessment.answer import ExplainedHorizon, Reason
from serving.pages import svg

WIDTH, BARS_FROM, BARS_TO, TOP = 440, 218, 356, 26
LABEL_GLYPHS, LINE, BAR, GAP = 31, 14, 12, 7
MOST_BARS = 6
# A smaller reason would read "odds x 1.00".
LEAST = math.log(1.005)
TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99)

Bar = tuple[str, str, float]


def waterfall(horizon: ExplainedHorizon, outcome: str) -> Markup:
    """The waterfall of one explained horizon.

    `outcome` is the endpoint in words. The `largest_reasons` are drawn one by one, the others as
    one bar, so that the bars always lead from the baseline to the risk.
    """
    bars = reason_bars(horizon["reasons"])
    baseline, logit = horizon["baseline_logit"], horizon["logit"]
    stops = _running(baseline, [bar[2] for bar in bars])
    scale = _LogOddsScale([*stops, logit])
    rows, y = [], float(TOP)
    rows += _end(scale, y, "Average patient of the cohort", baseline, "base")
    y += 2 * LINE + GAP
    for bar, start, end in zip(bars, stops, stops[1:], strict=False):
        label = wrap(bar[0], LABEL_GLYPHS)
        rows += _bar(scale, y, bar, label=label, start=start, end=end)
        y += LINE * (len(label) + 1) + GAP
    rows += _end(scale, y, f"Risk of {outcome}", logit, "risk")
    height = int(y + 2 * LINE)
    parts = [*_axis(scale, height), *rows]
    return svg.picture(WIDTH, height, _title(horizon, outcome), parts=parts, kind="waterfall")


def largest_reasons(reasons: Sequence[Reason]) -> list[Reason]:
    """The reasons that move the risk, at most `MOST_BARS`; `reasons` come largest first.

    >>> largest_reasons([{"contribution": 0.3}, {"contribution": -0.004}])
    [{'contribution': 0.3}]
    """
    return [reason for reason in reasons if abs(reason["contribution"]) >= LEAST][:MOST_BARS]


def reason_bars(reasons: Sequence[Reason]) -> list[Bar]:
    """Label, value and contribution of each bar, largest first, the rest as the last one."""
    largest = largest_reasons(reasons)
    bars = [(r["label"], r["value_text"], r["contribution"]) for r in largest]
    rest = reasons[len(largest) :]
    if rest:
        noun = "smaller reason" if len(rest) == 1 else "smaller reasons together"
        total = math.fsum(r["contribution"] for r in rest)
        bars.append((f"{len(rest)} {noun}", "", total))
    return bars


def _running(baseline: float, contributions: Sequence[float]) -> list[float]:
    stops = [baseline]
    for contribution in contributions:
        stops.append(stops[-1] + contribution)
    return stops


def probability(logit: float) -> float:
    """The probability of a log-odds.

    >>> probability(0.0)
    0.5
    """
    return 1.0 / (1.0 + math.exp(-logit)) if logit > -700 else 0.0


class _LogOddsScale:
    """Log-odds to x; at least one unit wide, so that small reasons look small."""

    def __init__(self, values: Sequence[float]) -> None:
        middle = (min(values) + max(values)) / 2
        half = max((max(values) - min(values)) / 2, 0.5) * 1.05
        self.low, self.high = middle - half, middle + half

    def x(self, logit: float) -> float:
        return BARS_FROM + (BARS_TO - BARS_FROM) * (logit - self.low) / (self.high - self.low)


def _axis(scale: _LogOddsScale, height: float) -> list[str]:
    parts = []
    last = -math.inf
    for tick in TICKS:
        x = scale.x(math.log(tick / (1 - tick)))
        if BARS_FROM <= x <= BARS_TO and x - last >= 42:
            parts.append(svg.line(x, TOP - 8, x, height, "grid"))
            parts.append(svg.text(x, TOP - 12, f"{100 * tick:.0f} %", kind="tick", anchor="middle"))
            last = x
    return parts


def _end(scale: _LogOddsScale, y: float, label: str, logit: float, kind: str) -> list[str]:
    x = scale.x(logit)
    return [
        svg.text(0, y + LINE, label, kind="strong"),
        svg.text(WIDTH, y + LINE, wording.percent(probability(logit)), kind="strong", anchor="end"),
        svg.line(x, y + 3, x, y + 3 + BAR, kind),
    ]


def _bar(
    scale: _LogOddsScale,
    y: float,
    bar: Bar,
    *,
    label: Sequence[str],
    start: float,
    end: float,
) -> list[str]:
    _, value, contribution = bar
    x_low, x_high = sorted((scale.x(start), scale.x(end)))
    kind = "up" if contribution > 0 else "down"
    lines = [svg.text(0, y + LINE * (i + 1), words) for i, words in enumerate(label)]
    below = y + LINE * (len(label) + 1)
    return [
        *lines,
        svg.text(0, below, value, kind="small", most=BARS_FROM - 8),
        svg.line(scale.x(start), y - GAP, scale.x(start), y + 3 + BAR, "step"),
        svg.box(x_low, y + 3, max(x_high - x_low, 1.0), BAR, kind),
        svg.text(
            WIDTH,
            y + LINE,
            f"odds x {risk_wording.odds_ratio(contribution)}",
            kind="small",
            anchor="end",
        ),
    ]


def _title(horizon: ExplainedHorizon, outcome: str) -> str:
    start = wording.percent(probability(horizon["baseline_logit"]))
    return (
        f"From the baseline of {start} to a risk of {outcome} of"
        f" {wording.percent(horizon['risk'])} within {horizon['horizon']} days"
    )
