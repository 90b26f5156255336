"""Logit functions as arrays: what a fitted model consists of once it is frozen.

One member is one function x -> log-odds: a linear part on the imputed features and their missing
indicators, plus the sum of small trees. A model is a stack of one member; its bootstrap refits
are a stack of many. Both are evaluated by the same kernel, so that the served logit equals
the evaluated one to the last bit.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from features.arrays import Bools, Bytes, Floats, Ints32, UInts16
from features.errors import InputError
from models.kernel import SPLITS, stack_logits


@dataclass(frozen=True)
class Trees:
    """Decision trees of at most `SPLITS` splits; all leaves in log-odds.

    Shapes: (T, SPLITS) for nodes and (T, SPLITS + 1) for leaves. A child c >= 0 is a node, c < 0
    is leaf ~c; a parent comes before its children. `node_count` and `leaf_count` are the training
    patients that passed; a node without any is padding. `route` (T, 2 ** SPLITS) is the leaf
    by the directions at the nodes: bit k of the index is set when node k sends the patient left.
    """

    feature: UInts16
    threshold: Floats
    default_left: Bools
    left: Ints32
    right: Ints32
    route: Bytes
    leaf: Floats
    node_count: Floats
    leaf_count: Floats


@dataclass(frozen=True)
class Stack:
    """R logit functions on the same p features.

    `fill` (R, p) replaces a missing value; where it is itself missing, the member's trees
    learned a direction for missing values. `tree_start` (R + 1,) bounds each member's
    trees.
    """

    intercept: Floats
    coef: Floats
    missing_coef: Floats
    fill: Floats
    tree_start: Ints32
    trees: Trees

    def logits(self, X: Floats) -> Floats:
        """Log-odds of every row by every member, shape (n, R); X is (n, p), NaN where missing."""
        t = self.trees
        _check_width(X, self.coef.shape[1])
        return stack_logits(
            np.ascontiguousarray(X, dtype=np.float64), self.intercept, self.coef,
            self.missing_coef, self.fill, self.tree_start, t.feature, t.threshold,
            t.default_left, t.route, t.leaf,
        )  # fmt: skip


def _check_width(X: Floats, p: int) -> None:
    if X.ndim != 2 or X.shape[1] != p:
        raise InputError(
            f"This model takes rows of {p} features, but an array of shape {X.shape} came: give "
            "one column per feature, NaN where it was not measured."
        )


def no_trees() -> Trees:
    """An empty set of trees.

    >>> no_trees().leaf.shape
    (0, 4)
    """
    node, leaf = (0, SPLITS), (0, SPLITS + 1)
    return Trees(
        np.zeros(node, np.uint16), np.zeros(node), np.zeros(node, bool), np.zeros(node, np.int32),
        np.zeros(node, np.int32), np.zeros((0, 1 << SPLITS), np.uint8), np.zeros(leaf),
        np.zeros(node), np.zeros(leaf),
    )  # fmt: skip


def routes(left_child: Ints32, right_child: Ints32) -> Bytes:
    """Leaf of each tree by the directions at its nodes; children (T, SPLITS) give (T, 2 ** SPLITS).

    >>> one_split = np.array([[-1, 0, 0]], np.int32), np.array([[-2, 0, 0]], np.int32)
    >>> routes(*one_split)[0].tolist()  # bit 0 set: left, leaf 0
    [1, 0, 1, 0, 1, 0, 1, 0]
    """
    trees, splits = left_child.shape
    table = np.empty((trees, 1 << splits), np.uint8)
    for route_bits in range(1 << splits):
        node = np.zeros(trees, np.int32)
        for _ in range(splits):
            current = np.maximum(node, 0)[:, None]
            goes_left = (route_bits >> current[:, 0]) & 1 == 1
            child = np.where(
                goes_left,
                np.take_along_axis(left_child, current, axis=1)[:, 0],
                np.take_along_axis(right_child, current, axis=1)[:, 0],
            )
            node = np.where(node >= 0, child, node)
        table[:, route_bits] = ~node
    return table


def linear_member(intercept: float, coef: Floats, missing_coef: Floats, fill: Floats) -> Stack:
    """A stack of one linear function; arrays of shape (p,).

    >>> member = linear_member(-1.0, np.array([2.0]), np.array([0.5]), np.array([3.0]))
    >>> member.logits(np.array([[1.0], [np.nan]])).ravel().tolist()
    [1.0, 5.5]
    """
    start = np.zeros(2, np.int32)
    return Stack(
        np.array([intercept]), coef[None], missing_coef[None], fill[None], start, no_trees()
    )


def tree_member(trees: Trees, fill: Floats) -> Stack:
    """A stack of one sum of trees."""
    zero = np.zeros((1, len(fill)))
    start = np.array([0, len(trees.leaf)], np.int32)
    return Stack(np.zeros(1), zero, zero, fill[None], start, trees)


def calibrated(stack: Stack, intercept: float, slope: float) -> Stack:
    """The stack of intercept + slope x logit; reasons scale with it, so they stay exact."""
    return replace(
        stack,
        intercept=intercept + slope * stack.intercept,
        coef=slope * stack.coef,
        missing_coef=slope * stack.missing_coef,
        trees=replace(stack.trees, leaf=slope * stack.trees.leaf),
    )


def concatenate(stacks: Sequence[Stack]) -> Stack:
    """All members of several stacks as one."""
    counts = np.concatenate([np.diff(s.tree_start) for s in stacks])
    start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)

    def rows(name: str) -> Floats:
        return np.concatenate([getattr(s, name) for s in stacks])

    trees = Trees(
        **{
            f.name: np.concatenate([getattr(s.trees, f.name) for s in stacks])
            for f in fields(Trees)
        }
    )
    return Stack(rows("intercept"), rows("coef"), rows("missing_coef"), rows("fill"), start, trees)
