"""Dot plots: a dot a patient, medians, stars; lines before and after."""

import numpy as np

from tests.training.svg_parts import having, parsed
from training.charts.patients_svg import before_after, dot_strips, group_medians
from training.study.biomarkers.divergence import divergence


def test_strips_show_every_patient_and_the_medians() -> None:
    """A dot a patient; the median line of the group with higher values is the upper one."""
    groups = [("relapsed", np.array([3.0, 4.0, 5.0])), ("others", np.array([1.0, 2.0]))]
    root = parsed(dot_strips("a < b", groups))
    assert len(having(root, "each")) == 5
    event, rest = (float(having(root, kind)[-1].get("y1")) for kind in ("event", "rest"))
    assert event < rest


def test_strips_without_anybody_in_a_group_or_with_one_value() -> None:
    """An empty group is an empty column; equal values do not divide by zero."""
    parsed(dot_strips("x", [("a", np.array([])), ("b", np.array([2.0, 2.0]))]))


def test_windows_of_both_groups(seeded) -> None:
    """Two medians a window; stars only where the corrected p is at most 5 %."""
    windows = divergence(seeded, "amc", "fatal_infection")
    root = parsed(group_medians("x", windows))
    assert len([n for n in root.iter() if n.tag == "circle"]) == 2 * len(windows)
    assert len(having(root, "star")) == (windows["p_holm"] <= 0.05).sum()
    with_stars = group_medians("x", windows.assign(p_holm=0.01))
    assert len(having(parsed(with_stars), "star")) == len(windows)


def test_at_most_sixty_pairs_are_drawn() -> None:
    """At most sixty lines; the median line is that of all patients."""
    rng = np.random.default_rng(0)
    before = rng.normal(size=200)
    root = parsed(before_after("x", before, before + 1, ("before", "after")))
    assert len(having(root, "one")) == 60
    (median,) = having(root, "median")
    start, end = (float(point.split(",")[1]) for point in median.get("points").split())
    assert end < start
