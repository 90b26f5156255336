"""Instability measures by hand."""

import numpy as np

from training.evaluation.prediction_instability import instability


def test_by_hand() -> None:
    """Two patients, refits that move by 0.1 and by nothing."""
    risk = np.array([0.3, 0.6])
    refits = np.array([[0.2, 0.4, 0.2, 0.4], [0.6, 0.6, 0.6, 0.6]])
    got = instability(risk, refits, (0.35, 0.5))
    assert got["refits"] == 4
    np.testing.assert_allclose(got["mean_absolute_difference"], 0.05)
    assert got["changed_decision"] == [
        {"threshold": 0.35, "share": 0.25},
        {"threshold": 0.5, "share": 0.0},
    ]
    assert got["patients"][1] == {"risk": 0.6, "low": 0.6, "high": 0.6}


def test_equal_refits_are_stable() -> None:
    """No spread, no width."""
    risk = np.linspace(0.1, 0.9, 5)
    got = instability(risk, np.repeat(risk[:, None], 7, axis=1), (0.5,))
    assert got["median_width"] == 0.0
    assert got["mean_absolute_difference"] == 0.0
