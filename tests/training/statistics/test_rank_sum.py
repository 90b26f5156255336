"""Rank test, superiority and shift against enumeration, scipy and repeated sampling."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu, norm

from training.statistics.rank_sum import compare, superiority_interval


def _won(value, group, site):
    """Pairs of one site that the group's patient wins, ties half; by two loops."""
    total = 0.0
    for i in np.flatnonzero(group):
        for j in np.flatnonzero(~group):
            if site[i] == site[j]:
                total += (value[i] > value[j]) + 0.5 * (value[i] == value[j])
    return total


def _enumerated(value, group, site):
    """p and the smallest p by trying every way to draw the groups within sites."""
    choices = []
    for one in np.unique(site):
        at = np.flatnonzero(site == one)
        choices.append(list(itertools.combinations(at, int(group[at].sum()))))
    stats = []
    for parts in itertools.product(*choices):
        drawn = np.zeros(len(value), bool)
        drawn[[i for part in parts for i in part]] = True
        stats.append(_won(value, drawn, site))
    middle = sum(np.sum(group[site == s]) * np.sum(~group[site == s]) / 2 for s in np.unique(site))
    away = np.abs(np.array(stats) - middle)
    seen = abs(_won(value, group, site) - middle)
    return np.mean(away >= seen - 1e-9), np.mean(away >= away.max() - 1e-9)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), ties=st.booleans(), sites=st.integers(1, 3))
def test_p_is_the_share_of_all_draws(seed: int, ties: bool, sites: int) -> None:
    """Exact p and smallest p equal those of trying every draw, with ties and with sites."""
    rng = np.random.default_rng(seed)
    value = rng.integers(0, 4, 9).astype(float) if ties else rng.normal(size=9)
    group = rng.permutation(9) < 3
    site = rng.integers(0, sites, 9).astype(str).astype(object)
    found = compare(value, group, site)
    if np.isnan(found.p):
        assert not any(0 < group[site == s].sum() < (site == s).sum() for s in np.unique(site))
        return
    p, smallest = _enumerated(value, group, site)
    assert found.p == pytest.approx(p)
    assert found.smallest_p == pytest.approx(smallest)


@pytest.mark.parametrize(("m", "n"), [(2, 5), (5, 30), (20, 25), (3, 200)])
def test_p_is_scipys(m: int, n: int) -> None:
    """Without sites and ties, p is that of scipy's exact Mann-Whitney test."""
    rng = np.random.default_rng(m)
    value, group = rng.normal(size=m + n), np.arange(m + n) < m
    value[group] += 0.7
    expected = mannwhitneyu(value[group], value[~group], method="exact")
    found = compare(value, group)
    assert found.p == pytest.approx(expected.pvalue)
    assert found.superiority == pytest.approx(expected.statistic / (m * n))


def test_large_groups_agree_with_the_exact_test() -> None:
    """Beyond the exact computation's reach, the normal p is within 10 % of scipy's exact one."""
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


def test_two_of_seven_cannot_tell() -> None:
    """Two events among seven patients give p 2/21 at best, whatever the values."""
    found = compare(np.arange(7.0), np.arange(7) > 4)
    assert found.p == found.smallest_p == pytest.approx(2 / 21)
    assert found.superiority == 1.0 and found.low < 0.5
    assert np.isnan(found.shift_low)


def test_nobody_to_compare() -> None:
    """Without an event, or without others, everything is undefined and p could only be 1."""
    for group in (np.zeros(5, bool), np.ones(5, bool)):
        found = compare(np.arange(5.0), group)
        assert np.isnan(found.p) and np.isnan(found.superiority) and found.smallest_p == 1.0


@pytest.mark.parametrize(("m", "n", "shift"), [(5, 30, 1.0), (12, 60, 0.0), (10, 40, 2.0)])
def test_intervals_cover(m: int, n: int, shift: float) -> None:
    """In 95 % of samples, give or take chance, both intervals hold the truth."""
    rng = np.random.default_rng(3)
    truth = norm.cdf(shift / 2**0.5)
    held = np.zeros(2)
    for _ in range(300):
        value = rng.normal(size=m + n)
        value[:m] += shift
        found = compare(value, np.arange(m + n) < m)
        held += found.low <= truth <= found.high, found.shift_low <= shift <= found.shift_high
    assert (held / 300 > 0.91).all()


def test_the_interval_turns_with_the_question() -> None:
    """The interval of losing is the mirror of the interval of winning."""
    low, high = superiority_interval(0.8, [(4, 9), (3, 3)])
    mirrored = superiority_interval(0.2, [(4, 9), (3, 3)])
    assert (1 - high, 1 - low) == pytest.approx(mirrored)
    assert superiority_interval(0.0, [(4, 9)])[0] == 0.0


def test_shift_is_the_median_difference() -> None:
    """The shift is the median over all pairs and moves with the group's values."""
    rng = np.random.default_rng(4)
    value, group = rng.normal(size=40), np.arange(40) < 15
    pairs = [a - b for a in value[group] for b in value[~group]]
    found = compare(value, group)
    assert found.shift == pytest.approx(np.median(pairs))
    moved = compare(value + 3.0 * group, group)
    assert moved.shift_low == pytest.approx(found.shift_low + 3.0)
