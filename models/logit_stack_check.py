"""Validation of a model's arrays: the compiled kernel checks no shapes, types or bounds."""

from dataclasses import fields

import numpy as np
from numpy.typing import NDArray

from models.kernel import SPLITS
from models.logit_stack import Stack, Trees, no_trees


def check_stack(stack: Stack, p: int) -> None:
    """Refuse arrays with which the compiled kernel would read out of bounds.

    Errors: ValueError naming the array.
    """
    members, trees = len(stack.intercept), len(stack.trees.leaf)
    shapes = {
        "intercept": (members,),
        "coef": (members, p),
        "missing_coef": (members, p),
        "fill": (members, p),
        "tree_start": (members + 1,),
    }
    widths = {"route": 1 << SPLITS, "leaf": SPLITS + 1, "leaf_count": SPLITS + 1}
    empty = no_trees()
    for name, shape in shapes.items():
        dtype = np.int32 if name == "tree_start" else np.float64
        check_array(name, getattr(stack, name), shape, np.dtype(dtype))
    for field in fields(Trees):
        shape = (trees, widths.get(field.name, SPLITS))
        dtype = getattr(empty, field.name).dtype
        check_array(field.name, getattr(stack.trees, field.name), shape, dtype)
    t, start = stack.trees, stack.tree_start
    if start[0] != 0 or start[-1] != trees or (np.diff(start) < 0).any():
        raise ValueError("tree_start must rise from 0 to the number of trees")
    for name, array, low, high in (
        ("feature", t.feature, 0, p),
        ("route", t.route, 0, SPLITS + 1),
        ("left", t.left, -SPLITS - 1, SPLITS),
        ("right", t.right, -SPLITS - 1, SPLITS),
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
