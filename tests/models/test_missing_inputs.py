"""Missing inputs against the conditional normal written out."""

import numpy as np

from features.arrays import Floats
from models.missing_inputs import completed, conditional_normal


def covariance_and_rows(n: int = 40, p: int = 5) -> tuple[Floats, Floats]:
    """A covariance, and rows of which three in ten values are missing."""
    rng = np.random.default_rng(6)
    a = rng.normal(size=(p, p))
    z = rng.normal(size=(n, p))
    z[rng.random(z.shape) < 0.3] = np.nan
    z[0], z[1] = np.nan, 1.0
    return a @ a.T + np.eye(p), z


def test_completed_values_are_those_of_the_conditional_normal() -> None:
    """Row by row with numpy's inverse; measured values stay, of nothing comes the mean."""
    covariance, z = covariance_and_rows()
    for row, values in zip(z, completed(z, covariance), strict=True):
        m = np.isnan(row)
        slopes = covariance[np.ix_(m, ~m)] @ np.linalg.inv(covariance[np.ix_(~m, ~m)])
        np.testing.assert_allclose(values[m], slopes @ row[~m], atol=1e-10)
        np.testing.assert_array_equal(values[~m], row[~m])
    np.testing.assert_array_equal(completed(z[:1], covariance), np.zeros((1, 5)))


def test_a_row_alone_has_the_bits_that_it_has_among_others() -> None:
    """And the rows given are left as they were."""
    covariance, z = covariance_and_rows()
    before = z.copy()
    together = completed(z, covariance)
    alone = np.concatenate([completed(row[None], covariance) for row in z])
    np.testing.assert_array_equal(alone, together)
    np.testing.assert_array_equal(z, before)


def test_mean_and_covariance_of_the_missing_are_those_of_draws() -> None:
    """Of 400,000 draws those near the measured values have this mean and covariance."""
    covariance = np.array([[1.0, 0.6, 0.3], [0.6, 1.0, 0.5], [0.3, 0.5, 1.0]])
    draws = np.random.default_rng(7).multivariate_normal(np.zeros(3), covariance, 400_000)
    near = draws[np.abs(draws[:, 1] - 0.8) < 0.05][:, [0, 2]]
    mean, spread = conditional_normal(np.array([np.nan, 0.8, np.nan]), covariance)
    np.testing.assert_allclose(mean, near.mean(axis=0), atol=0.03)
    np.testing.assert_allclose(spread, np.cov(near.T), atol=0.03)
    filled = completed(np.array([[np.nan, 0.8, np.nan]]), covariance)[0]
    np.testing.assert_allclose(mean, filled[[0, 2]], atol=1e-12)
