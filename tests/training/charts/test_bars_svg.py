"""Bars of grades: heights are shares."""

import numpy as np
import pytest

from tests.training.drawn import having, parsed
from training.charts.bars_svg import stacked_bars


def test_bars_are_shares() -> None:
    """Heights of a bar's parts are the grades' shares, and the number above is of patients."""
    counts = np.array([[1.0, 0, 0, 0, 3], [2, 2, 0, 0, 0]])
    root = parsed(stacked_bars("x", ["0-7", "8-14"], counts))
    heights = [float(node.get("height")) for node in having(root, "grade")]
    whole = heights[0] + heights[1]
    assert heights[1] / whole == pytest.approx(0.75, abs=0.01)
    assert [n.text for n in having(root, "mid")].count("4") == 2
