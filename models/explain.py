"""SHAP values in closed form: contributions in log-odds that add up to the logit of the risk.

Linear part, against the weighted training mean (features taken as independent, the closed form
of shap.LinearExplainer with all training rows as background): coefficient x (value - mean).
Trees: path-dependent TreeSHAP (Lundberg et al. 2020, Nature Machine Intelligence 2:56), where a
feature that is not in the coalition sends the patient both ways in proportion to the training
patients that went there; the values of LightGBM's `pred_contrib`. Trees have at most three
splits, so all coalitions are enumerated.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit

from features.arrays import Bools, Floats, Ints, Ints32, UInts16
from models.logit_stack import Stack


@dataclass(frozen=True)
class Background:
    """Weighted training mean of each imputed feature and share of missing values, both (p,)."""

    centre: Floats
    missing_rate: Floats


def reasons(stack: Stack, background: Background, X: Floats) -> tuple[Floats, float]:
    """Contributions (n, p) in log-odds and the baseline; a row's sum plus baseline is its logit.

    A feature's reason is its value's plus its missing indicator's. `stack` has one member.

    >>> from models.logit_stack import linear_member
    >>> stack = linear_member(-1.0, np.array([2.0]), np.array([0.5]), np.array([3.0]))
    >>> background = Background(np.array([2.0]), np.array([0.2]))
    >>> contributions, baseline = reasons(stack, background, np.array([[1.0], [np.nan]]))
    >>> contributions.round(9).tolist(), round(baseline, 9)
    ([[-2.1], [2.4]], 3.1)
    """
    X = np.ascontiguousarray(X, dtype=np.float64)
    contributions = np.zeros(X.shape)
    t = stack.trees
    baseline = stack.intercept[0] + _linear_shap(
        X, stack.coef[0], stack.missing_coef[0], stack.fill[0], background.centre,
        background.missing_rate, contributions,
    )  # fmt: skip
    if len(t.leaf):
        baseline += _tree_shap(
            X, stack.fill[0], t.feature, t.threshold, t.default_left, t.left, t.right, t.leaf,
            t.node_count, t.leaf_count, contributions,
        )  # fmt: skip
    return contributions, float(baseline)


@njit(cache=True, nogil=True)
def _linear_shap(
    X: Floats, coef: Floats, missing_coef: Floats, fill: Floats, centre: Floats,
    missing_rate: Floats, out: Floats,
) -> float:  # fmt: skip
    """Add the linear part's Shapley values to `out` (n, p); return its mean."""
    mean = 0.0
    for j in range(X.shape[1]):
        if coef[j] == 0.0 and missing_coef[j] == 0.0:
            continue
        mean += coef[j] * centre[j] + missing_coef[j] * missing_rate[j]
        for i in range(X.shape[0]):
            if np.isnan(X[i, j]):
                out[i, j] += coef[j] * (fill[j] - centre[j])
                out[i, j] += missing_coef[j] * (1.0 - missing_rate[j])
            else:
                out[i, j] += coef[j] * (X[i, j] - centre[j]) - missing_coef[j] * missing_rate[j]
    return mean


@njit(cache=True, nogil=True)
def _expectation(
    t: int, goes_left: Bools, in_coalition: Bools, left_child: Ints32, right_child: Ints32,
    leaf: Floats, node_count: Floats, leaf_count: Floats, value: Floats,
) -> float:  # fmt: skip
    """A tree's mean output when only the nodes marked `in_coalition` follow the patient.

    LightGBM numbers a node after its parent, so going backwards meets children first.
    """
    for node in range(left_child.shape[1] - 1, -1, -1):
        if node_count[t, node] == 0.0:
            continue  # padding
        a, b = left_child[t, node], right_child[t, node]
        value_a = value[a] if a >= 0 else leaf[t, ~a]
        value_b = value[b] if b >= 0 else leaf[t, ~b]
        if in_coalition[node]:
            value[node] = value_a if goes_left[node] else value_b
        else:
            count_a = node_count[t, a] if a >= 0 else leaf_count[t, ~a]
            count_b = node_count[t, b] if b >= 0 else leaf_count[t, ~b]
            value[node] = (count_a * value_a + count_b * value_b) / (count_a + count_b)
    mean: float = value[0]
    return mean


@njit(cache=True, nogil=True)
def _players(
    t: int, feature: UInts16, node_count: Floats, player_of_node: Ints, players: Ints
) -> int:
    """Write a tree's distinct features to `players`; return their number.

    `player_of_node` is the position of each node's feature in `players`, -1 for padding.
    """
    n_players = 0
    for node in range(feature.shape[1]):
        player_of_node[node] = -1
        if node_count[t, node] == 0.0:
            continue
        for player in range(n_players):
            if players[player] == feature[t, node]:
                player_of_node[node] = player
        if player_of_node[node] < 0:
            player_of_node[node] = n_players
            players[n_players] = feature[t, node]
            n_players += 1
    return n_players


@njit(cache=True, nogil=True)
def _add_shapley(worth: Floats, n_players: int, players: Ints, out: Floats) -> None:
    """Add sum over coalitions of |S|! (d - |S| - 1)! / d! x (worth with player - without)."""
    factorial = np.ones(n_players + 1)
    for k in range(1, n_players + 1):
        factorial[k] = k * factorial[k - 1]
    for coalition in range(1 << n_players):
        size = 0
        for player in range(n_players):
            size += (coalition >> player) & 1
        for player in range(n_players):
            if (coalition >> player) & 1 == 0:
                share = factorial[size] * factorial[n_players - size - 1] / factorial[n_players]
                gain = worth[coalition | (1 << player)] - worth[coalition]
                out[players[player]] += share * gain


@njit(cache=True, nogil=True)
def _tree_shap(
    X: Floats, fill: Floats, feature: UInts16, threshold: Floats, default_left: Bools,
    left_child: Ints32, right_child: Ints32, leaf: Floats, node_count: Floats, leaf_count: Floats,
    out: Floats,
) -> float:  # fmt: skip
    """Add every tree's Shapley values to `out` (n, p); return the sum of the trees' means."""
    splits = feature.shape[1]
    goes_left = np.zeros(splits, np.bool_)
    in_coalition = np.zeros(splits, np.bool_)
    player_of_node = np.empty(splits, np.int64)
    players = np.empty(splits, np.int64)
    scratch = np.empty(splits)
    worth = np.empty(1 << splits)
    total = 0.0
    for t in range(feature.shape[0]):
        n_players = _players(t, feature, node_count, player_of_node, players)
        in_coalition[:] = False
        total += _expectation(
            t, goes_left, in_coalition, left_child, right_child, leaf, node_count, leaf_count,
            scratch,
        )  # fmt: skip
        for i in range(X.shape[0]):
            for node in range(splits):
                x = X[i, feature[t, node]]
                if np.isnan(x):
                    x = fill[feature[t, node]]
                goes_left[node] = default_left[t, node] if np.isnan(x) else x <= threshold[t, node]
            for coalition in range(1 << n_players):
                for node in range(splits):
                    player = player_of_node[node]
                    in_coalition[node] = player >= 0 and (coalition >> player) & 1 == 1
                worth[coalition] = _expectation(
                    t, goes_left, in_coalition, left_child, right_child, leaf, node_count,
                    leaf_count, scratch,
                )  # fmt: skip
            _add_shapley(worth, n_players, players, out[i])
    return total
