"""LightGBM's trees as arrays, read from its text form: exact, and no pickle."""

from typing import TYPE_CHECKING

import numpy as np

from features.arrays import Bools, Floats
from models.tree_arrays import Trees, routes
from models.tree_kernel import SPLITS

if TYPE_CHECKING:
    import lightgbm

DEFAULT_LEFT, MISSING_TYPE = 2, 12  # bits of LightGBM's decision_type; missing type 0 is none


def trees_of(booster: "lightgbm.Booster", fill: Floats | None = None) -> Trees:
    """A booster's trees in its order, read from its text form (17 digits, so exact).

    Tree i of a model of M classes belongs to class i % M. `fill`, one value a column, stands for a
    missing value where training had none, so that no direction was learned; LightGBM's own is 0.
    """
    blocks = booster.model_to_string().split("\nTree=")[1:]
    text = [_fields_of(block) for block in blocks]
    left_child = _nodes(text, "left_child").astype(np.int32)
    right_child = _nodes(text, "right_child").astype(np.int32)
    node_count = _nodes(text, "internal_count")
    leaf_count = _leaves(text, "leaf_count")
    single = [tree["num_leaves"] == ["1"] for tree in text]  # no split: both children are leaf 0
    left_child[single, 0] = right_child[single, 0] = -1
    node_count[single, 0] = leaf_count[single, 0] = 1.0
    feature = _nodes(text, "split_feature").astype(np.uint16)
    return Trees(
        feature=feature,
        threshold=_nodes(text, "threshold"),
        default_left=_default_left(text, np.zeros(booster.num_feature()) if fill is None else fill),
        left=left_child,
        right=right_child,
        route=routes(left_child, right_child),
        leaf=_leaves(text, "leaf_value"),
        node_count=node_count,
        leaf_count=leaf_count,
    )


def _default_left(text: list[dict[str, list[str]]], fill: Floats) -> Bools:
    """Whether a missing value goes left: as learned, or where the column's fill goes."""
    decision = _nodes(text, "decision_type").astype(np.int64)
    column = _nodes(text, "split_feature").astype(np.int64)
    fill_left = fill[column] <= _nodes(text, "threshold")
    learned = (decision & MISSING_TYPE) > 0
    return np.where(learned, (decision & DEFAULT_LEFT) > 0, fill_left)


def _fields_of(block: str) -> dict[str, list[str]]:
    lines = (line.partition("=") for line in block.split("\n"))
    return {key: value.split(" ") for key, _, value in lines if value}


def _nodes(text: list[dict[str, list[str]]], key: str) -> Floats:
    return _padded(text, key, SPLITS)


def _leaves(text: list[dict[str, list[str]]], key: str) -> Floats:
    return _padded(text, key, SPLITS + 1)


def _padded(text: list[dict[str, list[str]]], key: str, size: int) -> Floats:
    """One field of all trees, (T, size), zero where a tree has fewer nodes."""
    table = np.zeros((len(text), size))
    for row, tree in zip(table, text, strict=True):
        words = tree.get(key, [])
        row[: len(words)] = [float(word) for word in words]
    return table
