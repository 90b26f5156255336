"""Shares and sign test against scipy's binomial test."""

import math

import numpy as np
import pytest
from scipy.stats import binomtest

from training.statistics.proportions import rises, share


@pytest.mark.parametrize(("k", "n"), [(0, 4), (7, 7), (5, 9), (60, 90), (10, 20)])
def test_p_and_interval_are_scipys(k: int, n: int) -> None:
    """Two-sided p and exact interval are those of scipy; the smallest p is that of 0 of n."""
    expected, found = binomtest(k, n), share(k, n)
    interval = expected.proportion_ci(method="exact")
    assert found.p == pytest.approx(expected.pvalue)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high))
    assert found.smallest_p == pytest.approx(binomtest(0, n).pvalue)


def test_nobody_says_nothing() -> None:
    """Without patients nothing is defined."""
    assert math.isnan(share(0, 0).share) and math.isnan(share(0, 0).p)


def test_rises_counts_patients_who_changed() -> None:
    """A rise counts for, a fall against, an unchanged value not at all."""
    found = rises(np.array([1.0, 2, 3, 4]), np.array([2.0, 1, 3, 5]))
    assert (found.n_with, found.n) == (2, 3)
