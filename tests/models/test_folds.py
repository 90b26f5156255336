"""Inner folds by patient."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.folds import assign_folds, patient_keys, patients_by_outcome


@given(st.integers(10, 60), st.integers(2, 5), st.integers(0, 100))
def test_events_and_patients_are_spread_evenly(n: int, folds: int, seed: int) -> None:
    """Fold sizes differ by at most one patient, and so do their numbers of events."""
    rng = np.random.default_rng(seed)
    y = (rng.random(n) < 0.4).astype(float)
    keys = patient_keys(rng.normal(size=(n, 2)), y, None, seed)
    fold = assign_folds(keys, y, folds)
    sizes = np.bincount(fold, minlength=folds)
    events = np.bincount(fold, y, minlength=folds)
    assert np.ptp(sizes) <= 1
    assert np.ptp(events) <= 1


def test_rows_of_a_patient_stay_together() -> None:
    """No patient's rows lie in two folds, whatever their values and labels."""
    rng = np.random.default_rng(0)
    groups = rng.integers(0, 20, 80)
    y = (rng.random(80) < 0.5).astype(float)
    keys = patient_keys(rng.normal(size=(80, 3)), y, list(groups), 0)
    fold = assign_folds(keys, y, 5)
    assert all(len(set(fold[groups == g])) == 1 for g in np.unique(groups))


def test_order_of_rows_does_not_matter() -> None:
    """Shuffled rows get the folds they had."""
    rng = np.random.default_rng(1)
    X, y = rng.normal(size=(40, 2)), (rng.random(40) < 0.5).astype(float)
    X[3, 1] = np.nan
    order = rng.permutation(40)
    plain = assign_folds(patient_keys(X, y, None, 7), y, 4)
    shuffled = assign_folds(patient_keys(X[order], y[order], None, 7), y[order], 4)
    np.testing.assert_array_equal(plain[order], shuffled)


def test_seed_changes_the_folds() -> None:
    """Another seed deals the patients differently."""
    rng = np.random.default_rng(2)
    X, y = rng.normal(size=(40, 2)), np.arange(40) % 2.0
    deals = {tuple(assign_folds(patient_keys(X, y, None, s), y, 4)) for s in range(5)}
    assert len(deals) == 5


def test_patients_are_counted_once() -> None:
    """A patient with several rows counts once, with the event if any row has it."""
    assert patients_by_outcome([b"a", b"a", b"b", b"c"], np.array([0, 1, 0, 0.0])) == (1, 2)
