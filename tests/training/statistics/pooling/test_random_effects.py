"""Random effects against published numbers of metafor, a brute-force likelihood and simulation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import multivariate_normal, t

from features.errors import InputError
from training.statistics.pooling.random_effects import random_effects, reml_tau

# Thirteen trials of BCG vaccination (Colditz et al., JAMA 1994;271:698): cases and others among
# the vaccinated, cases and others among controls; metafor's dat.bcg.
BCG = np.array([
    (4, 119, 11, 128), (6, 300, 29, 274), (3, 228, 11, 209), (62, 13536, 248, 12619),
    (33, 5036, 47, 5761), (180, 1361, 372, 1079), (8, 2537, 10, 619), (505, 87886, 499, 87892),
    (29, 7470, 45, 7232), (17, 1699, 65, 1600), (186, 50448, 141, 27197), (5, 2493, 3, 2338),
    (27, 16886, 29, 17825),
])  # fmt: skip


def test_equals_metafor() -> None:
    """rma(measure="RR", ai=tpos, bi=tneg, ci=cpos, di=cneg, data=dat.bcg), the default REML."""
    a, b, c, d = BCG.T
    estimate = np.log(a / (a + b)) - np.log(c / (c + d))
    error = np.sqrt(1 / a - 1 / (a + b) + 1 / c - 1 / (c + d))
    summary = random_effects(estimate, error)
    assert summary.tau**2 == pytest.approx(0.3132, abs=1e-4)
    assert summary.mean == pytest.approx(-0.7145, abs=1e-4)


def test_intervals_by_their_formulas() -> None:
    """Hartung-Knapp with k - 1 and prediction with k - 2 degrees of freedom, written out."""
    estimate, error = np.array([0.1, 0.9, -0.4, 0.5]), np.array([0.2, 0.25, 0.3, 0.2])
    s = random_effects(estimate, error)
    weight = 1 / (error**2 + s.tau**2)
    mean = np.sum(weight * estimate) / np.sum(weight)
    q = np.sum(weight * (estimate - mean) ** 2) / 3
    se = np.sqrt(max(q, 1) / np.sum(weight))
    assert s.mean == pytest.approx(mean)
    assert s.high - s.mean == pytest.approx(t.ppf(0.975, 3) * se)
    assert s.prediction_high - s.mean == pytest.approx(t.ppf(0.975, 2) * np.sqrt(s.tau**2 + se**2))
    assert s.mean - s.low == pytest.approx(s.high - s.mean)


def test_tau_maximises_the_likelihood_of_contrasts() -> None:
    """REML is the likelihood of differences between sites, whatever their mean."""
    rng = np.random.default_rng(1)
    for _ in range(5):
        error = rng.uniform(0.1, 0.6, 6)
        estimate = rng.normal(0, 0.5, 6) + error * rng.normal(size=6)
        contrasts = np.eye(6)[1:] - np.eye(6)[0]
        grid = np.linspace(0, 2, 2001)
        values = [
            multivariate_normal.logpdf(
                contrasts @ estimate, cov=contrasts @ np.diag(error**2 + tau**2) @ contrasts.T
            )
            for tau in grid
        ]
        assert reml_tau(estimate, error) == pytest.approx(grid[np.argmax(values)], abs=1e-3)


@given(st.floats(-3, 3), st.lists(st.floats(0.05, 2), min_size=3, max_size=8))
def test_equal_sites_do_not_differ(value: float, errors: list[float]) -> None:
    """tau is 0, the mean the common value, and both intervals hold it."""
    s = random_effects(np.full(len(errors), value), np.array(errors))
    assert s.tau == 0
    assert s.mean == pytest.approx(value)
    assert s.prediction_low < s.low < value < s.high < s.prediction_high


@given(st.lists(st.tuples(st.floats(-2, 2), st.floats(0.1, 1)), min_size=3, max_size=8),
       st.floats(-5, 5))  # fmt: skip
def test_moving_all_sites_moves_the_summary(sites: list[tuple[float, float]], shift: float) -> None:
    """A constant added to every site changes no width, and the order of sites nothing."""
    estimate, error = np.array(sites).T
    s, moved = random_effects(estimate, error), random_effects(estimate[::-1] + shift, error[::-1])
    assert moved.mean == pytest.approx(s.mean + shift, abs=1e-5)
    assert moved.tau == pytest.approx(s.tau, abs=1e-4)


def test_a_new_site_lies_in_the_prediction_interval() -> None:
    """Over 400 simulated sets of eight sites with tau 0.4, in 95 % of them."""
    rng = np.random.default_rng(2)
    inside = []
    for _ in range(400):
        error = rng.uniform(0.1, 0.4, 8)
        s = random_effects(rng.normal(0.3, 0.4, 8) + error * rng.normal(size=8), error)
        inside.append(s.prediction_low < rng.normal(0.3, 0.4) < s.prediction_high)
    assert 0.91 < np.mean(inside) < 0.98


def test_two_sites_and_undefined_errors_are_refused() -> None:
    """With the rule and the way out."""
    with pytest.raises(InputError, match="at least 3 estimates; 2 came"):
        random_effects(np.zeros(2), np.ones(2))
    with pytest.raises(InputError, match="standard errors above 0"):
        random_effects(np.zeros(3), np.array([1.0, 0.0, 1.0]))
