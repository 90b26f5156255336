"""Arrays of trees: routes, and what compiled code may be given."""

from dataclasses import fields, replace

import numpy as np
import pytest

from models.lightgbm_text import trees_of
from models.tree_arrays import Trees, check_array, check_trees, joined, routes
from tests.models.tree_visits import booster_of, visits


@pytest.fixture(scope="module")
def trees() -> Trees:
    """Trees of a booster on 7 columns."""
    return trees_of(booster_of(visits()))


def test_routes_of_a_chain_and_a_balanced_tree() -> None:
    """Every set of answers leads to the leaf that following the children leads to."""
    left = np.array([[1, 2, -1], [1, -1, -3]], np.int32)
    right = np.array([[-2, -3, -4], [2, -2, -4]], np.int32)
    table = routes(left, right)
    assert table[0].tolist() == [1, 2, 1, 3, 1, 2, 1, 0]
    assert table[1].tolist() == [3, 1, 3, 0, 2, 1, 2, 0]


def test_parts_joined_are_the_whole(trees: Trees) -> None:
    """Trees taken apart and put together again are the same, field by field."""
    number = np.arange(len(trees.leaf))
    whole = joined([trees.at(number[:5]), trees.at(number[5:5]), trees.at(number[5:])])
    for field in fields(Trees):
        np.testing.assert_array_equal(getattr(whole, field.name), getattr(trees, field.name))
    check_trees(whole, 7)


def test_each_fault_is_reported(trees: Trees) -> None:
    """A wrong shape, type or place is refused with the array's name."""
    check_trees(trees, 7)
    faults = {
        "feature": replace(trees, feature=trees.feature + np.uint16(7)),
        "route": replace(trees, route=trees.route + np.uint8(4)),
        "left": replace(trees, left=trees.left - np.int32(4)),
        "right": replace(trees, right=trees.right + np.int32(4)),
        "threshold": replace(trees, threshold=trees.threshold[:, :2]),
        "default_left": replace(trees, default_left=trees.default_left.astype(np.uint8)),
        "leaf_count": replace(trees, leaf_count=trees.leaf_count.astype(np.float32)),
    }
    for name, faulty in faults.items():
        with pytest.raises(ValueError, match=name):
            check_trees(faulty, 7)


def test_a_column_beyond_the_patients_is_refused(trees: Trees) -> None:
    """Trees of 7 columns on rows of fewer would read another patient's memory."""
    with pytest.raises(ValueError, match="feature must lie from 0 to"):
        check_trees(trees, int(trees.feature.max()))


def test_an_array_of_another_shape_is_refused() -> None:
    """With its name, and what it must be."""
    with pytest.raises(ValueError, match=r"^leaf must be float64 of shape \(2, 4\), not"):
        check_array("leaf", np.zeros((2, 3)), (2, 4), np.dtype(np.float64))
