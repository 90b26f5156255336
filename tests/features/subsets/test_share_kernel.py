"""Compiled loops of the mixture against plain array arithmetic."""

import numpy as np
import pytest

from features.arrays import Floats
from features.subsets.component_likelihoods import KNOTS, CellLikelihoods, cell_likelihoods
from features.subsets.share_kernel import (
    score_and_curvature,
    score_rate_derivative,
)

RATES = np.array([[2.0, 0.1, 0.5], [0.1, 9.0, 12.0]])
SIZES = np.array([[2.0, 0.5, 1.0], [0.5, 3.0, 2.0]])
SHARES = np.array([0.5, 0.3, 0.2])


def some_cells() -> CellLikelihoods:
    """Forty cells of two gene sets at depths that lie on knots of the tables."""
    rng = np.random.default_rng(0)
    knots = np.geomspace(0.01, 15.0, KNOTS)
    depth = knots[rng.integers(60, 140, 40)]
    counts = rng.poisson(depth[:, None] * [3.0, 6.0]).astype(np.int32)
    return cell_likelihoods(counts, depth, RATES, SIZES)


def depths_of(cells: CellLikelihoods) -> Floats:
    """Depths of the cells' knots."""
    return np.geomspace(0.01, 15.0, KNOTS)[cells.knot]


def test_score_and_curvature_are_the_means_of_ratios() -> None:
    """Value, gradient and second derivative equal those of numpy."""
    densities = some_cells().densities
    score, curvature = np.empty(3), np.empty((3, 3))
    value = score_and_curvature(densities, SHARES, score, curvature)
    f = densities @ SHARES
    ratio = densities / f[:, None]
    assert value == pytest.approx(np.log(f).mean())
    np.testing.assert_allclose(score, ratio.mean(axis=0))
    np.testing.assert_allclose(curvature, ratio.T @ ratio / len(f))


def test_derivative_by_the_rates_is_that_of_moved_rates() -> None:
    """It equals the change of the score when one set's rates change by a ten-thousandth."""
    cells, step = some_cells(), 1e-4
    derivative = np.empty(RATES.shape)
    score_rate_derivative(*cells, SHARES, derivative)
    depth = depths_of(cells)
    for i in range(2):
        scores = []
        for sign in (1, -1):
            rates = RATES.copy()
            rates[i] *= np.exp(sign * step)
            moved = cell_likelihoods(cells.counts, depth, rates, SIZES)
            scores.append((moved.densities / (moved.densities @ SHARES)[:, None]).mean(axis=0))
        np.testing.assert_allclose((scores[0] - scores[1]) / (2 * step), derivative[i], atol=1e-5)
