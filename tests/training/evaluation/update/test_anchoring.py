"""Shifts of intercepts: mean risks become those observed, and stay coherent."""

import numpy as np
import pytest

from features.arrays import Floats
from models.accumulated_risk import cumulative_risks
from training.evaluation.update.anchoring import LARGEST_SHIFT, event_shifts, onset_shift


def _model(seed: int, n: int = 200, events: int = 3) -> tuple[Floats, Floats]:
    rng = np.random.default_rng(seed)
    return rng.normal(-2.0, 0.7, (3, events)), rng.normal(0.0, 0.8, (n, events))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("column", [0, 1, 2])
def test_mean_risks_are_the_targets(seed: int, column: int) -> None:
    """Each event's mean risk at the judged interval is hit, from half to three times the old."""
    intercepts, predictors = _model(seed)
    before = cumulative_risks(intercepts, predictors)[:, column].mean(axis=0)
    target = np.minimum(before * np.array([0.5, 1.0, 3.0]), 0.3)
    shifts = event_shifts(intercepts, predictors, target, np.full(3, True), column)
    after = cumulative_risks(intercepts + shifts, predictors)
    np.testing.assert_allclose(after[:, column].mean(axis=0), target, atol=1e-8)
    assert (np.diff(after, axis=1) >= 0).all()
    assert (after.sum(axis=2) <= 1).all()


def test_nothing_to_do() -> None:
    """Where the risks are right already, no shift."""
    intercepts, predictors = _model(7)
    target = cumulative_risks(intercepts, predictors)[:, 1].mean(axis=0)
    shifts = event_shifts(intercepts, predictors, target, np.full(3, True), 1)
    np.testing.assert_allclose(shifts, 0.0, atol=1e-7)


def test_rare_events_move_with_all_events() -> None:
    """An event without a shift of its own gets that at which all events together fit."""
    intercepts, predictors = _model(3)
    before = cumulative_risks(intercepts, predictors)[:, 1].mean(axis=0)
    target = np.array([before[0] / 2, before[1] / 2, 0.0])
    shifts = event_shifts(intercepts, predictors, target, np.array([True, True, False]), 1)
    assert np.isfinite(shifts).all()
    common = shifts[2]
    together = cumulative_risks(intercepts + common, predictors)[:, 1].sum(axis=1).mean()
    assert together == pytest.approx(target.sum())
    after = cumulative_risks(intercepts + shifts, predictors)[:, 1].mean(axis=0)
    np.testing.assert_allclose(after[:2], target[:2], atol=1e-8)
    assert 0 < after[2] < before[2]


def test_the_onset_fills_what_the_contained_event_leaves() -> None:
    """The endpoint's mean is the target; below the contained event alone the onset vanishes."""
    intercepts, predictors = _model(5)
    in_endpoint = np.array([0.0, 1.0, 1.0])
    contained = cumulative_risks(intercepts[:, :2], predictors[:, :2])[:, 1, 1].mean()
    shift = onset_shift(intercepts, predictors, in_endpoint, contained + 0.1, 1)
    moved = intercepts + shift * np.array([0.0, 0.0, 1.0])
    mean = (cumulative_risks(moved, predictors)[:, 1] @ in_endpoint).mean()
    assert mean == pytest.approx(contained + 0.1, abs=1e-9)
    assert onset_shift(intercepts, predictors, in_endpoint, contained / 2, 1) == -LARGEST_SHIFT
