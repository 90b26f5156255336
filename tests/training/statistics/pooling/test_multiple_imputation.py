"""Draws against the conditional normal by hand and by rejection; Rubin's rules by formula."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t

from features.errors import InputError
from training.statistics.pooling.multiple_imputation import imputation_draws, pooled_estimate

S = np.array([[1.0, 0.6, 0.3], [0.6, 1.0, -0.2], [0.3, -0.2, 1.0]])


def test_draws_have_the_conditional_mean_and_covariance() -> None:
    """Two inputs missing, one measured at 1.5: the formula by inverse of the precision matrix."""
    X = np.array([[1.5, np.nan, np.nan], [0.2, 0.1, np.nan]])
    draws = imputation_draws(X, S, 40_000, seed=0)
    precision = np.linalg.inv(S)
    rest = np.linalg.inv(precision[1:, 1:])
    mean = -rest @ precision[1:, 0] * 1.5
    np.testing.assert_allclose(draws[:, 0, 1:].mean(axis=0), mean, atol=0.02)
    np.testing.assert_allclose(np.cov(draws[:, 0, 1:].T), rest, atol=0.02)
    mean = -(precision[2, :2] @ [0.2, 0.1]) / precision[2, 2]
    assert draws[:, 1, 2].mean() == pytest.approx(mean, abs=0.02)
    assert draws[:, 1, 2].var() == pytest.approx(1 / precision[2, 2], abs=0.02)


def test_measured_values_stay_and_nothing_stays_missing() -> None:
    """Also in rows without any measured input; a seed gives the same draws."""
    rng = np.random.default_rng(1)
    X = rng.multivariate_normal(np.zeros(3), S, 50)
    X[rng.random(X.shape) < 0.4] = np.nan
    X[0] = np.nan
    draws = imputation_draws(X, S, 5, seed=2)
    measured = ~np.isnan(X)
    assert np.isfinite(draws).all()
    for draw in draws:
        np.testing.assert_array_equal(draw[measured], X[measured])
    np.testing.assert_array_equal(draws, imputation_draws(X, S, 5, seed=2))
    assert (draws[0] != draws[1])[~measured].all()


def test_completed_tables_keep_the_correlation() -> None:
    """Half of each input lost at random: draws have the correlation of the whole table."""
    rng = np.random.default_rng(3)
    X = rng.multivariate_normal(np.zeros(3), S, 20_000)
    X[rng.random(X.shape) < 0.5] = np.nan
    completed = imputation_draws(X, S, 1, seed=4)[0]
    np.testing.assert_allclose(np.corrcoef(completed.T), S, atol=0.03)


@given(st.lists(st.tuples(st.floats(-5, 5), st.floats(0.01, 4)), min_size=2, max_size=20))
def test_rubins_rules_by_formula(pairs: list[tuple[float, float]]) -> None:
    """Value, total variance and the interval of the classic degrees of freedom."""
    estimate, variance = np.array(pairs).T
    m = len(estimate)
    pooled = pooled_estimate(estimate, variance)
    b, w = sum((estimate - estimate.mean()) ** 2) / (m - 1), variance.mean()
    total = w + b + b / m
    assert pooled.value == pytest.approx(estimate.mean())
    assert pooled.error**2 == pytest.approx(total)
    if b > 1e-6:
        freedom = (m - 1) * (1 + w / ((1 + 1 / m) * b)) ** 2
        half = t.ppf(0.975, freedom) * np.sqrt(total)
        assert pooled.high - pooled.value == pytest.approx(half)
        small = pooled_estimate(estimate, variance, complete_freedom=20)
        assert small.high - small.low > pooled.high - pooled.low


def test_nothing_missing_is_the_normal_interval() -> None:
    """Equal estimates: half-width 1.96 standard errors, no missing information."""
    pooled = pooled_estimate(np.full(5, 0.7), np.full(5, 0.04))
    assert pooled.high == pytest.approx(0.7 + 1.959964 * 0.2)
    assert pooled.missing_information == 0


def test_the_interval_covers_what_complete_data_would_have_shown() -> None:
    """1,000 tables of 40, an input half missing: the mean of its true values is in the interval of
    ten draws in about 95 %, that of two in no fewer."""
    rng = np.random.default_rng(5)
    two = S[:2, :2]
    for m in (2, 10):
        covered = []
        for seed in range(1000):
            X = rng.multivariate_normal(np.zeros(2), two, 40)
            true = X[:, 1].mean()
            X[rng.random(40) < 0.5, 1] = np.nan
            means = imputation_draws(X, two, m, seed=seed)[:, :, 1].mean(axis=1)
            pooled = pooled_estimate(means, np.zeros(m))
            covered.append(pooled.low < true < pooled.high)
        assert 0.93 < np.mean(covered) < 0.97


def test_what_does_not_fit_is_refused() -> None:
    """A matrix of another size, no draws, one imputation."""
    with pytest.raises(InputError, match="3 inputs and a matrix of \\(2, 2\\)"):
        imputation_draws(np.zeros((2, 3)), np.eye(2), 5, seed=0)
    with pytest.raises(InputError, match="at least one draw"):
        imputation_draws(np.zeros((2, 2)), np.eye(2), 0, seed=0)
    with pytest.raises(InputError, match="at least two estimates"):
        pooled_estimate(np.ones(1), np.ones(1))
