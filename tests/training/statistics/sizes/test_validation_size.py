"""Sizes of external validation: published numbers, and standard errors of simulated cohorts."""

import math

import numpy as np
import pytest
from scipy.stats import norm

from features.arrays import Floats
from training.statistics.accuracy.auc import auc as area_of
from training.statistics.calibration.logistic import fit_logistic
from training.statistics.sizes.validation_size import (
    auc_error,
    auc_interval,
    log_odds_density,
    oe_error,
    oe_interval,
    oe_size,
    slope_error,
    slope_error_given,
    validation_size,
)


@pytest.mark.parametrize(
    ("prevalence", "error", "patients"),
    [
        # Riley 2021, section 3.1.1, by the authors' R code (validation_sample_size_22_May_2021.R):
        (0.5, 0.051, 384),  # N_OE(phi = 0.5, SE_OE = 0.051)
        (0.1, 0.051, 3460),  # N_OE(phi = 0.1, SE_OE = 0.051)
        (0.1, 0.175, 294),  # N_OE(phi = 0.1, SE_OE = 0.175)
    ],
)
def test_oe_of_the_article(prevalence: float, error: float, patients: int) -> None:
    """At the published size the standard error of log(O/E) is the published one."""
    assert round((oe_error(prevalence, 1) / error) ** 2) == patients


@pytest.mark.parametrize(
    ("prevalence", "auc", "oe_width", "oe", "area"),
    [
        # pmvalsampsize(type = "b", prevalence = 0.018, cstatistic = 0.8, lpnormal = c(-5, 2.5),
        #               oeciwidth = 1): O/E 905, C statistic 4252 (its own test, R and Python)
        (0.018, 0.8, 1.0, 905, 4252),
        # pmvalsampsize(type = "b", prevalence = 0.20, cstatistic = 0.78,
        #               lpnormal = c(-1.75, 1.22)): O/E 1538, C statistic 511
        (0.20, 0.78, 0.2, 1538, 511),
        # Riley 2021, section 3.3.1: N_C(c.index = 0.7, phi = 0.1), 1154
        (0.1, 0.7, 0.2, 3460, 1154),
    ],
)
def test_pmvalsampsize(prevalence: float, auc: float, oe_width: float, oe: int, area: int) -> None:
    """AUC to the patient; O/E within 0.3 %, by which pmvalsampsize rounds its standard error up."""
    size = validation_size(prevalence, auc, oe_width=oe_width)
    assert size.auc == area
    assert oe <= size.oe <= oe * 1.003


@pytest.mark.parametrize(
    ("mean", "spread", "patients"),
    [
        # the same two calls of pmvalsampsize (a million simulated log-odds): slope 4544 and 2958
        (-5.0, 2.5, 4544),
        (-1.75, 1.22, 2958),
    ],
)
def test_slope_of_normal_log_odds(mean: float, spread: float, patients: int) -> None:
    """Quadrature against pmvalsampsize's simulation, to 0.4 %."""
    x = np.linspace(mean - 9 * spread, mean + 9 * spread, 20_001)
    error = slope_error_given(x, norm.pdf(x, mean, spread), 1)
    assert (error / (0.2 / 3.92)) ** 2 == pytest.approx(patients, rel=0.004)


def test_slope_from_prevalence_and_auc() -> None:
    """pmvalsampsize with lpcstat finds 17080 by simulation, at a prevalence nearby."""
    # pmvalsampsize(type = "b", prevalence = 0.018, cstatistic = 0.8, lpcstat = -4.7,
    #               oeciwidth = 1), Python, its own test
    assert validation_size(0.018, 0.8, oe_width=1.0).slope == pytest.approx(17080, rel=0.01)


def test_log_odds_have_the_prevalence_and_the_auc() -> None:
    """Mean risk of the density is the prevalence, and its AUC by pairs the AUC."""
    for prevalence, auc in ((0.02, 0.8), (0.3, 0.65), (0.6, 0.9)):
        x, density = log_odds_density(auc, prevalence)
        share = density / density.sum()
        risk = 1 / (1 + np.exp(-x))
        assert np.sum(share * risk) == pytest.approx(prevalence, abs=1e-6)
        events, others = share * risk / prevalence, share * (1 - risk) / (1 - prevalence)
        below = np.cumsum(others) - others / 2
        assert np.sum(events * below) == pytest.approx(auc, abs=1e-4)


def _cohorts(auc: float, prevalence: float, n: int, copies: int) -> list[tuple[Floats, Floats]]:
    """Simulated log-odds and outcomes of a calibrated model."""
    rng = np.random.default_rng(9801)
    variance = 2 * norm.ppf(auc) ** 2
    mean = math.log(prevalence / (1 - prevalence)) - variance / 2
    cohorts = []
    for _ in range(copies):
        y = (rng.random(n) < prevalence).astype(float)
        cohorts.append((rng.normal(mean + variance * y, math.sqrt(variance)), y))
    return cohorts


@pytest.mark.parametrize(("auc", "prevalence"), [(0.7, 0.3), (0.8, 0.2)])
def test_standard_errors_of_simulated_cohorts(auc: float, prevalence: float) -> None:
    """Spread of AUC, log(O/E) and slope over 500 cohorts of 400, each within 10 %."""
    n = 400
    areas, ratios, slopes = [], [], []
    for log_odds, y in _cohorts(auc, prevalence, n, 500):
        areas.append(area_of(log_odds, y, np.ones(n)))
        ratios.append(math.log(y.mean() / prevalence))
        coefficients = fit_logistic(np.column_stack([np.ones(n), log_odds]), y, np.ones(n))
        assert coefficients is not None
        slopes.append(coefficients[1])
    assert auc_error(auc, prevalence, n) == pytest.approx(np.std(areas), rel=0.1)
    assert oe_error(prevalence, n) == pytest.approx(np.std(ratios), rel=0.1)
    assert slope_error(auc, prevalence, n) == pytest.approx(np.std(slopes), rel=0.1)


def test_chance_of_the_oe_rule() -> None:
    """At `oe_size` the interval lies inside the limits in 80 % of simulated validations."""
    n = oe_size(0.3, 1.25, 0.8)
    events = np.random.default_rng(1).binomial(n, 0.3, 20_000)
    error = np.sqrt((1 - events / n) / events)
    ratio = np.log(events / n / 0.3)
    inside = (ratio - 1.96 * error > -math.log(1.25)) & (ratio + 1.96 * error < math.log(1.25))
    assert inside.mean() == pytest.approx(0.8, abs=0.02)


def test_size_is_the_smallest() -> None:
    """At the AUC's size the interval is no wider than the target, one patient fewer it is."""
    size = validation_size(0.3, 0.7, auc_width=0.15)
    assert 3.92 * auc_error(0.7, 0.3, size.auc) <= 0.15 < 3.92 * auc_error(0.7, 0.3, size.auc - 1)
    assert size.patients == max(size.oe, size.slope, size.auc)
    assert size.events == math.ceil(size.patients * 0.3)


def test_intervals_stay_in_their_range() -> None:
    """AUC between 0 and 1 and O/E above 0, also for few patients and an AUC near 1."""
    for n in (1, 10, 100, 100_000):
        for prevalence, auc in ((0.001, 0.999), (0.3, 0.7), (0.999, 0.501)):
            low, high = auc_interval(auc, prevalence, n)
            assert 0 <= low < auc < high <= 1
            low, high = oe_interval(prevalence, n)
            assert 0 < low < 1 < high


def test_no_slope_without_discrimination() -> None:
    """An AUC of 0.5 has no slope; the message names the range."""
    with pytest.raises(ValueError, match=r"above 0\.5 and below 1"):
        slope_error(0.5, 0.3, 100)
