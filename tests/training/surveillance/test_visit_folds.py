"""Folds of surveillance keep sites whole where a model can be learned without one."""

import numpy as np

from training.surveillance.visit_folds import visit_folds


def site_of(*sizes: int) -> np.ndarray:
    """Sites named by number, of the given sizes."""
    return np.array([f"s{i}" for i, size in enumerate(sizes) for _ in range(size)], dtype=object)


def test_sites_stay_whole_and_folds_even() -> None:
    """Seven sites in five folds: none is split, no fold takes more than its share, one repeat."""
    site = site_of(30, 20, 20, 15, 15, 10, 10)
    plan = visit_folds(np.arange(120) % 2.0, site, 3, 5, 0)
    assert plan.by == "site" and plan.fold.shape == (1, 120)
    for name in set(site):
        assert len(set(plan.fold[0][site == name])) == 1
    assert np.bincount(plan.fold[0]).max() <= 45
    np.testing.assert_array_equal(plan.fold, plan.stratum)


def test_a_site_that_equals_the_label_leaves_nothing_to_compare() -> None:
    """Sites cannot be left out, so folds are by patient and only one site's patients compared."""
    site, y = site_of(30, 30), np.repeat([0.0, 1.0], 30)
    plan = visit_folds(y, site, 1, 5, 0)
    assert plan.by == "patient" and "same site" in plan.note
    for stratum in np.unique(plan.stratum):
        assert len(set(y[plan.stratum[0] == stratum])) <= 1


def test_one_site_is_divided_by_patient() -> None:
    """Every repeat is drawn, unknown labels are spread too, and all of a fold may be compared."""
    y = np.tile([0.0, 1.0, np.nan], 20)
    plan = visit_folds(y, np.full(60, "", dtype=object), 2, 5, 0)
    assert plan.by == "patient" and plan.fold.shape == (2, 60)
    for fold in plan.fold:
        assert np.bincount(fold[np.isnan(y)]).tolist() == [4] * 5
    np.testing.assert_array_equal(plan.fold, plan.stratum)
