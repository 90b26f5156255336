"""Share of negatives with both rates fixed, against slow versions and known truth."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import nbinom

from features.measures.cd7.mixture import (
    EVIDENCE_CELLS,
    ComponentRate,
    TwoComponentRates,
    calibrate,
    log_pmf,
    mle_share,
    posterior_interval,
    posteriors,
    scaled,
    share_change,
)

RATES = TwoComponentRates(ComponentRate(0.6, 1.0, 0.2), ComponentRate(4.6, 4.0, 0.05))


def interval(k: np.ndarray, depth: np.ndarray, rates: TwoComponentRates) -> tuple[float, float]:
    """The interval alone."""
    return posterior_interval(k, depth, rates)[0]


def draw_cells(
    share: float, n: int, seed: int, rates: TwoComponentRates = RATES
) -> tuple[np.ndarray, np.ndarray]:
    """Counts and depths of n cells of which a share is negative."""
    rng = np.random.default_rng(seed)
    depth = rng.lognormal(np.log(0.3), 0.4, n)
    negative = np.arange(n) < share * n
    k = np.empty(n, np.int64)
    for component, cells in ((rates.negative, negative), (rates.positive, ~negative)):
        mean = depth[cells] * component.rate
        k[cells] = rng.negative_binomial(component.size, component.size / (component.size + mean))
    return k, depth


def naive_log_likelihood(share: float, k: np.ndarray, depth: np.ndarray) -> float:
    """Slow: cell by cell with scipy."""
    total = 0.0
    for count, d in zip(k, depth, strict=True):
        f = [
            nbinom.pmf(
                count, component.size, component.size / (component.size + d * component.rate)
            )
            for component in (RATES.negative, RATES.positive)
        ]
        total += np.log(share * f[0] + (1 - share) * f[1])
    return total


def test_log_pmf_is_scipys() -> None:
    """Negative binomial log probabilities equal scipy's."""
    k, mean = np.arange(12), np.linspace(0.1, 6, 12)
    expected = nbinom.logpmf(k, 2.5, 2.5 / (2.5 + mean))
    np.testing.assert_allclose(log_pmf(k, mean, 2.5), expected, rtol=1e-10)


def test_is_the_maximum_of_the_slow_likelihood() -> None:
    """The share found beats its neighbours on the slow likelihood."""
    k, depth = draw_cells(0.4, 120, seed=2)
    share, _ = mle_share(k, depth, RATES)
    best = naive_log_likelihood(share, k, depth)
    assert best >= naive_log_likelihood(share - 0.01, k, depth)
    assert best >= naive_log_likelihood(share + 0.01, k, depth)


@pytest.mark.parametrize("true", [0.05, 0.2, 0.5, 0.8, 0.95])
def test_recovers_the_truth(true: float) -> None:
    """With the right rates and many cells the share comes back within 3 points."""
    k, depth = draw_cells(true, 20_000, seed=4)
    assert mle_share(k, depth, RATES)[0] == pytest.approx(true, abs=0.03)


def test_ends_stay_inside() -> None:
    """All zeros is close to one, all high counts is zero; both within 0 and 1."""
    depth = np.full(300, 1.0)
    assert mle_share(np.zeros(300, np.int64), depth, RATES)[0] == pytest.approx(1, abs=1e-6)
    assert mle_share(np.full(300, 9), depth, RATES)[0] == pytest.approx(0, abs=1e-6)


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


@pytest.mark.parametrize("true", [0.1, 0.5, 0.9])
def test_share_change_is_that_of_the_estimate(true: float) -> None:
    """The derivative equals the difference of estimates at rates 2 % up and down."""
    k, depth = draw_cells(true, 5000, seed=3)
    ends = [mle_share(k, depth, scaled(RATES, factor))[0] for factor in (1 / 1.02, 1.02)]
    slope = (ends[1] - ends[0]) / (2 * np.log(1.02))
    share = mle_share(k, depth, RATES)[0]
    assert share_change(k, depth, RATES, share) == pytest.approx(slope, rel=0.05)


def test_posteriors_are_bayes() -> None:
    """Each cell's posterior is prior times likelihood, cell by cell with scipy."""
    k, depth = draw_cells(0.3, 40, seed=5)
    f = [
        nbinom.pmf(k, component.size, component.size / (component.size + depth * component.rate))
        for component in (RATES.negative, RATES.positive)
    ]
    expected = 0.3 * f[0] / (0.3 * f[0] + 0.7 * f[1])
    np.testing.assert_allclose(posteriors(k, depth, RATES, 0.3), expected, rtol=1e-9)


def test_posteriors_are_calibrated_under_the_model() -> None:
    """Of the cells with probability p of being negative, about a share p is."""
    k, depth = draw_cells(0.3, 40_000, seed=6)
    negative = np.arange(40_000) < 12_000
    posterior = posteriors(k, depth, RATES, 0.3)
    for low, high in ((0.0, 0.1), (0.3, 0.5), (0.6, 0.9)):
        cells = (posterior >= low) & (posterior < high)
        assert negative[cells].mean() == pytest.approx(posterior[cells].mean(), abs=0.03)


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


def test_calibrate_recovers_rate_and_its_error() -> None:
    """Rate and size come back, and the rate's error is what redrawing the cells gives."""
    fits = [calibrate(*draw_cells(0.0, 400, seed)) for seed in range(60)]
    assert np.mean([fit.rate for fit in fits]) == pytest.approx(4.6, rel=0.03)
    assert 2.5 < np.median([fit.size for fit in fits]) < 6.5
    spread = np.std([np.log(fit.rate) for fit in fits])
    assert np.mean([fit.log_rate_sd for fit in fits]) == pytest.approx(spread, rel=0.25)
