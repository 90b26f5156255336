"""Lead time as curves: they begin at the share warned and fall."""

import numpy as np

from tests.training.drawn import having, parsed
from training.charts.lead_svg import LAST, lead_curves
from training.statistics.lead_time import warnings_of


def _warned(lead: float):
    """Forty patients, ten of whom relapse on day 100 and rise `lead` days before."""
    patient, event = np.arange(40), np.where(np.arange(40) < 10, 100.0, np.nan)
    day = np.full(40, 100.0 - lead)
    score = np.where(patient < 10, 9.0, np.linspace(0, 1, 40))
    return warnings_of(patient, day, score, event, draws=2)


def test_curves_fall_at_the_lead() -> None:
    """Who warned 60 days before is drawn high up to day 60 and at the floor after it."""
    root = parsed(lead_curves("x", [("a", _warned(60.0)), ("b", _warned(20.0))]))
    first, second = having(root, "step")
    points = [tuple(map(float, p.split(","))) for p in first.get("points").split()]
    assert len(points) == LAST + 1
    assert points[0][1] == points[60][1] < points[61][1] == points[-1][1]
    assert "declared" in first.get("class") and "dash" in second.get("class")
