"""Sections of performance that internal and external validation share."""

import numpy as np

from tests.training.evaluation.at_risk_by_hand import at_risk_of
from training.cohort.labels import label
from training.evaluation.performance import incidence_by_third


def test_thirds_are_ordered_by_risk() -> None:
    """If risk is right, the high third has the most events."""
    labels = label(at_risk_of([200.0] * 6 + [10.0] * 3, [0] * 6 + [1] * 3), "relapse", 180)
    low, middle, high = incidence_by_third(np.arange(9.0), labels)
    assert (low["at_horizon"]["value"], middle["at_horizon"]["value"]) == (0.0, 0.0)
    assert (high["third"], high["n"], high["at_horizon"]["value"]) == ("high", 3, 1.0)
