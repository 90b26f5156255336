"""Counts of patients: every number is in the flow diagram; bars are shares."""

import numpy as np
import pytest

from tests.training.evaluation.at_risk_by_hand import at_risk_of
from tests.training.svg_parts import having, parsed
from training.charts.counts_svg import flow_picture, grade_bars, outcome_steps
from training.cohort.labels import label


def test_the_flow_diagram_holds_every_number(seeded) -> None:
    """All steps of the flow stand in the picture."""
    relapse = label(seeded.at_risk, "relapse", 180)
    text = " ".join(parsed(flow_picture(seeded.at_risk.flow, relapse)).itertext())
    for step in seeded.at_risk.flow:
        assert f"{step.n} {step.reason}" in text


def test_outcomes_are_counted_once_and_agree_with_the_labels() -> None:
    """Followed through the last day is no event; a day less is lost to follow-up."""
    at_risk = at_risk_of([10, 180, 180, 179, 300, 90], [1, 1, 0, 0, 0, 3])
    relapse = label(at_risk, "relapse", 180)
    counts = {step.reason: step.n for step in outcome_steps(relapse)}
    assert counts == {"relapse": 2, "fatal infection": 0, "other death": 1, "no event": 2,
                      "lost to follow-up": 1}  # fmt: skip
    assert counts["lost to follow-up"] == np.isnan(relapse.y).sum()


def test_bars_are_shares() -> None:
    """Heights of a bar's parts are the grades' shares, and the number above is of patients."""
    counts = np.array([[1.0, 0, 0, 0, 3], [2, 2, 0, 0, 0]])
    root = parsed(grade_bars("x", ["0-7", "8-14"], counts))
    heights = [float(node.get("height")) for node in having(root, "grade")]
    total = heights[0] + heights[1]
    assert heights[1] / total == pytest.approx(0.75, abs=0.01)
    assert [n.text for n in having(root, "mid")].count("4") == 2
