"""Likelihoods and calibrated rates of CD7 RNA against scipy and redrawn cells."""

import numpy as np
import pytest
from scipy.stats import nbinom

from benchmarks._simulated_cd7 import draw_cells
from features.measures.cd7.component_rates import calibrate, log_pmf


def test_log_pmf_is_scipys() -> None:
    """Negative binomial log probabilities equal scipy's."""
    k, mean = np.arange(12), np.linspace(0.1, 6, 12)
    expected = nbinom.logpmf(k, 2.5, 2.5 / (2.5 + mean))
    np.testing.assert_allclose(log_pmf(k, mean, 2.5), expected, rtol=1e-10)


def test_calibrate_recovers_rate_and_its_error() -> None:
    """Rate and size come back, and the rate's error is what redrawing the cells gives."""
    fits = [calibrate(*draw_cells(0.0, 400, seed)) for seed in range(60)]
    assert np.mean([fit.rate for fit in fits]) == pytest.approx(4.6, rel=0.03)
    assert 2.5 < np.median([fit.size for fit in fits]) < 6.5
    spread = np.std([np.log(fit.rate) for fit in fits])
    assert np.mean([fit.log_rate_sd for fit in fits]) == pytest.approx(spread, rel=0.25)
