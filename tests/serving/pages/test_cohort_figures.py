"""The cohort page's figures lie where their numbers say."""

from itertools import pairwise
from xml.etree import ElementTree

import pytest

from serving.pages.cohort_figures import (
    BOTTOM,
    EDGE,
    LEFT,
    LINE,
    RIGHT,
    TOP,
    calibration,
    incidence,
    tenth,
    warning,
)
from tests.serving.cohorts import cohort_numbers


def of_class(tree, tag, kind):
    """Elements of a kind."""
    return [x for x in tree.iter(tag) if x.get("class") == kind]


def number(element, name):
    """A coordinate."""
    return float(element.get(name))


def test_calibration_points_are_to_scale():
    """Each group's dot lies at its risk and share, the line through it spans its interval."""
    found = cohort_numbers()["calibration"]
    tree = ElementTree.fromstring(calibration(found, "relapse"))
    top = tenth(max(max(g["risk"], g["high"]) for g in found["groups"]))
    dots, lines = of_class(tree, "circle", "point"), of_class(tree, "line", "whisker")
    assert len(dots) == len(lines) == len(found["groups"]) == 10
    for dot, line, group in zip(dots, lines, found["groups"], strict=True):
        across = (number(dot, "cx") - LEFT) / (RIGHT - LEFT) * top
        assert across == pytest.approx(group["risk"], abs=0.002)
        for name, end in (("cy", "observed"),):
            up = (BOTTOM - number(dot, name)) / (BOTTOM - TOP) * top
            assert up == pytest.approx(group[end], abs=0.002)
        ends = [(BOTTOM - number(line, y)) / (BOTTOM - TOP) * top for y in ("y1", "y2")]
        assert ends == pytest.approx([group["low"], group["high"]], abs=0.002)
    (ideal,) = of_class(tree, "line", "step")
    assert [number(ideal, x) for x in ("x1", "y1", "x2", "y2")] == [LEFT, BOTTOM, RIGHT, TOP]


def test_a_suppressed_curve_is_one_point():
    """Only all patients together are drawn."""
    tree = ElementTree.fromstring(calibration(cohort_numbers(90)["calibration"], "relapse"))
    assert len(of_class(tree, "circle", "point")) == 1


def test_incidence_rises_and_its_names_do_not_collide():
    """Three curves through every shown day, none falling; names at least a line apart."""
    groups = cohort_numbers()["incidence"]["groups"]
    tree = ElementTree.fromstring(incidence(groups, "relapse", 28))
    curves = list(tree.iter("polyline"))
    assert [c.get("class") for c in curves] == ["third-low", "third-middle", "third-high"]
    for curve, group in zip(curves, groups, strict=True):
        places = [tuple(map(float, p.split(","))) for p in curve.get("points").split()]
        assert len(places) == len(group["days"]) and places == sorted(places)
        assert [y for _, y in places] == sorted((y for _, y in places), reverse=True)
    names = sorted(number(x, "y") for x in tree.iter("text") if "third" in (x.text or ""))
    assert len(names) == 3
    same = [groups[0] | {"third": g["third"]} for g in groups]
    tree = ElementTree.fromstring(incidence(same, "relapse", 28))
    names = sorted(number(x, "y") for x in tree.iter("text") if "third" in (x.text or ""))
    assert min(b - a for a, b in pairwise(names)) >= LINE


def test_warning_bars_span_the_middle_half():
    """The bar runs from the first to the third quartile, the line stands at the median."""
    found = [{"false_alarms": 0.1, "warned": 20, "days": [30, 60, 90]},
             {"false_alarms": 0.17, "warned": 3, "days": None}]  # fmt: skip
    tree = ElementTree.fromstring(warning(found, "40 relapses", 180))
    (bar,), (median,) = of_class(tree, "rect", "interval"), of_class(tree, "line", "base")
    scale = (RIGHT - EDGE) / 180
    assert number(bar, "x") == pytest.approx(EDGE + 30 * scale, abs=0.1)
    assert number(bar, "width") == pytest.approx(60 * scale, abs=0.1)
    assert number(median, "x1") == pytest.approx(EDGE + 60 * scale, abs=0.1)
    texts = " ".join(x.text or "" for x in tree.iter("text"))
    assert "17 of 100 false alarms: 3 of 40 relapses warned" in texts
    assert "20 of 40 relapses warned" in texts and "too few patients to show their days" in texts


def test_figures_are_read_aloud():
    """Each has a title and a description with its numbers."""
    cohort = cohort_numbers()
    for figure in (
        calibration(cohort["calibration"], "relapse"),
        incidence(cohort["incidence"]["groups"], "relapse", 28),
        warning(cohort["warned"]["at"], "80 relapses", 180),
    ):
        tree = ElementTree.fromstring(figure)
        assert tree.get("role") == "img" and tree.find("title").text
        assert any(c.isdigit() for c in tree.find("desc").text)
