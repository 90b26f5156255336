"""Proportions and sign test against scipy's binomial test."""

import math

import numpy as np
import pytest
from scipy.stats import binomtest

from training.statistics.significance.proportions import proportion_test, sign_test


@pytest.mark.parametrize(("k", "n"), [(0, 4), (7, 7), (5, 9), (60, 90), (10, 20)])
def test_p_and_interval_are_scipys(k: int, n: int) -> None:
    """Two-sided p and exact interval are those of scipy; the smallest p is that of 0 of n."""
    expected, result = binomtest(k, n), proportion_test(k, n)
    interval = expected.proportion_ci(method="exact")
    assert result.p == pytest.approx(expected.pvalue)
    assert (result.low, result.high) == pytest.approx((interval.low, interval.high))
    assert result.smallest_p == pytest.approx(binomtest(0, n).pvalue)


def test_without_patients_it_is_undefined() -> None:
    """Without patients nothing is defined."""
    assert math.isnan(proportion_test(0, 0).estimate) and math.isnan(proportion_test(0, 0).p)


def test_sign_test_counts_patients_who_changed() -> None:
    """A rise counts for, a fall against, an unchanged value not at all."""
    result = sign_test(np.array([1.0, 2, 3, 4]), np.array([2.0, 1, 3, 5]))
    assert (result.n_with, result.n) == (2, 3)
