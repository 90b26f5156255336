"""Arrays of a model and its refits, linear or trees: named for arrays.npz, checked on return."""

from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.linear_members import STACKED, LinearMembers
from models.tree_arrays import Trees
from models.tree_members import TreeMembers, check_members

Arrays = dict[str, NDArray[Any]]

Members = LinearMembers | TreeMembers
"""The model and its bootstrap refits; member 0 is the model."""

RIDGE, LIGHTGBM = "ridge", "lightgbm"


def kind_of(members: Members) -> str:
    """The kind of model as the manifest has it: "ridge" or "lightgbm"."""
    return LIGHTGBM if isinstance(members, TreeMembers) else RIDGE


def member_arrays(members: Members) -> Arrays:
    """Every array of the members under a dotted name, such as `members.trees.leaf`."""
    if isinstance(members, LinearMembers):
        return {f"members.{name}": array for name, array in vars(members).items()}
    return {
        "members.intercepts": members.intercepts,
        "members.tree_start": members.tree_start,
        **{f"members.trees.{name}": array for name, array in vars(members.trees).items()},
    }


def members_of(kind: str, arrays: Arrays, n_features: int, *, shape: tuple[int, int]) -> Members:
    """The members of a kind from their arrays; `shape` (K, C) of intervals and events.

    Compiled code checks no bounds, so whatever it would read is checked here.

    Errors: KeyError for an array that is not there, ValueError for one that does not fit, for
    another kind of model and for a model without refits.
    """
    if kind not in (RIDGE, LIGHTGBM):
        raise ValueError(f"a model is {RIDGE} or {LIGHTGBM}, not {kind!r}")
    members = len(arrays["members.intercepts"])
    if members < 2:
        raise ValueError("a served model has one member and at least one refit")
    of_kind = _trees_of if kind == LIGHTGBM else _linear_of
    return of_kind(arrays, n_features, (members, *shape))


def _linear_of(arrays: Arrays, p: int, shape: tuple[int, int, int]) -> LinearMembers:
    members, _, n_events = shape
    shapes: dict[str, tuple[int, ...]] = {
        "intercepts": shape,
        "effects": (members, p, n_events),
        "drift": (members, p, n_events),
        "time_terms": (members, 2, n_events),
    }
    stacked = {
        name: numbers(arrays, f"members.{name}", shapes.get(name, (members, p))) for name in STACKED
    }
    return LinearMembers(**stacked, correlation=numbers(arrays, "members.correlation", (p, p)))


def _trees_of(arrays: Arrays, p: int, shape: tuple[int, int, int]) -> TreeMembers:
    trees = Trees(**{f.name: arrays[f"members.trees.{f.name}"] for f in fields(Trees)})
    members = TreeMembers(arrays["members.intercepts"], trees, arrays["members.tree_start"], p)
    check_members(members, shape, p)
    return members


def numbers(arrays: Arrays, name: str, shape: tuple[int, ...]) -> NDArray[Any]:
    """The array of this name, refused with a ValueError unless float64 of this shape."""
    array = arrays[name]
    if array.shape != shape or array.dtype != np.dtype(np.float64):
        raise ValueError(f"{name} is {array.dtype} {array.shape}; expected float64 {shape}")
    return array
