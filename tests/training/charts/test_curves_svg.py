"""Step curves: incidence equals its estimate, one line a transplant rule; lead curves fall."""

import numpy as np

from tests.training.svg_parts import having, parsed
from training.charts.curves_svg import LONGEST_LEAD, incidence_curves, lead_curves, step_corners
from training.statistics.lead_time import VisitScores, warnings_of
from training.statistics.survival.incidence import cumulative_incidence


def test_incidence_has_a_band_and_a_line_a_rule() -> None:
    """The declared rule is thick with its band; the others have styles of their own."""
    rng = np.random.default_rng(0)
    curves = {
        rule: cumulative_incidence(rng.uniform(1, 300, 50), rng.integers(0, 3, 50), 1)
        for rule in ("ignored", "competing", "censoring")
    }
    root = parsed(incidence_curves("relapse", curves, "competing", 365.0))
    assert len(having(root, "step")) == 3
    assert len(having(root, "declared")) == len(having(root, "band")) == 1
    assert len(having(root, "dash")) == len(having(root, "dashdot")) == 1


def test_steps_keep_the_curves_value_between_events() -> None:
    """Read off its corners, the step curve equals the estimate at any day."""
    rng = np.random.default_rng(1)
    curve = cumulative_incidence(rng.integers(1, 300, 60).astype(float), rng.integers(0, 3, 60), 1)
    days, value, _ = step_corners(curve, 200.0)
    for day in rng.uniform(0, 200, 50):
        assert value[np.flatnonzero(days <= day)[-1]] == curve.at(day)[0]


def _warnings(lead: float):
    """Forty patients, ten of whom relapse on day 100 and rise `lead` days before."""
    patient, event = np.arange(40), np.where(np.arange(40) < 10, 100.0, np.nan)
    day = np.full(40, 100.0 - lead)
    score = np.where(patient < 10, 9.0, np.linspace(0, 1, 40))
    return warnings_of(VisitScores(patient, day, score, event), draws=2)


def test_lead_curves_fall_at_the_lead() -> None:
    """Warnings 60 days before are drawn high up to day 60 and at the bottom after it."""
    root = parsed(lead_curves("x", [("a", _warnings(60.0)), ("b", _warnings(20.0))]))
    first, second = having(root, "step")
    points = [tuple(map(float, p.split(","))) for p in first.get("points").split()]
    assert len(points) == LONGEST_LEAD + 1
    assert points[0][1] == points[60][1] < points[61][1] == points[-1][1]
    assert "declared" in first.get("class") and "dash" in second.get("class")
