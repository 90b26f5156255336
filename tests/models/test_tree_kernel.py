"""Compiled sums and Shapley values of trees against slow walks and the definition."""

from itertools import combinations
from math import factorial

import numpy as np
import pytest

from features.arrays import Floats
from models.lightgbm_text import trees_of
from models.tree_arrays import Trees
from models.tree_kernel import tree_shap, tree_sums
from tests.models.tree_visits import booster_of, visits

GROUPS = np.array([0, 20, 20, 45], np.int32)  # the second has no trees


@pytest.fixture(scope="module")
def trees() -> Trees:
    """Trees of a booster on 250 visits."""
    return trees_of(booster_of(visits()))


def sums(trees: Trees, X: Floats) -> Floats:
    """The kernel on these groups."""
    return tree_sums(
        X, GROUPS, trees.feature, trees.threshold, trees.default_left, trees.route, trees.leaf
    )


def shap_of(trees: Trees, x: Floats) -> tuple[Floats, Floats]:
    """The kernel on these groups."""
    return tree_shap(
        x, GROUPS, trees.feature, trees.threshold, trees.default_left, trees.left, trees.right,
        trees.leaf, trees.node_count, trees.leaf_count,
    )  # fmt: skip


def mean_output(
    trees: Trees, t: int, x: Floats, coalition: tuple[int, ...], node: int = 0
) -> float:
    """A tree's expectation below a node when only the coalition's columns are known."""
    if node < 0:
        return float(trees.leaf[t, ~node])
    column, children = int(trees.feature[t, node]), (trees.left[t, node], trees.right[t, node])
    below = [mean_output(trees, t, x, coalition, int(child)) for child in children]
    if column in coalition:
        missing = np.isnan(x[column])
        left = trees.default_left[t, node] if missing else x[column] <= trees.threshold[t, node]
        return below[0] if left else below[1]
    counts = [
        trees.node_count[t, c] if c >= 0 else trees.leaf_count[t, ~c] for c in map(int, children)
    ]
    return float(np.average(below, weights=counts))


def test_sums_equal_a_slow_walk(trees: Trees) -> None:
    """Every group is the sum of its trees, walked node by node, missing values too."""
    X = visits(15, seed=1).columns()
    everything = tuple(range(7))
    slow = [
        [
            sum(mean_output(trees, t, x, everything) for t in range(GROUPS[g], GROUPS[g + 1]))
            for g in range(3)
        ]
        for x in X
    ]
    np.testing.assert_allclose(sums(trees, X), slow, rtol=0, atol=1e-12)


def test_one_row_alone_gives_the_same_bits(trees: Trees) -> None:
    """A patient's value does not depend on who else is in the table."""
    X = visits(20, seed=2).columns()
    alone = np.concatenate([sums(trees, row[None]) for row in X])
    np.testing.assert_array_equal(sums(trees, X), alone)


def test_contributions_are_shapley_values(trees: Trees) -> None:
    """The definition: mean gain over all orders in which columns become known."""
    x = visits(1, seed=3).columns()[0]
    _, contributions = shap_of(trees, x)

    def worth(coalition: tuple[int, ...]) -> float:
        return sum(mean_output(trees, t, x, coalition) for t in range(20))

    for j in range(7):
        others = [k for k in range(7) if k != j]
        value = sum(
            factorial(size) * factorial(6 - size) / factorial(7) * (worth((*s, j)) - worth(s))
            for size in range(7)
            for s in combinations(others, size)
        )
        assert contributions[0, j] == pytest.approx(value, abs=1e-12)


def test_mean_and_contributions_add_up_to_the_sum(trees: Trees) -> None:
    """For every group, the one without trees too."""
    for x in visits(20, seed=4).columns():
        mean, contributions = shap_of(trees, x)
        np.testing.assert_allclose(
            mean + contributions.sum(axis=1), sums(trees, x[None])[0], rtol=0, atol=1e-12
        )
        assert mean[1] == 0 and not contributions[1].any()
