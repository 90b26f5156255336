"""LightGBM's trees as arrays, against LightGBM."""

import sys

import numpy as np
import pytest

from features.errors import InputError
from models.explain import Background, reasons
from models.logit_stack import tree_member
from models.trees import boost, make_bins, raw_logits, tree_fill, trees_of


def draw(n: int = 150, p: int = 6, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Outcomes that follow two features; every other feature is missing at times."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, p))
    y = (rng.random(n) < 1 / (1 + np.exp(-2 * X[:, 0] * (X[:, 1] > 0)))).astype(float)
    X[:, ::2] = np.where(rng.random(X[:, ::2].shape) < 0.15, np.nan, X[:, ::2])
    return X, y


def test_arrays_predict_as_lightgbm_does() -> None:
    """The trees read from its text give LightGBM's raw scores, missing values too."""
    X, y = draw()
    booster = boost(make_bins(X), y, np.ones(len(y)))
    fill = tree_fill(X, np.zeros(6))
    ours = tree_member(trees_of(booster), fill).logits(X)[:, 0]
    np.testing.assert_allclose(ours, booster.predict(X, raw_score=True), rtol=0, atol=1e-12)
    np.testing.assert_allclose(ours, raw_logits(booster, X, fill), rtol=0, atol=1e-12)


def test_values_on_a_threshold_go_as_in_lightgbm() -> None:
    """A value equal to a split's threshold goes left in both."""
    X, y = draw()
    booster = boost(make_bins(X), y, np.ones(len(y)))
    trees = trees_of(booster)
    rows = np.zeros((len(trees.leaf), 6))
    rows[np.arange(len(rows)), trees.feature[:, 0]] = trees.threshold[:, 0]
    ours = tree_member(trees, np.zeros(6)).logits(rows)[:, 0]
    np.testing.assert_allclose(ours, booster.predict(rows, raw_score=True), atol=1e-12)


def test_without_splits_the_model_is_the_prevalence() -> None:
    """Constant features leave one leaf: everybody gets the log-odds of the prevalence."""
    y = np.array([1.0] * 30 + [0.0] * 70)
    X = np.ones((100, 2))
    stack = tree_member(trees_of(boost(make_bins(X), y, np.ones(100))), np.zeros(2))
    logits = stack.logits(np.array([[5.0, np.nan]]))
    assert logits[0, 0] == pytest.approx(np.log(0.3 / 0.7), abs=1e-6)
    contributions, baseline = reasons(stack, Background(np.zeros(2), np.zeros(2)), X[:1])
    assert contributions.tolist() == [[0.0, 0.0]]
    assert baseline == logits[0, 0]


def test_weight_zero_is_absence() -> None:
    """Patients of weight 0 have no part in the trees, only in the bins' edges."""
    X, y = draw()
    weight = np.where(np.arange(150) < 100, 1.0, 0.0)
    flipped = np.where(weight > 0, y, 1 - y)
    bins = make_bins(X)
    one, two = (trees_of(boost(bins, labels, weight)) for labels in (y, flipped))
    np.testing.assert_array_equal(one.leaf, two.leaf)
    assert one.leaf_count.sum(axis=1).max() == 100


def test_leaves_are_few_and_small() -> None:
    """At most four leaves of about five patients or more (LightGBM counts by curvature)."""
    X, y = draw(n=60)
    trees = trees_of(boost(make_bins(X), y, np.ones(60)))
    assert trees.leaf.shape[1] == 4
    assert trees.leaf_count[trees.leaf_count > 0].min() >= 3


def test_never_missing_in_training_is_filled() -> None:
    """A feature complete in training gets its median; one with gaps is left to the trees."""
    X = np.array([[1.0, np.nan], [3.0, 2.0]])
    np.testing.assert_array_equal(tree_fill(X, np.array([2.0, 2.0])), [2.0, np.nan])


def test_without_lightgbm_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where LightGBM cannot be loaded, the sentence names libgomp1 and the way out."""
    monkeypatch.setitem(sys.modules, "lightgbm", None)
    with pytest.raises(InputError, match=r"install it .* or leave lightgbm out"):
        make_bins(np.zeros((10, 2)))
