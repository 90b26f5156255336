"""Simulated counts against scipy's negative binomial."""

import numpy as np
import pytest
from scipy import stats

from training.simulation.cells.negative_binomial import SIZE, draw_counts

N = 40_000


def simulate(mean: float, uniform: np.ndarray) -> np.ndarray:
    """Counts of one gene in N cells that all expect `mean`."""
    zero = np.zeros(N, np.float32)
    genes, counts = np.empty(N, np.int32), np.empty(N, np.int32)
    indptr = np.zeros(N + 1, np.int64)
    n_entries = draw_counts(
        np.array([[mean]], np.float32), np.zeros(N, np.int64), np.full(N, -1), zero + 1, zero,
        uniform[:, None], zero[:1], zero[:1], np.float32(0), zero[:, None].copy(), genes, counts,
        indptr,
    )  # fmt: skip
    dense = np.zeros(N, np.int64)
    dense[np.diff(indptr) > 0] = counts[:n_entries]
    return dense


@pytest.mark.parametrize("mean", [0.02, 0.7, 4.0, 150.0])
def test_counts_invert_the_distribution(mean: float) -> None:
    """Each count is scipy's quantile of the same uniform, but for float32 at the edges."""
    uniform = np.random.default_rng(1).random(N, dtype=np.float32)
    expected = stats.nbinom.ppf(uniform, SIZE, SIZE / (SIZE + mean))
    assert (simulate(mean, uniform) != expected).mean() < 0.005


def test_variance_grows_as_gamma_poisson() -> None:
    """Mean 4 has variance 4 + 16 / 3."""
    counts = simulate(4.0, np.random.default_rng(2).random(N, dtype=np.float32))
    assert counts.mean() == pytest.approx(4.0, abs=0.07)
    assert counts.var() == pytest.approx(4 + 16 / SIZE, rel=0.05)
