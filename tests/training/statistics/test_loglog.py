"""The interval of an incidence: within bounds, and the textbook's value."""

import numpy as np
import pytest

from training.statistics.loglog import interval


def test_interval_stays_within_bounds() -> None:
    """Whatever the error, the interval holds its value and stays between 0 and 1."""
    p, se = np.meshgrid(np.linspace(0, 1, 21), [0.0, 0.01, 0.3])
    low, high = interval(p.ravel(), se.ravel())
    assert ((low >= 0) & (low <= p.ravel()) & (p.ravel() <= high) & (high <= 1)).all()


def test_interval_is_symmetric_in_log_minus_log() -> None:
    """On the scale of log(-log F) both ends are 1.96 standard errors away (delta method)."""
    low, high = interval(np.array([0.3]), np.array([0.05]))
    middle, se = np.log(-np.log(0.3)), 0.05 / (0.3 * abs(np.log(0.3)))
    ends = np.log(-np.log([low[0], high[0]]))
    assert ends == pytest.approx([middle + 1.96 * se, middle - 1.96 * se])
