"""Drift figures: right level without drift, found when planted, ties and gaps handled."""

import numpy as np
import pytest
from scipy import stats

from training.statistics.significance.holm import holm
from training.tracking.drift import drift, kolmogorov_smirnov, population_stability
from training.tracking.training_quantiles import TrainingQuantiles

LEVELS = np.linspace(0, 1, 101)


def _against(training: np.ndarray, new: np.ndarray) -> list:
    quantiles = np.array([np.nanquantile(column, LEVELS) for column in training.T])
    missing = np.isnan(training).mean(axis=0)
    names = tuple(f"f{i}" for i in range(training.shape[1]))
    return drift(new, TrainingQuantiles(names, len(training), LEVELS, quantiles, missing))


def test_false_alarms_come_at_the_stated_rate() -> None:
    """Without drift about 5 % of tables name a feature, and 5 % of indices pass their limit."""
    rng = np.random.default_rng(1)
    alarms, above = [], []
    for _ in range(200):
        found = _against(rng.normal(size=(150, 6)), rng.normal(size=(60, 6)))
        alarms.append(any(one.drifted for one in found))
        above += [one.psi > one.psi_limit for one in found]
    assert np.mean(alarms) < 0.09
    assert 0.01 < np.mean(above) < 0.08


def test_a_shift_of_one_standard_deviation_is_found() -> None:
    """The shifted feature drifts and its index passes the limit; the others stay."""
    rng = np.random.default_rng(2)
    new = rng.normal(size=(80, 4))
    new[:, 2] += 1
    found = _against(rng.normal(size=(200, 4)), new)
    assert [one.drifted for one in found] == [False, False, True, False]
    assert found[2].psi > found[2].psi_limit


def test_kolmogorov_smirnov_is_close_to_scipy() -> None:
    """Distance from stored percentiles is within a percentile of the two-sample distance."""
    rng = np.random.default_rng(3)
    training, new = rng.gamma(2.0, size=500), rng.gamma(2.3, size=90)
    distance, p = kolmogorov_smirnov(new, np.quantile(training, LEVELS), LEVELS, 500)
    exact = stats.ks_2samp(training, new, method="asymp")
    assert distance == pytest.approx(exact.statistic, abs=0.015)
    assert p == pytest.approx(exact.pvalue, abs=0.03)


def test_a_feature_that_is_mostly_zero_is_no_drift() -> None:
    """Ties at zero fall into one bin, so the same zero-heavy distribution stays quiet."""
    rng = np.random.default_rng(4)
    training = np.where(rng.random((300, 1)) < 0.7, 0, rng.random((300, 1)))
    new = np.where(rng.random((100, 1)) < 0.7, 0, rng.random((100, 1)))
    (same,) = _against(training, new)
    assert not same.drifted
    (constant,) = _against(np.zeros((300, 1)), np.zeros((100, 1)))
    assert not constant.drifted
    (moved,) = _against(np.zeros((300, 1)), np.ones((100, 1)))
    assert moved.drifted


def test_newly_missing_values_are_drift() -> None:
    """A feature that goes missing is named even when no value is left to compare."""
    rng = np.random.default_rng(5)
    (gone,) = _against(rng.normal(size=(100, 1)), np.full((40, 1), np.nan))
    assert gone.drifted
    assert np.isnan(gone.psi)
    assert gone.missing == 1.0


def test_stability_index_by_hand() -> None:
    """With many values the index is the textbook sum."""
    q, p = np.array([0.5, 0.5]), np.array([80_000, 20_000])
    expected = (0.8 - 0.5) * np.log(0.8 / 0.5) + (0.2 - 0.5) * np.log(0.2 / 0.5)
    assert population_stability(q, p, 100_000) == pytest.approx(expected, rel=1e-3)


def test_holm_against_the_definition() -> None:
    """Step-down against the adjusted p-values max_j (m - j + 1) p_(j)."""
    rng = np.random.default_rng(6)
    for _ in range(50):
        p = rng.random(8) ** 4
        order = np.argsort(p)
        adjusted = np.empty(8)
        adjusted[order] = np.maximum.accumulate((8 - np.arange(8)) * p[order])
        assert holm(list(p)) == (adjusted <= 0.05).tolist()
