"""Incidence as stairs: true to the curve, one line a reading of transplant."""

import numpy as np

from tests.training.drawn import having, parsed
from training.charts.steps_svg import stairs, steps
from training.statistics.incidence import cumulative_incidence


def test_steps_have_a_band_and_a_line_a_rule() -> None:
    """The declared rule is thick with its band; the others are drawn by name."""
    rng = np.random.default_rng(0)
    curves = {
        rule: cumulative_incidence(rng.uniform(1, 300, 50), rng.integers(0, 3, 50), 1)
        for rule in ("ignored", "competing", "censoring")
    }
    root = parsed(steps("relapse", curves, "competing", 365.0))
    assert len(having(root, "step")) == 3
    assert len(having(root, "declared")) == len(having(root, "band")) == 1
    assert len(having(root, "dash")) == len(having(root, "dashdot")) == 1


def test_stairs_take_the_curves_value_between_events() -> None:
    """Read off its corners, the staircase equals the curve at any day."""
    rng = np.random.default_rng(1)
    curve = cumulative_incidence(rng.integers(1, 300, 60).astype(float), rng.integers(0, 3, 60), 1)
    when, value, _ = stairs(curve, 200.0)
    for day in rng.uniform(0, 200, 50):
        assert value[np.flatnonzero(when <= day)[-1]] == curve.at(day)[0]
