"""AUC against a double loop and scikit-learn."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score, roc_curve

from training.statistics.accuracy.auc import auc, bootstrap_auc, pair_matrices, roc_points


def slow_auc(score, y, weight, stratum) -> float:
    """Every pair, one at a time."""
    wins = total = 0.0
    for i in np.flatnonzero(y == 1):
        for j in np.flatnonzero(y == 0):
            if stratum[i] == stratum[j]:
                total += weight[i] * weight[j]
                wins += weight[i] * weight[j] * (
                    1.0 if score[i] > score[j] else 0.5 if score[i] == score[j] else 0.0
                )  # fmt: skip
    return wins / total if total else float("nan")


@given(st.integers(0, 10_000))
def test_auc_equals_the_double_loop(seed: int) -> None:
    """With ties, weights, unknown labels and strata."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 25))
    score, y = rng.integers(0, 5, n).astype(float), rng.choice([0.0, 1.0, np.nan], n)
    weight, stratum = rng.uniform(0, 2, n), rng.integers(0, 3, n)
    np.testing.assert_allclose(auc(score, y, weight, stratum), slow_auc(score, y, weight, stratum))


def test_auc_equals_scikit_learn() -> None:
    """Without strata and unknown labels it is the usual weighted area."""
    rng = np.random.default_rng(2)
    score, y, weight = rng.normal(size=80), rng.integers(0, 2, 80) * 1.0, rng.uniform(1, 2, 80)
    expected = roc_auc_score(y, score, sample_weight=weight)
    np.testing.assert_allclose(auc(score, y, weight), expected)
    false, true, _ = roc_curve(y, score, sample_weight=weight, drop_intermediate=False)
    np.testing.assert_allclose(np.array(roc_points(score, y, weight)), np.c_[false, true])


def test_only_patients_of_one_fold_are_compared() -> None:
    """Scores that are perfect within folds but shifted between them still give 1."""
    score = np.array([1.0, 0.0, 11.0, 10.0])
    y, fold = np.array([1.0, 0.0, 1.0, 0.0]), np.array([0, 0, 1, 1])
    assert auc(score, y, np.ones(4), fold) == 1.0
    assert auc(score, y, np.ones(4)) == 0.75


def test_bootstrap_equals_repeating_the_patients() -> None:
    """Two matrix products give the AUC of the redrawn patients, over repeats."""
    rng = np.random.default_rng(3)
    n, repeats = 12, 3
    score, weight = rng.normal(size=(repeats, n)), rng.uniform(1, 2, (repeats, n))
    y, stratum = np.arange(n) % 2.0, rng.integers(0, 2, (repeats, n))
    wins, pairs = pair_matrices(score, y, weight, stratum)
    index = rng.integers(0, n, n)
    copies = np.bincount(index, minlength=n)[None].astype(float)
    flat = [
        a[:, index].ravel() for a in (score, weight, stratum + 10 * np.arange(repeats)[:, None])
    ]
    expected = slow_auc(flat[0], np.tile(y[index], repeats), flat[1], flat[2])
    np.testing.assert_allclose(bootstrap_auc(wins, pairs, y, copies)[0], expected)


def test_without_pairs_it_is_undefined() -> None:
    """One class only: NaN, and no ROC."""
    assert np.isnan(auc(np.ones(3), np.ones(3), np.ones(3)))
    assert roc_points(np.ones(3), np.ones(3), np.ones(3)) == []
