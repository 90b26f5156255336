"""The gauge and the trends lie where their numbers say."""

from xml.etree import ElementTree

import pytest

from serving.pages.risk_figures import EDGE, GAUGE_WIDTH, gauge, trend
from tests.serving.fitted import two_samples


def horizon(risk, low, high, prevalence=0.3):
    """One horizon's numbers."""
    interval = {"low": low, "high": high}
    return {"risk": risk, "stability_interval": interval, "prevalence": prevalence}


@pytest.mark.parametrize("risk", [0.0, 0.23, 1.0])
def test_gauge_is_linear(risk):
    """The dot lies at its share of the line, the interval around it, the cohort beside it."""
    tree = ElementTree.fromstring(gauge(horizon(risk, risk / 2, (1 + risk) / 2)))
    share = (float(tree.find("circle").get("cx")) - EDGE) / (GAUGE_WIDTH - 2 * EDGE)
    assert share == pytest.approx(risk, abs=0.001)
    line = next(x for x in tree.iter("line") if x.get("class") == "prevalence")
    assert float(line.get("x1")) == pytest.approx(EDGE + 0.3 * (GAUGE_WIDTH - 2 * EDGE), abs=0.1)
    box = next(x for x in tree.iter("rect") if x.get("class") == "interval")
    left = (float(box.get("x")) - EDGE) / (GAUGE_WIDTH - 2 * EDGE)
    assert left == pytest.approx(risk / 2, abs=0.001)


def points(name, rows):
    """The dots' coordinates and the number of lines between them."""
    tree = ElementTree.fromstring(trend(name, rows))
    dots = [(float(c.get("cx")), float(c.get("cy"))) for c in tree.iter("circle")]
    return dots, sum(x.get("class") == "course" for x in tree.iter("line"))


def test_trend_follows_days_and_values():
    """Later lies to the right, more lies higher, whatever the order in which samples came."""
    rows = [{"day": d, "monocyte_fraction": v} for d, v in ((28, 0.02), (-5, 0.2), (14, 0.1))]
    dots, lines = points("monocyte_fraction", rows)
    assert lines == 2 and dots == sorted(dots)
    assert [y for _, y in dots] == sorted(y for _, y in dots)
    assert (dots[1][0] - dots[0][0]) / (dots[2][0] - dots[0][0]) == pytest.approx(19 / 33, abs=0.01)


def test_a_gap_stays_a_gap():
    """No line runs over a sample in which the feature was not measured."""
    rows = two_samples()
    dots, lines = points("s100a8a9_monocyte", rows)
    assert (len(dots), lines) == (1, 0)
    empty = [row | {"s100a8a9_monocyte": float("nan")} for row in rows]
    assert "not measured" in trend("s100a8a9_monocyte", empty)
    assert "not measured" in trend("s100a8a9_monocyte", [])


@pytest.mark.parametrize("value", [0.0, 1.0, 0.17])
def test_one_sample_is_a_point_inside_the_frame(value):
    """A single value, also an extreme one, is drawn."""
    (dot,), _ = points("cd7neg_t_fraction", [{"day": 28, "cd7neg_t_fraction": value}])
    assert 0 < dot[0] < 320 and 0 < dot[1] < 170
