"""The maximum over shares against many slow steps, and a component for one cell."""

import numpy as np
import pytest

from features.arrays import Floats
from features.subsets.share_maximum import maximum_likelihood


def slow_maximum(densities: Floats, steps: int = 20_000) -> Floats:
    """Expectation-maximisation until nothing moves."""
    shares = np.full(densities.shape[1], 1 / densities.shape[1])
    for _ in range(steps):
        ratio = densities / (densities @ shares)[:, None]
        shares = shares * ratio.mean(axis=0)
    return shares


@pytest.mark.parametrize("seed", range(4))
def test_the_maximum_is_that_of_expectation_maximisation(seed: int) -> None:
    """Few steps reach the likelihood of twenty thousand slow ones, with components at 0 too."""
    rng = np.random.default_rng(seed)
    densities = rng.gamma(0.3, 1.0, (200, 5)) + 1e-9
    densities[:, 4] *= 1e-3
    densities /= densities.max(axis=1, keepdims=True)
    shares, slow = maximum_likelihood(densities), slow_maximum(densities)
    gain = np.log(densities @ slow).sum() - np.log(densities @ shares).sum()
    assert gain < 1e-3
    np.testing.assert_allclose(shares, slow, atol=2e-3)
    assert shares.sum() == pytest.approx(1)


def test_a_single_cell_that_only_a_rare_component_explains_counts() -> None:
    """A component that starts out dropped comes back for one cell in a thousand."""
    densities = np.tile([1.0, 0.2, 1e-9], (1000, 1))
    densities[:300] = [0.2, 1.0, 1e-9]
    densities[0] = [1e-9, 1e-9, 1.0]
    assert maximum_likelihood(densities)[2] == pytest.approx(0.001, rel=1e-3)
