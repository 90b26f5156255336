"""Interval of the share over shares and rates, against Monte Carlo and samples of known share."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import nbinom

from benchmarks._simulated_cd7 import RATES, draw_cells
from features.measures.cd7.component_rates import ComponentRate, TwoComponentRates, scaled
from features.measures.cd7.mixture import mle_share, posteriors
from features.measures.cd7.share_interval import EVIDENCE_CELLS, posterior_interval


def interval(k: np.ndarray, depth: np.ndarray, rates: TwoComponentRates) -> tuple[float, float]:
    """The interval alone."""
    return posterior_interval(k, depth, rates)[0]


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**31), st.sampled_from([0.1, 0.5, 0.9]))
def test_interval_holds_estimate_and_order_does_not_matter(seed: int, true: float) -> None:
    """The interval contains the estimate and is the same for cells in any order."""
    k, depth = draw_cells(true, 300, seed)
    low, high = interval(k, depth, RATES)
    share, _ = mle_share(k, depth, RATES)
    assert 0 <= low <= high <= 1
    assert low - 0.03 <= share <= high + 0.03
    order = np.random.default_rng(seed).permutation(300)
    np.testing.assert_allclose(interval(k[order], depth[order], RATES), (low, high), atol=1e-9)


def test_interval_grows_with_each_error_it_carries() -> None:
    """Spread between samples and doubt of the calibration widen it; no cells give (0, 1)."""
    k, depth = draw_cells(0.4, 2000, seed=8)

    def width(negative_sd: float, spread: float, negative_spread: float = 0.0) -> float:
        rates = TwoComponentRates(
            ComponentRate(0.6, 1.0, negative_sd),
            ComponentRate(4.6, 4.0, 0.0),
            spread,
            negative_spread,
        )
        low, high = interval(k, depth, rates)
        return high - low

    assert width(0.0, 0.0) < width(0.4, 0.0) < width(0.4, 0.25)
    assert width(0.0, 0.0) < width(0.0, 0.25) < width(0.0, 0.25, 0.5)
    assert interval(k[:0], depth[:0], RATES) == (0.0, 1.0)


def test_interval_covers_samples_whose_rates_differ() -> None:
    """Over samples whose rates spread by log-SD 0.25, the 90 % interval covers in 85 % or more."""
    rng = np.random.default_rng(1)
    covered = []
    for seed in range(100):
        factor = np.exp(rng.normal(0, 0.25))
        shifted = TwoComponentRates(
            ComponentRate(0.6 * factor, 1.0, 0), ComponentRate(4.6 * factor, 4.0, 0)
        )
        k, depth = draw_cells(0.4, 400, seed, shifted)
        low, high = interval(k, depth, RATES)
        covered.append(low <= 0.4 <= high)
    assert np.mean(covered) >= 0.85


@pytest.mark.parametrize(("true", "end"), [(0.0, 0), (1.0, 1)])
@pytest.mark.parametrize("n", [40, 400, 4000])
def test_interval_reaches_the_ends(true: float, end: int, n: int) -> None:
    """Samples of one kind alone have 0 or 1 inside their 90 % interval, but for chance."""
    reached = []
    for seed in range(40):
        factor = float(np.exp(np.random.default_rng(seed).normal(0, RATES.spread)))
        k, depth = draw_cells(true, n, seed, scaled(RATES, factor))
        reached.append(interval(k, depth, RATES)[end] == true)
    assert np.mean(reached) >= 0.85


def test_interval_does_not_reach_an_end_that_is_excluded() -> None:
    """Half negative cells, many of them and with known rates, exclude both ends."""
    low, high = interval(*draw_cells(0.5, 2000, seed=1), RATES)
    assert 0.1 < low < 0.5 < high < 0.9


def naive_probability(k: np.ndarray, depth: np.ndarray, rates: TwoComponentRates) -> np.ndarray:
    """Slow: Monte Carlo over rates, Riemann sum over shares, cell by cell.

    Rates count by the evidence for them, to the power that leaves 50 cells' worth of it.
    """
    rng = np.random.default_rng(0)
    draws, evidence = [], []
    shares = np.linspace(0.005, 0.995, 100)[:, None]
    for common_draw, negative_draw, positive_draw in rng.normal(0, 1, (2000, 3)):
        shift = rates.spread * common_draw
        pair = (
            rates.negative.rate * np.exp(shift + rates.negative.log_rate_sd * negative_draw),
            rates.positive.rate * np.exp(shift + rates.positive.log_rate_sd * positive_draw),
        )
        f = [
            nbinom.pmf(k, component.size, component.size / (component.size + depth * rate))
            for component, rate in zip((rates.negative, rates.positive), pair, strict=True)
        ]
        density = shares * f[0] + (1 - shares) * f[1]
        logs = np.log(density).sum(axis=1)
        weights = np.exp(logs - logs.max())
        draws.append((weights / weights.sum()) @ (shares * f[0] / density))
        evidence.append(logs.max() + np.log(weights.mean()))
    power = min(1, EVIDENCE_CELLS / len(k))
    weight = np.exp(power * (np.array(evidence) - max(evidence)))
    return np.average(draws, axis=0, weights=weight)


def test_integrated_probabilities_equal_the_slow_ones() -> None:
    """Averaged over shares and rates, each cell's probability matches Monte Carlo."""
    k, _ = draw_cells(0.4, 60, seed=9)
    depth = np.full(60, 0.3)
    _, probability = posterior_interval(k, depth, RATES)
    np.testing.assert_allclose(probability, naive_probability(k, depth, RATES), atol=0.015)


def test_integrated_probabilities_are_calibrated_when_shares_and_rates_vary() -> None:
    """With varying shares and rates, a share p of the cells with probability p is negative."""
    rng = np.random.default_rng(3)
    integrated, plugin, labels = [], [], []
    for seed in range(150):
        true, factor = rng.uniform(), np.exp(rng.normal(0, 0.25))
        shifted = TwoComponentRates(
            ComponentRate(0.6 * factor, 1.0, 0), ComponentRate(4.6 * factor, 4.0, 0)
        )
        k, depth = draw_cells(true, 200, seed, shifted)
        rates = TwoComponentRates(ComponentRate(0.6, 1.0, 0.0), ComponentRate(4.6, 4.0, 0.0))
        integrated.append(posterior_interval(k, depth, rates)[1])
        plugin.append(posteriors(k, depth, rates, mle_share(k, depth, rates)[0]))
        labels.append(np.arange(200) < true * 200)
    truth = np.concatenate(labels)

    def worst(parts: list[np.ndarray]) -> float:
        values = np.concatenate(parts)
        edges = [0, 0.02, 0.1, 0.3, 0.7, 0.9, 1.0001]
        bins = [(values >= low) & (values < high) for low, high in itertools.pairwise(edges)]
        return max(abs(values[cells].mean() - truth[cells].mean()) for cells in bins)

    assert worst(integrated) < 0.04
    assert worst(integrated) < worst(plugin)
