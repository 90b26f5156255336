"""Measures of sites against plain loops and simulated sites of known difference."""

import numpy as np
import pytest

from training.statistics.accuracy.auc import auc
from training.statistics.calibration.calibration_curve import observed_over_expected
from training.statistics.calibration.logistic import sigmoid
from training.statistics.pooling.site_summary import site_summary


def sites(shifts: list[float], n: int, seed: int):
    """Risks, labels and sites; in each the true log-odds differ by its shift."""
    rng = np.random.default_rng(seed)
    eta = rng.normal(-1, 1, (len(shifts), n))
    y = (rng.random(eta.shape) < sigmoid(eta + np.array(shifts)[:, None])) * 1.0
    names = np.repeat(np.array([f"s{k}" for k in range(len(shifts))], dtype=object), n)
    return sigmoid(eta).ravel(), y.ravel(), np.ones(y.size), names


def naive_auc_error(risk, y):
    """DeLong's standard error of the AUC, pair by pair."""
    cases, others = risk[y == 1], risk[y == 0]
    wins = [[(a > b) + 0.5 * (a == b) for b in others] for a in cases]
    by_case, by_other = np.mean(wins, axis=1), np.mean(wins, axis=0)
    variance = np.var(by_case, ddof=1) / len(cases) + np.var(by_other, ddof=1) / len(others)
    return np.sqrt(variance)


def test_each_site_has_its_own_measures() -> None:
    """O/E and AUC as everywhere, their intervals by Debray's and DeLong's formulas."""
    risk, y, weight, site = sites([0.0, 0.5, -0.5], 150, 0)
    for part in site_summary(risk, y, weight, site).sites:
        m = site == part.site
        ratio, area = (
            observed_over_expected(risk[m], y[m], weight[m]),
            auc(risk[m], y[m], weight[m]),
        )
        assert part.observed_over_expected.value == pytest.approx(ratio)
        assert part.auc.value == pytest.approx(area)
        error = np.sqrt((1 - y[m].mean()) / y[m].sum())
        assert part.observed_over_expected.high == pytest.approx(ratio * np.exp(1.959964 * error))
        error = naive_auc_error(risk[m], y[m]) / (area * (1 - area))
        expected = sigmoid(np.log(area / (1 - area)) - 1.959964 * error)
        assert part.auc.low == pytest.approx(float(expected))


def test_sites_that_differ_widen_the_prediction_only() -> None:
    """Twelve sites with shifts of SD 0.8: tau is found, and the prediction holds the sites."""
    shifts = np.random.default_rng(1).normal(0, 0.8, 12).tolist()
    ratio = site_summary(*sites(shifts, 500, 2)).observed_over_expected
    alike = site_summary(*sites([0.0] * 12, 500, 2)).observed_over_expected
    assert ratio.tau > 0.2 > 0.1 > alike.tau
    assert ratio.prediction_low < 0.6
    assert ratio.prediction_high > 1.4
    assert 0.9 < alike.prediction_low < alike.mean.value < alike.prediction_high < 1.1


def test_few_sites_have_no_summary_but_their_numbers() -> None:
    """Two of three sites with enough events: the reason, and the small site's counts."""
    risk, y, weight, site = sites([0.0, 0.0, 0.0], 100, 3)
    y[(site == "s2") & (np.cumsum((site == "s2") & (y == 1)) > 4)] = 0.0
    summary = site_summary(risk, y, weight, site)
    assert summary.auc is None
    assert "2 of 3 sites" in str(summary.reason)
    assert (summary.sites[2].n, summary.sites[2].events, summary.sites[2].auc) == (100, 4, None)


def test_unknown_labels_and_patients_without_a_site_do_not_count() -> None:
    """NaN labels, weights of 0 and the site "" change nothing."""
    risk, y, weight, site = sites([0.0, 0.2, 0.4], 80, 4)
    more = (
        np.append(risk, [0.9, 0.9, 0.9]), np.append(y, [np.nan, 0, 1]),
        np.append(weight, [0.0, 0.0, 1.0]), np.append(site, ["s0", "s1", ""]),
    )  # fmt: skip
    assert site_summary(*more) == site_summary(risk, y, weight, site)


def test_perfect_and_constant_risks_have_wide_intervals() -> None:
    """Where DeLong's variance is 0 the interval is not a point."""
    y = np.tile(np.repeat([0.0, 1.0], 6), 3)
    site = np.repeat(np.array(["a", "b", "c"], dtype=object), 12)
    for risk, value in ((0.2 + 0.5 * y, 1.0), (np.full(36, 0.5), 0.5)):
        summary = site_summary(risk, y, np.ones(36), site)
        assert summary.auc.mean.value == pytest.approx(value, abs=0.02)
        assert summary.sites[0].auc.high - summary.sites[0].auc.low > 0.1
        assert summary.auc.tau == 0
