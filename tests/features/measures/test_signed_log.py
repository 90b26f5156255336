"""Signed logarithm and the interval formed before it."""

import math

import numpy as np
import pytest

from features.measures.signed_log import (
    MAX_WIDTH,
    IntervalEstimate,
    signed_log1p,
    signed_log_estimate,
)


def test_the_scale_is_odd() -> None:
    """Levels above and below zero are mirrored, exact for positive ones."""
    assert signed_log1p(-3.0) == -signed_log1p(3.0) == pytest.approx(-math.log(4))


@pytest.mark.parametrize("truth", [0.0, 2.0, 20.0])
def test_the_interval_keeps_its_coverage(truth: float) -> None:
    """Of 4,000 normal estimates 90 % hold the truth, as on the linear scale."""
    estimates = truth + 8.0 * np.random.default_rng(1).standard_normal(4000)
    ends = [signed_log_estimate(x, 8.0) for x in estimates]
    inside = [estimate.low <= signed_log1p(truth) <= estimate.high for estimate in ends]
    assert np.mean(inside) == pytest.approx(0.90, abs=0.015)


def test_a_small_error_is_that_of_linearisation() -> None:
    """Far from zero, se / (1 + |x|)."""
    for x in (-50.0, 50.0):
        assert signed_log_estimate(x, 0.5).se == pytest.approx(0.5 / 51, rel=1e-3)


def test_too_wide_withholds_value_and_error_alone() -> None:
    """Just under the limit there is a value, just over it the ends alone."""
    edge = math.expm1(MAX_WIDTH / 2) / 1.645
    narrow, wide = (signed_log_estimate(0.0, edge * factor) for factor in (0.99, 1.01))
    assert narrow.value == 0.0
    assert narrow.se == pytest.approx(MAX_WIDTH / 2 / 1.645, rel=0.01)
    assert math.isnan(wide.value)
    assert math.isnan(wide.se)
    assert wide.high == -wide.low > MAX_WIDTH / 2


def test_missing_is_missing_throughout() -> None:
    """Without an estimate there are no ends either."""
    assert all(math.isnan(value) for value in IntervalEstimate().columns("x").values())
    assert list(IntervalEstimate().columns("x")) == ["x", "x_se", "x_low", "x_high"]
