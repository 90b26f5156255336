"""Two groups beside each other: every patient, medians, stars."""

import numpy as np

from tests.training.drawn import having, parsed
from training.charts.groups_svg import by_window, strips
from training.study.biomarkers.divergence import gap


def test_strips_show_every_patient_and_the_medians() -> None:
    """A dot a patient; the group's median line stands above where its values are higher."""
    groups = [("relapsed", np.array([3.0, 4.0, 5.0])), ("others", np.array([1.0, 2.0]))]
    root = parsed(strips("a < b", groups))
    assert len(having(root, "each")) == 5
    event, rest = (float(having(root, kind)[-1].get("y1")) for kind in ("event", "rest"))
    assert event < rest


def test_strips_without_anybody_in_a_group_or_with_one_value() -> None:
    """An empty group is an empty place; equal values do not divide by zero."""
    parsed(strips("x", [("a", np.array([])), ("b", np.array([2.0, 2.0]))]))


def test_windows_of_both_groups(seeded) -> None:
    """Two medians a window; stars only where the corrected p is at most 5 %."""
    found = gap(seeded, "amc", "fatal_infection")
    root = parsed(by_window("x", found))
    assert len([n for n in root.iter() if n.tag == "circle"]) == 2 * len(found)
    assert len(having(root, "star")) == (found["p_holm"] <= 0.05).sum()
    starred = by_window("x", found.assign(p_holm=0.01))
    assert len(having(parsed(starred), "star")) == len(found)
