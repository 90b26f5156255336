"""TreeSHAP and sums of small decision trees, compiled, for a model and all its refits at once.

Trees come in groups, bounded by `tree_start`; a group's value is the sum of its trees. See
`models.tree_arrays.Trees` for the arrays. No kernel checks shapes or bounds.

All kernels are in one file because numba's cache of a function sees changes of its own file only.
"""

import numpy as np
from numba import njit

from features.arrays import Bools, Bytes, Floats, Ints, Ints32, UInts16

SPLITS = 3
"""Splits a tree may have: four leaves, the one fixed setting. A constant for the compiler."""


@njit(cache=True, nogil=True)
def tree_sums(
    X: Floats, tree_start: Ints32, feature: UInts16, threshold: Floats, default_left: Bools,
    route: Bytes, leaf: Floats,
) -> Floats:  # fmt: skip
    """Sum of each group's trees for n rows, shape (n, G).

    All splits of a tree are evaluated, and its leaf is looked up by their results: without branches
    to mispredict, 200 refits take a fifth of the time of walking their trees.
    A row's result depends on that row only and is summed in a fixed order, so one row alone
    gives the same bits as the same row among others.
    """
    groups = len(tree_start) - 1
    out = np.empty((len(X), groups))
    for i in range(len(X)):
        for g in range(groups):
            total = 0.0
            for t in range(tree_start[g], tree_start[g + 1]):
                route_bits = 0
                for k in range(SPLITS):
                    value = X[i, feature[t, k]]
                    goes_left = (value <= threshold[t, k]) | ((value != value) & default_left[t, k])
                    route_bits |= goes_left << k
                total += leaf[t, route[t, route_bits]]
            out[i, g] = total
    return out


@njit(cache=True, nogil=True)
def tree_shap(
    x: Floats, tree_start: Ints32, feature: UInts16, threshold: Floats, default_left: Bools,
    left_child: Ints32, right_child: Ints32, leaf: Floats, node_count: Floats, leaf_count: Floats,
) -> tuple[Floats, Floats]:  # fmt: skip
    """Mean (G,) of each group's trees and the Shapley values (G, columns) of one row's columns."""
    groups, splits = len(tree_start) - 1, feature.shape[1]
    mean, contributions = np.zeros(groups), np.zeros((groups, len(x)))
    goes_left = np.zeros(splits, np.bool_)
    in_coalition = np.zeros(splits, np.bool_)
    player_of_node = np.empty(splits, np.int64)
    players = np.empty(splits, np.int64)
    scratch = np.empty(splits)
    worth = np.empty(1 << splits)
    for g in range(groups):
        for t in range(tree_start[g], tree_start[g + 1]):
            n_players = _players(t, feature, node_count, player_of_node, players)
            for node in range(splits):
                value = x[feature[t, node]]
                goes_left[node] = (
                    default_left[t, node] if np.isnan(value) else value <= threshold[t, node]
                )
            for coalition in range(1 << n_players):
                for node in range(splits):
                    player = player_of_node[node]
                    in_coalition[node] = player >= 0 and (coalition >> player) & 1 == 1
                worth[coalition] = _expectation(
                    t, goes_left, in_coalition, left_child, right_child, leaf, node_count,
                    leaf_count, scratch,
                )  # fmt: skip
            mean[g] += worth[0]
            _add_shapley(worth, n_players, players, contributions[g])
    return mean, contributions


@njit(cache=True, nogil=True)
def _players(
    t: int, feature: UInts16, node_count: Floats, player_of_node: Ints, players: Ints
) -> int:
    """Write a tree's distinct columns to `players`; return their number.

    `player_of_node` is the position of each node's column in `players`, -1 for padding.
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
