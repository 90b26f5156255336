"""Rank test, superiority and shift against enumeration, scipy and repeated sampling."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu, norm

from training.statistics.significance.rank_sum import compare, superiority_interval


def _wins(value, group, site):
    """Wins of the group's patients within sites, ties half; by two loops."""
    total = 0.0
    for i in np.flatnonzero(group):
        for j in np.flatnonzero(~group):
            if site[i] == site[j]:
                total += (value[i] > value[j]) + 0.5 * (value[i] == value[j])
    return total


def _enumerated(value, group, site):
    """p and the smallest p by trying every permutation of the groups within sites."""
    choices = []
    for one in np.unique(site):
        at = np.flatnonzero(site == one)
        choices.append(list(itertools.combinations(at, int(group[at].sum()))))
    stats = []
    for parts in itertools.product(*choices):
        permuted = np.zeros(len(value), bool)
        permuted[[i for part in parts for i in part]] = True
        stats.append(_wins(value, permuted, site))
    middle = sum(np.sum(group[site == s]) * np.sum(~group[site == s]) / 2 for s in np.unique(site))
    distance = np.abs(np.array(stats) - middle)
    observed = abs(_wins(value, group, site) - middle)
    return np.mean(distance >= observed - 1e-9), np.mean(distance >= distance.max() - 1e-9)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), ties=st.booleans(), sites=st.integers(1, 3))
def test_p_is_the_share_of_all_permutations(seed: int, ties: bool, sites: int) -> None:
    """Exact p and smallest p equal those of trying every permutation, with ties and with sites."""
    rng = np.random.default_rng(seed)
    value = rng.integers(0, 4, 9).astype(float) if ties else rng.normal(size=9)
    group = rng.permutation(9) < 3
    site = rng.integers(0, sites, 9).astype(str).astype(object)
    result = compare(value, group, site)
    if np.isnan(result.p):
        assert not any(0 < group[site == s].sum() < (site == s).sum() for s in np.unique(site))
        return
    p, smallest = _enumerated(value, group, site)
    assert result.p == pytest.approx(p)
    assert result.smallest_p == pytest.approx(smallest)


@pytest.mark.parametrize(("m", "n"), [(2, 5), (5, 30), (20, 25), (3, 200)])
def test_p_is_scipys(m: int, n: int) -> None:
    """Without sites and ties, p is that of scipy's exact Mann-Whitney test."""
    rng = np.random.default_rng(m)
    value, group = rng.normal(size=m + n), np.arange(m + n) < m
    value[group] += 0.7
    expected = mannwhitneyu(value[group], value[~group], method="exact")
    result = compare(value, group)
    assert result.p == pytest.approx(expected.pvalue)
    assert result.superiority == pytest.approx(expected.statistic / (m * n))


def test_large_groups_agree_with_the_exact_test() -> None:
    """Where the exact distribution costs too much, the normal p is within 10 % of scipy's p."""
    rng = np.random.default_rng(1)
    value, group = rng.normal(size=240), np.arange(240) < 80
    value[group] += 0.35
    exact = mannwhitneyu(value[group], value[~group], method="exact").pvalue
    assert compare(value, group).p == pytest.approx(exact, rel=0.1)


def test_a_site_alone_makes_no_difference() -> None:
    """Where only the sites differ (sicker, higher values), pairs within a site show nothing."""
    rng = np.random.default_rng(2)
    site = np.array(["a"] * 60 + ["b"] * 60, dtype=object)
    group = np.concatenate([rng.random(60) < 0.7, rng.random(60) < 0.2])
    value = rng.normal(size=120) + 4.0 * (site == "a")
    assert compare(value, group).p < 0.001
    assert compare(value, group, site).p > 0.05


def test_two_of_seven_show_nothing() -> None:
    """Two events among seven patients give p 2/21 at best, whatever the values."""
    result = compare(np.arange(7.0), np.arange(7) > 4)
    assert result.p == result.smallest_p == pytest.approx(2 / 21)
    assert result.superiority == 1.0 and result.low < 0.5
    assert np.isnan(result.shift_low)


def test_one_empty_group_is_undefined() -> None:
    """Without an event, or without others, everything is undefined and p could only be 1."""
    for group in (np.zeros(5, bool), np.ones(5, bool)):
        result = compare(np.arange(5.0), group)
        assert np.isnan(result.p) and np.isnan(result.superiority) and result.smallest_p == 1.0


@pytest.mark.parametrize(("m", "n", "shift"), [(5, 30, 1.0), (12, 60, 0.0), (10, 40, 2.0)])
def test_intervals_cover(m: int, n: int, shift: float) -> None:
    """In at least 91 % of 300 samples both 95 % intervals hold the truth."""
    rng = np.random.default_rng(3)
    truth = norm.cdf(shift / 2**0.5)
    coverage = np.zeros(2)
    for _ in range(300):
        value = rng.normal(size=m + n)
        value[:m] += shift
        result = compare(value, np.arange(m + n) < m)
        coverage += (
            result.low <= truth <= result.high,
            result.shift_low <= shift <= result.shift_high,
        )
    assert (coverage / 300 > 0.91).all()


def test_the_interval_is_symmetric() -> None:
    """The interval of the chance to be lower mirrors that of the chance to be higher."""
    low, high = superiority_interval(0.8, [(4, 9), (3, 3)])
    mirrored = superiority_interval(0.2, [(4, 9), (3, 3)])
    assert (1 - high, 1 - low) == pytest.approx(mirrored)
    assert superiority_interval(0.0, [(4, 9)])[0] == 0.0


def test_shift_is_the_median_difference() -> None:
    """The shift is the median over all pairs and moves with the group's values."""
    rng = np.random.default_rng(4)
    value, group = rng.normal(size=40), np.arange(40) < 15
    pairs = [a - b for a in value[group] for b in value[~group]]
    result = compare(value, group)
    assert result.shift == pytest.approx(np.median(pairs))
    shifted = compare(value + 3.0 * group, group)
    assert shifted.shift_low == pytest.approx(result.shift_low + 3.0)
