"""Folds keep patients and sites whole and labels balanced."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from training.evaluation.folds import patient_fold_plan, site_fold_plan


def site_of(*sizes: int) -> np.ndarray:
    """Sites named by number, of the given sizes."""
    return np.array([f"s{i}" for i, size in enumerate(sizes) for _ in range(size)], dtype=object)


@given(st.integers(20, 120), st.integers(0, 1000), st.integers(2, 6))
def test_folds_of_patients_balance_each_outcome(n: int, seed: int, n_folds: int) -> None:
    """Each first event, none and unknown are spread evenly, in every repeat; seeds differ."""
    outcome = np.random.default_rng(seed).choice([-1, 0, 1, 2, 3], n)
    plan = patient_fold_plan(outcome, np.full(n, "", dtype=object), 2, n_folds, seed)
    assert plan.by == "patient"
    for fold in plan.fold:
        for value in (-1, 0, 1, 2, 3):
            counts = np.bincount(fold[outcome == value], minlength=n_folds)
            assert counts.max() - counts.min() <= 1
    np.testing.assert_array_equal(plan.fold, plan.stratum)


def test_the_same_seed_gives_the_same_folds() -> None:
    """Folds depend on the seed and repeats differ."""
    outcome, site = np.arange(50) % 2, np.full(50, "", dtype=object)
    first, again, other = (patient_fold_plan(outcome, site, 2, 5, seed).fold for seed in (1, 1, 9))
    np.testing.assert_array_equal(first, again)
    assert np.any(first != other)
    assert np.any(first[0] != first[1])


def test_folds_of_patients_compare_within_hospitals() -> None:
    """Folds cross hospitals; a stratum is one hospital's patients of one fold."""
    site = site_of(30, 20, 10)
    plan = patient_fold_plan(np.arange(60) % 3, site, 3, 5, 0)
    for fold, stratum in zip(plan.fold, plan.stratum, strict=True):
        assert all(len(set(fold[site == name])) > 1 for name in set(site))
        pairs = set(zip(fold.tolist(), site.tolist(), strict=True))
        assert len(pairs) == len(set(stratum.tolist()))
        for one in np.unique(stratum):
            members = stratum == one
            assert len(set(fold[members])) == len(set(site[members])) == 1


def test_each_site_is_left_out_once() -> None:
    """One partition, said so; a single site leaves nothing to learn from."""
    site = site_of(5, 7, 9)
    plan = site_fold_plan(site)
    assert plan is not None and plan.by == "site" and "one partition" in plan.note
    assert plan.fold.shape == (1, 21)
    assert [set(site[plan.fold[0] == k]) for k in range(3)] == [{"s0"}, {"s1"}, {"s2"}]
    assert site_fold_plan(site_of(8)) is None
