"""Likelihoods of cells against scipy's negative binomials."""

import numpy as np
import pytest
from scipy.stats import nbinom

from features.subsets.component_likelihoods import KNOTS, MOST_UMIS, cell_likelihoods
from features.subsets.share_kernel import LEAST_LIKELIHOOD

RATES = np.array([[2.0, 0.1, 0.5], [0.1, 9.0, 12.0]])
SIZES = np.array([[2.0, 0.5, 1.0], [0.5, 3.0, 2.0]])
DEPTHS = np.geomspace(0.01, 15.0, KNOTS)


def test_likelihoods_are_those_of_negative_binomials() -> None:
    """Relative to the best component they equal scipy's probabilities at tabulated depths."""
    rng = np.random.default_rng(0)
    depth = DEPTHS[rng.integers(60, 200, 60)]
    counts = rng.poisson(depth[:, None] * [3.0, 6.0]).astype(np.int32)
    cells = cell_likelihoods(counts, depth, RATES, SIZES)
    mean = depth[:, None, None] * RATES
    logs = nbinom.logpmf(counts[:, :, None], SIZES, SIZES / (SIZES + mean)).sum(axis=1)
    expected = np.exp(logs - logs.max(axis=1, keepdims=True)) + LEAST_LIKELIHOOD
    np.testing.assert_allclose(cells.densities, expected, rtol=1e-9)


def test_depths_between_and_beyond_the_table_take_the_nearest() -> None:
    """A depth is read within 1.5 %, one outside at the table's end."""
    depth = np.array([0.001, 0.1234, 90.0])
    cells = cell_likelihoods(np.zeros((3, 2), np.int32), depth, RATES, SIZES)
    assert DEPTHS[cells.knot] == pytest.approx([0.01, 0.1234, 15.0], rel=0.015)


def test_huge_counts_stay_finite() -> None:
    """A count of a million reads as the greatest tabulated one."""
    huge, most = (
        cell_likelihoods(np.array([[k, 0]], np.int32), np.array([0.1]), RATES, SIZES).densities
        for k in (1_000_000, MOST_UMIS)
    )
    assert np.isfinite(huge).all()
    np.testing.assert_array_equal(huge, most)
