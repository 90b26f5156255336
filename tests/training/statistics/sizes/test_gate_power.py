"""Power of the gate's test: level without a signal, growth with size, an independent rank test."""

import numpy as np
from scipy.stats import mannwhitneyu

from training.statistics.sizes.gate_power import SIGNALS, gate_power


def test_without_a_signal_it_is_the_level() -> None:
    """At AUC 0.5 the exact interval holds 0.05."""
    power = gate_power(80, 0.3, 0.5, level=0.05, least_events=5)
    assert power.low <= 0.05 <= power.high


def test_it_grows_with_patients_events_and_signal() -> None:
    """Each step up raises it by more than chance."""
    base = gate_power(60, 0.15, 0.65, level=0.05, least_events=5).share
    assert gate_power(240, 0.15, 0.65, level=0.05, least_events=5).share > base + 0.1
    assert gate_power(60, 0.5, 0.65, level=0.05, least_events=5).share > base + 0.05
    assert gate_power(60, 0.15, 0.85, level=0.05, least_events=5).share > base + 0.2


def test_a_smaller_level_costs_power() -> None:
    """An undeclared number of looks tests the first at half of alpha."""
    one, first = (
        gate_power(120, 0.2, 0.68, level=level, least_events=5).share for level in (0.05, 0.025)
    )
    assert first < one


def test_too_few_events_show_nothing() -> None:
    """Two expected events of 40 patients are hardly ever five."""
    assert gate_power(40, 0.05, 0.9, level=0.05, least_events=5).share < 0.1


def test_it_stays_below_a_test_that_knows_the_signal() -> None:
    """The rank test of the two features' sum, on cohorts drawn alike, is an upper bound."""
    rng, found = np.random.default_rng(1), 0
    for _ in range(200):
        event = rng.random(120) < 0.2
        shift = 0.5 * event  # Phi(0.5 sqrt(2 / 2)) is an AUC of 0.69
        score = sum(rng.standard_normal(120) + shift for _ in range(SIGNALS))
        found += mannwhitneyu(score[event], score[~event]).pvalue <= 0.05
    power = gate_power(120, 0.2, 0.6915, level=0.05, least_events=5)
    assert 0.5 * found / 200 < power.share <= found / 200 + 0.05
