"""The picture shows the numbers: bars lead from the baseline to the risk."""

import math
import re
from xml.etree import ElementTree

import pytest

from serving.assess import explain
from serving.waterfall import MOST_BARS, waterfall
from tests.serving.fitted import fitted_models, two_samples


def drawn(horizon):
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
    tree = drawn(horizon)
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
    texts = [text.text for text in tree.iter("text")]
    assert any("not measured" in text for text in texts)
    factors = [re.fullmatch(r"odds x (\S+)", text) for text in texts]
    shown = [float(found[1]) for found in factors if found]
    meant = [math.exp(reason["contribution"]) for reason in horizon["reasons"]]
    assert shown == pytest.approx(meant, abs=0.005)
    for box in tree.iter("rect"):
        assert 0 <= float(box.get("x")) <= float(box.get("x")) + float(box.get("width")) <= 420


def test_labels_are_escaped():
    """A label cannot become markup."""
    assert "<Feature" not in waterfall(horizon_of(2), "a & b")
