"""Arrangements within sites: against itertools, and the smallest p by search."""

from itertools import permutations

import numpy as np
import pytest

from training.statistics.significance.arrangements import (
    all_arrangements,
    drawn_arrangements,
    n_arrangements,
    site_members,
    smallest_p,
)
from training.statistics.significance.score_test import score_test

VALUE = np.array([2.0, 0.0, 0.0, 1.0, 1.0, 0.0, 3.0])
MEMBERS = site_members(np.array([7, 7, 7, 2, 2, 2, 5]))


def test_sites_come_in_the_order_of_their_first_patient() -> None:
    """Site 7 stands first in the table, so its patients do."""
    assert [inside.tolist() for inside in MEMBERS] == [[0, 1, 2], [3, 4, 5], [6]]


def test_every_arrangement_comes_once() -> None:
    """The same set as all permutations of each site, without repeats, the observed one first."""
    rows = all_arrangements(VALUE, MEMBERS)
    first, second = set(permutations([2.0, 0.0, 0.0])), set(permutations([1.0, 1.0, 0.0]))
    expected = {(*a, *b, 3.0) for a in first for b in second}
    assert {tuple(row) for row in rows.tolist()} == expected
    assert len(rows) == len(expected) == n_arrangements(VALUE, MEMBERS) == 9
    assert rows[0].tolist() == VALUE.tolist()


def test_a_large_site_without_an_event_is_one_arrangement() -> None:
    """1,500 event-free patients beside 3 with one event: 3 arrangements."""
    value = np.append(np.zeros(1500), [2.0, -1.0, -1.0])
    members = site_members(np.repeat([0, 1], [1500, 3]))
    rows = all_arrangements(value, members)
    assert len(rows) == n_arrangements(value, members) == 3
    assert {tuple(row) for row in rows[:, 1500:].tolist()} == set(permutations([2.0, -1.0, -1.0]))


def test_random_ones_stay_in_their_site_and_are_equally_frequent() -> None:
    """Each of the 9 arrangements comes in a ninth of the draws."""
    rows = drawn_arrangements(VALUE, MEMBERS, 9000, np.random.default_rng(1))
    _, counts = np.unique(rows[1:], axis=0, return_counts=True)
    assert rows[0].tolist() == VALUE.tolist()
    assert len(counts) == 9
    assert np.abs(counts - 1000).max() < 4 * np.sqrt(1000 * 8 / 9)


@pytest.mark.parametrize(("events", "patients"), [(1, 6), (2, 5), (3, 6), (2, 4)])
def test_no_features_give_a_smaller_p_than_the_smallest(events: int, patients: int) -> None:
    """Over 300 random tables, the least p is the stated one (half and half: twice as large)."""
    y = (np.arange(patients) < events).astype(float)[:, None]
    site = np.zeros(patients, np.int64)
    rng = np.random.default_rng(3)
    tests = [
        score_test(rng.normal(size=(patients, 2)), y, np.ones_like(y), site=site, sets=[[0, 1]])
        for _ in range(300)
    ]
    assert min(test.p for test in tests) == pytest.approx(tests[0].smallest_p)


def test_random_draws_limit_the_smallest_p() -> None:
    """With more arrangements than draws it is 1 / (draws + 1)."""
    assert smallest_p(VALUE, MEMBERS, 10**9, 199) == 1 / 200
