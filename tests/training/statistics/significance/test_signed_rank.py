"""The signed-rank test against scipy, R's example and all 2^n signs."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import rankdata, wilcoxon

from training.statistics.significance.signed_rank import LEAST_PATIENTS, signed_rank

# R: x <- c(1.83, .50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30)
#    y <- c(.878, .647, .598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29)
#    wilcox.test(x, y, paired = TRUE): p-value = 0.03906 (Hollander & Wolfe 1973, depression)
BEFORE = np.array([1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30])
AFTER = np.array([0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29])

CHANGES = st.lists(st.integers(-6, 6), min_size=1, max_size=9).map(lambda v: np.array(v, float))


def test_r_and_scipy_agree() -> None:
    """The textbook example has R's p and scipy's exact p."""
    result = signed_rank(BEFORE - AFTER)
    assert result.p == pytest.approx(0.03906, abs=5e-6)
    assert result.p == pytest.approx(wilcoxon(BEFORE, AFTER, method="exact").pvalue)
    assert result.shift == pytest.approx(0.46)
    assert result.low < result.shift < result.high


@given(CHANGES)
def test_ties_are_exact(change: np.ndarray) -> None:
    """With ties, p is the share of all 2^n signs that are at least as extreme."""
    nonzero = change[change != 0]
    if nonzero.size == 0:
        assert signed_rank(change).p == 1.0
        return
    ranks = rankdata(np.abs(nonzero))
    observed = ranks[nonzero > 0].sum()
    sums = np.array([ranks @ np.array(s) for s in product((0, 1), repeat=nonzero.size)])
    tail = min((sums <= observed).mean(), (sums >= observed).mean())
    assert signed_rank(change).p == pytest.approx(min(1.0, 2 * tail))


@given(CHANGES)
def test_exchanging_before_and_after_changes_signs(change: np.ndarray) -> None:
    """Before and after exchanged: same p, opposite shift and interval."""
    one, other = signed_rank(change), signed_rank(-change)
    np.testing.assert_allclose(
        [one.p, one.shift, one.low, one.high], [other.p, -other.shift, -other.high, -other.low]
    )


def test_the_interval_covers() -> None:
    """95 % intervals of 400 cohorts of ten patients hold the true shift in at least 93 %."""
    rng = np.random.default_rng(0)
    results = [signed_rank(rng.standard_t(4, 10) + 0.7) for _ in range(400)]
    assert np.mean([one.low <= 0.7 <= one.high for one in results]) > 0.93


def test_few_patients_show_nothing() -> None:
    """Five patients cannot reach 0.05, six can; an interval needs six too."""
    five, six = (signed_rank(np.arange(1.0, n + 1)) for n in (5, LEAST_PATIENTS))
    assert five.p == five.smallest_p > 0.05 > six.p == six.smallest_p
    assert np.isnan(five.low)
    assert six.low == 1.0
    assert signed_rank(np.empty(0)).n == 0
