"""LightGBM's trees as arrays, against LightGBM."""

import lightgbm
import numpy as np
import pytest

from features.arrays import Floats
from models.lightgbm_text import trees_of
from models.tree_arrays import Trees
from models.tree_kernel import tree_sums
from tests.models.tree_visits import Visits, booster_of, visits


def scores(trees: Trees, X: Floats, classes: int = 4) -> Floats:
    """Raw scores (n, classes) of arrays in LightGBM's order: tree i belongs to class i % M."""
    start = np.arange(len(trees.leaf) + 1, dtype=np.int32)
    single = tree_sums(
        X, start, trees.feature, trees.threshold, trees.default_left, trees.route, trees.leaf
    )
    return single.reshape(len(X), -1, classes).sum(axis=1)


@pytest.fixture(scope="module")
def cohort() -> Visits:
    """250 visits, columns 1, 3 and 5 with gaps."""
    return visits()


@pytest.fixture(scope="module")
def booster(cohort: Visits) -> lightgbm.Booster:
    """LightGBM's model of them."""
    return booster_of(cohort)


def test_arrays_predict_as_lightgbm_does(cohort: Visits, booster: lightgbm.Booster) -> None:
    """The trees read from its text give LightGBM's raw scores, missing values too."""
    X = cohort.columns()
    theirs = booster.predict(X, raw_score=True)
    np.testing.assert_allclose(scores(trees_of(booster), X), theirs, rtol=0, atol=1e-12)


def test_values_on_a_threshold_go_as_in_lightgbm(booster: lightgbm.Booster) -> None:
    """A value equal to a split's threshold goes left in both; LightGBM takes 1e-35 for 0."""
    trees = trees_of(booster)
    rows = np.zeros((len(trees.leaf), 7))
    threshold = trees.threshold[:, 0]
    rows[np.arange(len(rows)), trees.feature[:, 0]] = np.where(
        np.abs(threshold) < 1e-34, 0.0, threshold
    )
    theirs = booster.predict(rows, raw_score=True)
    np.testing.assert_allclose(scores(trees, rows), theirs, rtol=0, atol=1e-12)


def test_gaps_where_training_had_none_go_as_in_lightgbm(booster: lightgbm.Booster) -> None:
    """Columns 0, 2 and 4 had no gaps, so LightGBM counts a gap as 0; the others may have none."""
    X = np.random.default_rng(5).normal(size=(200, 7))
    for columns in ([0, 2, 4], [0], [2], list(range(7))):
        gaps = X.copy()
        gaps[:, columns] = np.nan
        theirs = booster.predict(gaps, raw_score=True)
        np.testing.assert_allclose(scores(trees_of(booster), gaps), theirs, rtol=0, atol=1e-12)
    assert np.ptp(theirs - booster.predict(X, raw_score=True)) > 0.1  # gaps matter


def test_fill_stands_for_gaps_where_training_had_none(booster: lightgbm.Booster) -> None:
    """As if the value stood there; columns with gaps in training keep their own direction."""
    fill = np.array([1.5, -9.0, -1.2, -9.0, 0.7, -9.0, 0.0])
    X = np.random.default_rng(6).normal(size=(200, 7))
    X[:, :6] = np.where(np.random.default_rng(7).random((200, 6)) < 0.4, np.nan, X[:, :6])
    imputed = X.copy()
    imputed[:, ::2] = np.where(np.isnan(X[:, ::2]), fill[::2], X[:, ::2])
    ours = scores(trees_of(booster, fill), X)
    np.testing.assert_allclose(ours, booster.predict(imputed, raw_score=True), rtol=0, atol=1e-12)
    assert np.abs(ours - scores(trees_of(booster), X)).max() > 0.1


def test_single_leaves_are_trees() -> None:
    """Constant columns leave one leaf a class: LightGBM's constant, for whatever values."""
    cohort = visits(80, seed=8)
    constant = cohort._replace(X=np.ones((80, 2)), day=np.full(80, 28.0))
    booster = booster_of(constant)
    trees = trees_of(booster)
    assert len(trees.leaf) == 4
    X = np.array([[5.0, np.nan, 0.0]])
    np.testing.assert_array_equal(scores(trees, X), booster.predict(X, raw_score=True))
