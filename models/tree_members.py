"""Boosted trees of competing hazards as arrays: predictors, and TreeSHAP terms that add up to them.

Where LightGBM's softmax over none (class 0) and C events has raw scores s_0 .. s_C, the predictor
of event c is u_c = s_c - s_0, the sum of the trees of class c and the negated trees of class 0.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from features.arrays import Floats, Ints32
from models.hazard_model import check_visits, visit_time
from models.lightgbm_text import trees_of
from models.tree_arrays import Trees, check_array, check_trees, joined
from models.tree_kernel import tree_shap, tree_sums

if TYPE_CHECKING:
    import lightgbm


@dataclass(frozen=True)
class TreeMembers:
    """R members, a model (R = 1) or its refits, on the same p features.

    `intercepts` (R, K, C) are log-odds of each event against none in each interval. The trees of
    member r and event c are those from `tree_start[r * C + c]` to the next bound (R * C + 1,). The
    trees see p + 1 columns, the last one the time of the visit, `models.hazard_model.visit_time`.
    """

    intercepts: Floats
    trees: Trees
    tree_start: Ints32
    n_features: int

    def predictors(self, X: Floats, day: Floats) -> Floats:
        """Predictors u (n, R, C) of features X (n, p), NaN where missing, at the day of the visit.

        The log-odds of event c against none in interval k are `intercepts[r, k, c] + u[:, r, c]`.
        """
        rows, t = with_time(X, day, self.n_features), self.trees
        sums: Floats = tree_sums(
            rows, self.tree_start, t.feature, t.threshold, t.default_left, t.route, t.leaf
        )
        return sums.reshape(len(rows), len(self.intercepts), -1)

    def terms(self, x: Floats, day: float) -> tuple[Floats, Floats]:
        """The first member's predictor of one patient x (p,) in parts: base (C,) and terms (p, C).

        Their sum is `predictors` of that member.
        Terms are path-dependent SHAP values (Lundberg et al. 2020, Nature Machine Intelligence
        2:56), LightGBM's `pred_contrib`: a feature outside the coalition sends the patient both
        ways in proportion to the training rows that went there. The base is the trees' expectation
        and the term of time, so it is the mean predictor of visits at this day only roughly. A tree
        has at most three splits, so all coalitions are enumerated.
        """
        row, t = with_time(x[None], np.array([day]), self.n_features)[0], self.trees
        mean, contributions = tree_shap(
            row, self._first_start, t.feature, t.threshold, t.default_left, t.left, t.right, t.leaf,
            t.node_count, t.leaf_count,
        )  # fmt: skip
        return mean + contributions[:, -1], np.ascontiguousarray(contributions[:, :-1].T)

    def first(self) -> "TreeMembers":
        """The model without its refits."""
        start = self._first_start
        trees = self.trees.at(np.arange(start[-1]))
        return TreeMembers(self.intercepts[:1], trees, start, self.n_features)

    @property
    def _first_start(self) -> Ints32:
        """Bounds of the first member's trees, (C + 1,)."""
        return self.tree_start[: self.intercepts.shape[2] + 1]

    def scaled(self, slopes: Floats) -> "TreeMembers":
        """The same members with their trees of event c multiplied by slopes[c], (C,)."""
        of_trees = np.repeat(np.tile(slopes, len(self.intercepts)), np.diff(self.tree_start))
        return replace(self, trees=replace(self.trees, leaf=self.trees.leaf * of_trees[:, None]))


def with_time(X: Floats, day: Floats, n_features: int) -> Floats:
    """The columns that the trees see, (n, p + 1): the features, then the time of the visit.

    >>> with_time(np.array([[2.0]]), np.array([118.0]), 1).tolist()
    [[2.0, 1.0]]
    """
    check_visits(X, day, n_features)
    return np.ascontiguousarray(np.column_stack([X, visit_time(day)]), dtype=np.float64)


def tree_member(
    booster: "lightgbm.Booster", intercepts: Floats, fill: Floats | None = None
) -> TreeMembers:
    """One member from a multiclass booster on p + 1 columns, and intercepts (K, C).

    `fill` (p + 1,) as in `models.lightgbm_text.trees_of`.
    """
    trees, n_events = trees_of(booster, fill), intercepts.shape[1]
    number = np.arange(len(trees.leaf))
    none = trees.at(number[:: n_events + 1])
    negated = replace(none, leaf=-none.leaf)
    by_event = [
        joined([trees.at(number[c :: n_events + 1]), negated]) for c in range(1, n_events + 1)
    ]
    start = np.cumsum([0, *(len(part.leaf) for part in by_event)]).astype(np.int32)
    return TreeMembers(intercepts[None], joined(by_event), start, booster.num_feature() - 1)


def concatenate(members: Sequence[TreeMembers]) -> TreeMembers:
    """All members of several sets as one, in order.

    Errors: ValueError when they have not the same number of features.
    """
    widths = {member.n_features for member in members}
    if len(widths) != 1:
        raise ValueError(f"members must have the same features, not {sorted(widths)} of them")
    counts = np.concatenate([np.diff(member.tree_start) for member in members])
    return TreeMembers(
        np.concatenate([member.intercepts for member in members]),
        joined([member.trees for member in members]),
        np.concatenate([[0], np.cumsum(counts)]).astype(np.int32),
        widths.pop(),
    )


def with_last_event(member: TreeMembers, other: TreeMembers) -> TreeMembers:
    """One member with the last event of another as one event more."""
    last = np.arange(other.tree_start[-2], other.tree_start[-1])
    return TreeMembers(
        np.concatenate([member.intercepts, other.intercepts[:, :, -1:]], axis=2),
        joined([member.trees, other.trees.at(last)]),
        np.append(member.tree_start, member.tree_start[-1] + len(last)).astype(np.int32),
        member.n_features,
    )


def check_members(members: TreeMembers, shape: tuple[int, int, int], n_features: int) -> None:
    """Refuse arrays that do not fit intercepts of this shape (R, K, C) on p features.

    Errors: ValueError naming the array.
    """
    check_array("intercepts", members.intercepts, shape, np.dtype(np.float64))
    bounds = (shape[0] * shape[2] + 1,)
    check_array("tree_start", members.tree_start, bounds, np.dtype(np.int32))
    start = members.tree_start
    if start[0] != 0 or start[-1] != len(members.trees.leaf) or (np.diff(start) < 0).any():
        raise ValueError("tree_start must rise from 0 to the number of trees")
    if members.n_features != n_features:
        raise ValueError(f"n_features must be {n_features}, not {members.n_features}")
    check_trees(members.trees, n_features + 1)
