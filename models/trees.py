"""LightGBM candidate: one fixed, shallow setting, and its trees as plain arrays.

LightGBM is imported only when it is a candidate. It takes missing values as they are.
"""

from typing import TYPE_CHECKING

import numpy as np

from features.arrays import Floats
from features.errors import InputError
from models.kernel import SPLITS
from models.logit_stack import Trees, routes

if TYPE_CHECKING:
    import lightgbm


ROUNDS = 40
SETTING: dict[str, object] = {
    "objective": "binary",
    "num_leaves": SPLITS + 1,
    "min_data_in_leaf": 5,  # at the default of 20 the model is a constant below n of about 40
    "learning_rate": 0.1,
    "max_bin": 31,  # no finer than patients allow, and a third faster than 255
    "feature_pre_filter": False,
    "force_col_wise": True,
    "num_threads": 1,
    "deterministic": True,
    "metric": "None",  # no metric is read
    "seed": 0,
    "verbose": -1,
}


def make_bins(X: Floats) -> "lightgbm.Dataset":
    """Cut features (n, p) into LightGBM's bins, once for a cohort's fit and all its inner folds.

    Bin edges are quantiles of the features and do not depend on outcomes.

    Errors: InputError when LightGBM cannot be loaded.
    """
    try:
        import lightgbm
    except (ImportError, OSError) as problem:
        raise InputError(
            "The candidate lightgbm needs the system's OpenMP library (libgomp1), which could not "
            "be loaded: install it (on Debian, apt install libgomp1) or leave lightgbm out."
        ) from problem
    data = lightgbm.Dataset(X, np.zeros(len(X)), params=dict(SETTING), free_raw_data=False)
    return data.construct()


def boost(bins: "lightgbm.Dataset", y: Floats, weight: Floats) -> "lightgbm.Booster":
    """Boost 40 trees on the rows with weight > 0."""
    import lightgbm

    rows = np.flatnonzero(weight > 0)
    data = bins.subset(rows.tolist()).construct()
    data.set_label(y[rows]).set_weight(weight[rows])
    booster = lightgbm.Booster(dict(SETTING), data)
    for _ in range(ROUNDS):
        if booster.update():  # no further split is possible
            break
    return booster


def tree_fill(X: Floats, medians: Floats) -> Floats:
    """Fill values of features without missing values in training: the median, else NaN.

    Trees that learned from missing values of a feature have a branch for them: these stay missing.
    """
    return np.where(np.isnan(X).any(axis=0), np.nan, medians)


def raw_logits(booster: "lightgbm.Booster", X: Floats, fill: Floats) -> Floats:
    """Log-odds by LightGBM itself, (n,); for inner folds, whose trees are not kept.

    Prediction ignores the booster's own num_threads, and waking a pool of threads for forty
    rows takes a hundred times longer than scoring them.
    """
    imputed_X = np.where(np.isnan(X), fill, X)
    logits: Floats = np.asarray(booster.predict(imputed_X, raw_score=True, num_threads=1))
    return logits


def trees_of(booster: "lightgbm.Booster") -> Trees:
    """A booster's trees as arrays, read from its text form (17 digits, so exact)."""
    blocks = booster.model_to_string().split("\nTree=")[1:]
    text = [_fields_of(block) for block in blocks]
    left_child = _nodes(text, "left_child").astype(np.int32)
    right_child = _nodes(text, "right_child").astype(np.int32)
    node_count = _nodes(text, "internal_count")
    leaf_count = _leaves(text, "leaf_count")
    single = [tree["num_leaves"] == ["1"] for tree in text]  # no split: both children are leaf 0
    left_child[single, 0] = right_child[single, 0] = -1
    node_count[single, 0] = leaf_count[single, 0] = 1.0
    return Trees(
        feature=_nodes(text, "split_feature").astype(np.uint16),
        threshold=_nodes(text, "threshold"),
        default_left=(_nodes(text, "decision_type").astype(np.int64) & 2) > 0,
        left=left_child,
        right=right_child,
        route=routes(left_child, right_child),
        leaf=_leaves(text, "leaf_value"),
        node_count=node_count,
        leaf_count=leaf_count,
    )


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
