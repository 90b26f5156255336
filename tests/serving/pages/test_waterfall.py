"""The picture shows the numbers: bars lead from the baseline to the risk."""

import math
import re
from xml.etree import ElementTree

import pytest

from serving.assessment.assess import explain
from serving.pages.svg import WIDEST_GLYPH
from serving.pages.waterfall import (
    BARS_FROM,
    BARS_TO,
    LEAST,
    MOST_BARS,
    WIDTH,
    largest_reasons,
    reason_bars,
    waterfall,
)
from tests.serving.fitted import fitted_models, two_samples


def svg_tree(horizon):
    """The figure as an XML tree."""
    return ElementTree.fromstring(waterfall(horizon, "relapse"))


def horizon_of(n_reasons):
    """A horizon with n made-up reasons that add up."""
    steps = [(-1) ** i * (n_reasons - i) / 10 for i in range(n_reasons)]
    logit = -1.0 + sum(steps)
    reasons = [
        {"label": f"<Feature {i}>", "value_text": "1 %", "contribution": step}
        for i, step in enumerate(steps)
    ]
    risk = 1 / (1 + math.exp(-logit))
    return {
        "horizon": 180, "risk": risk, "baseline_logit": -1.0, "logit": logit, "reasons": reasons,
    }  # fmt: skip


@pytest.mark.parametrize("n_reasons", [0, 1, MOST_BARS, MOST_BARS + 5])
def test_bars_lead_from_baseline_to_risk(n_reasons):
    """Widths on one scale, right for raising and left for lowering, end where the risk lies."""
    horizon = horizon_of(n_reasons)
    tree = svg_tree(horizon)
    bars = [r for r in tree.iter("rect") if r.get("class") in ("up", "down")]
    assert len(bars) == min(n_reasons, MOST_BARS + 1)
    base = next(float(x.get("x1")) for x in tree.iter("line") if x.get("class") == "base")
    risk = next(float(x.get("x1")) for x in tree.iter("line") if x.get("class") == "risk")
    sign = {"up": 1, "down": -1}
    moved = sum(sign[bar.get("class")] * float(bar.get("width")) for bar in bars)
    assert base + moved == pytest.approx(risk, abs=1.5)
    if n_reasons:
        widest = max(bars, key=lambda bar: float(bar.get("width")))
        unit = float(widest.get("width")) / (n_reasons / 10)
        assert (risk - base) / unit == pytest.approx(horizon["logit"] + 1.0, abs=0.1)


def test_real_answer_is_small_and_says_it_in_words():
    """A fitted model's waterfall is 2-3 KB, within its frame, and titled for screen readers."""
    answer = explain(two_samples(), fitted_models(), "r")
    horizon = answer["endpoints"]["relapse"]["horizons"][1]
    markup = waterfall(horizon, "relapse")
    assert len(markup) < 4000 and "style=" not in markup
    tree = ElementTree.fromstring(markup)
    assert tree.get("role") == "img" and "within 180 days" in tree.find("title").text
    texts = [text.text or "" for text in tree.iter("text")]
    factors = [re.fullmatch(r"odds x (\S+)", text) for text in texts]
    shown = [float(found[1]) for found in factors if found]
    meant = [math.exp(contribution) for _, _, contribution in reason_bars(horizon["reasons"])]
    assert shown == pytest.approx(meant, abs=0.005)
    for box in tree.iter("rect"):
        assert (
            BARS_FROM
            <= float(box.get("x"))
            <= float(box.get("x")) + float(box.get("width"))
            <= BARS_TO
        )


def test_columns_never_meet():
    """Labels end left of the bars and factors begin right of them, at the widest glyphs."""
    name, value_text = "S100A8/A9 in monocytes: slope", "+0.24 on the log scale per 30 days"
    reasons = [{"label": name * 2, "value_text": value_text * 2, "contribution": 0.5}]
    horizon = horizon_of(0) | {"reasons": reasons, "logit": -0.5}
    for text in svg_tree(horizon).iter("text"):
        width = float(text.get("textLength") or len(text.text or "") * WIDEST_GLYPH)
        if text.get("text-anchor") == "end":
            assert WIDTH - width >= BARS_TO - 8 or text.get("class") == "strong"
        elif text.get("x") == "0" and text.get("class") != "strong":
            assert width <= BARS_FROM


def test_smaller_reasons_share_one_bar():
    """Reasons that read 'odds x 1.00' become one bar with their sum; none of them is drawn."""
    steps = [0.4, -0.2, *([LEAST / 2] * 20)]
    reasons = [
        {"label": f"f{i}", "value_text": "1 %", "contribution": s} for i, s in enumerate(steps)
    ]
    assert len(largest_reasons(reasons)) == 2
    bars = reason_bars(reasons)
    assert [label for label, _, _ in bars] == ["f0", "f1", "20 smaller reasons together"]
    assert math.fsum(c for _, _, c in bars) == pytest.approx(math.fsum(steps), abs=1e-12)
    assert largest_reasons(reasons[2:]) == []


def test_labels_are_escaped():
    """A label cannot become markup."""
    assert "<Feature" not in waterfall(horizon_of(2), "a & b")
