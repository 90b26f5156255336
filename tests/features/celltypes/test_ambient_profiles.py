"""Rough ambient share, and rates with ambient RNA."""

import numpy as np

from features.celltypes.ambient_profiles import MIN_SHARE, add_ambient, rough_ambient_share


def test_the_share_is_estimated_despite_doublets() -> None:
    """With 10 % ambient RNA and 5 % of lymphocytes stuck to a monocyte, the share is near 10 %."""
    rng = np.random.default_rng(0)
    lymphoid = np.arange(2000) < 1500
    rates_of_cells = np.where(lymphoid, 0.0, 200.0)
    rates_of_cells[:75] = 100.0  # doublets
    pooled_rate = rates_of_cells.mean()
    total = np.full(2000, 3000)
    tracers = rng.poisson(0.3 * (0.9 * rates_of_cells + 0.1 * pooled_rate))
    assert abs(rough_ambient_share(tracers, total, lymphoid) - 0.1) < 0.04
    clean = rng.poisson(0.3 * rates_of_cells)
    assert rough_ambient_share(clean, total, lymphoid) < MIN_SHARE


def test_without_lymphoid_cells_or_tracers_there_is_no_share() -> None:
    """49 lymphoid cells or no tracer at all give 0."""
    tracers, total = np.full(100, 5), np.full(100, 1000)
    assert rough_ambient_share(tracers, total, np.arange(100) < 49) == 0
    assert rough_ambient_share(tracers * 0, total, np.arange(100) < 60) == 0


def test_rates_never_fall_below_background() -> None:
    """A gene absent from ambient RNA keeps the lowest rate it had in any type."""
    rates = np.array([[10.0, 0.5], [0.2, 3.0]])
    ambient_rates = add_ambient(rates, np.array([0.0, 1.0]), 0.5)
    np.testing.assert_allclose(ambient_rates, [[5.0, 0.5], [0.6, 2.0]])
    np.testing.assert_allclose(add_ambient(rates, np.array([7.0, 1.0]), 0.0), rates)


def test_ambient_rna_moves_rates_towards_the_pool() -> None:
    """Nothing falls below the lowest rate, and a share of 0 changes nothing."""
    rates = np.array([[10.0, 1.0], [0.1, 4.0]])
    np.testing.assert_array_equal(add_ambient(rates, np.array([5.0, 0.0]), 0.0), rates)
    mixed = add_ambient(rates, np.array([5.0, 0.0]), 0.5)
    np.testing.assert_allclose(mixed, [[7.5, 3.0], [0.1, 2.0]])
