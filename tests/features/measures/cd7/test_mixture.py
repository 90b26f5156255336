"""Share of negatives with both rates fixed, against slow versions and known truth."""

import numpy as np
import pytest
from scipy.stats import nbinom

from benchmarks._simulated_cd7 import RATES, draw_cells
from features.measures.cd7.component_rates import scaled
from features.measures.cd7.mixture import mle_share, posteriors, share_change


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
