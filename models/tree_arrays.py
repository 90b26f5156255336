"""Small decision trees as plain arrays, and the checks before compiled code reads them."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from features.arrays import Bools, Bytes, Floats, Ints, Ints32, UInts16
from models.tree_kernel import SPLITS


@dataclass(frozen=True)
class Trees:
    """T decision trees of at most `SPLITS` splits; all leaves in log-odds.

    Shapes: (T, SPLITS) for nodes and (T, SPLITS + 1) for leaves. A value of at most the threshold
    goes left, a missing one where `default_left` says. A child c >= 0 is a node, c < 0 is leaf ~c;
    a parent comes before its children. `node_count` and `leaf_count` are the training rows that
    passed; a node without any is padding. `route` (T, 2 ** SPLITS) is the leaf by the directions at
    the nodes: bit k of the index is set when node k sends the patient left.
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

    def at(self, rows: Ints) -> "Trees":
        """The trees of these numbers, in this order."""
        return Trees(**{f.name: getattr(self, f.name)[rows] for f in fields(Trees)})


def joined(parts: Sequence[Trees]) -> Trees:
    """All trees of several sets, in order."""
    return Trees(
        **{f.name: np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(Trees)}
    )


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


_TYPES = {
    "feature": np.uint16, "default_left": np.bool_, "left": np.int32, "right": np.int32,
    "route": np.uint8,
}  # fmt: skip
_WIDTHS = {"route": 1 << SPLITS, "leaf": SPLITS + 1, "leaf_count": SPLITS + 1}


def check_trees(trees: Trees, columns: int) -> None:
    """Refuse arrays with which the compiled kernels would read out of bounds.

    Errors: ValueError naming the array.
    """
    for field in fields(Trees):
        shape = (len(trees.leaf), _WIDTHS.get(field.name, SPLITS))
        dtype = np.dtype(_TYPES.get(field.name, np.float64))
        check_array(field.name, getattr(trees, field.name), shape, dtype)
    for name, array, low, high in (
        ("feature", trees.feature, 0, columns),
        ("route", trees.route, 0, SPLITS + 1),
        ("left", trees.left, -SPLITS - 1, SPLITS),
        ("right", trees.right, -SPLITS - 1, SPLITS),
    ):
        if array.size and not (low <= int(array.min()) and int(array.max()) < high):
            raise ValueError(f"{name} must lie from {low} to {high - 1}")


def check_array(
    name: str, array: NDArray[np.generic], shape: tuple[int, ...], dtype: np.dtype[np.generic]
) -> None:
    """Refuse an array of another shape or type, with a ValueError that names it."""
    if array.shape != shape or array.dtype != dtype:
        raise ValueError(
            f"{name} must be {dtype} of shape {shape}, not {array.dtype} {array.shape}"
        )
