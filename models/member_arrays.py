"""Arrays of a model and its refits, linear or trees: named for arrays.npz, checked on return."""

from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.hazard_model import FIRST_LANDMARK, LAST_DAY, TIME_UNIT
from models.linear_members import STACKED, LinearMembers
from models.tree_arrays import Trees
from models.tree_members import TreeMembers, check_members

Arrays = dict[str, NDArray[Any]]

Members = LinearMembers | TreeMembers
"""The model and its bootstrap refits; member 0 is the model."""

MOST_LOG_ODDS = 300.0  # exp of two such numbers together is a number still
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
    _refuse_overflow(stacked)
    correlation = numbers(arrays, "members.correlation", (p, p))
    if not np.isfinite(correlation).all():
        raise ValueError("members.correlation has a value that is no number")
    return LinearMembers(**stacked, correlation=correlation)


def _refuse_overflow(stacked: Arrays) -> None:
    """Refuse members of whom some patient's log-odds could leave the range of exp, or be NaN.

    A feature adds most at one of its bounds, a term in time at day 365; NaN compares as False.
    """
    if not (stacked["spread"] > 0).all():
        raise ValueError("members.spread holds SDs above 0")
    reach = np.maximum(*(np.abs(stacked[end] - stacked["centre"]) for end in ("low", "high")))
    with np.errstate(all="ignore"):  # what overflows is refused below
        largest = _largest_log_odds(reach / stacked["spread"], stacked)
    if not largest.max(initial=0) <= MOST_LOG_ODDS:
        raise ValueError("members give log-odds that no number holds")
    _refuse_intercepts(stacked["intercepts"])


def _largest_log_odds(z: NDArray[Any], stacked: Arrays) -> NDArray[Any]:
    """Sums of the sizes of all terms, (R, C), at standardised features z (R, p)."""
    time = (LAST_DAY - FIRST_LANDMARK) / TIME_UNIT
    slopes = np.abs(stacked["effects"]) + time * np.abs(stacked["drift"])
    in_time = np.array([time, time**2]) @ np.abs(stacked["time_terms"])
    return np.asarray((z[:, :, None] * slopes).sum(axis=1) + in_time)


def _refuse_intercepts(intercepts: NDArray[Any]) -> None:
    if not (np.abs(intercepts) <= MOST_LOG_ODDS).all():
        raise ValueError("members.intercepts are log-odds that no number holds")


def _trees_of(arrays: Arrays, p: int, shape: tuple[int, int, int]) -> TreeMembers:
    trees = Trees(**{f.name: arrays[f"members.trees.{f.name}"] for f in fields(Trees)})
    members = TreeMembers(arrays["members.intercepts"], trees, arrays["members.tree_start"], p)
    check_members(members, shape, p)
    _refuse_intercepts(members.intercepts)
    if not np.isfinite(trees.leaf).all():
        raise ValueError("members.trees.leaf has a value that is no number")
    return members


def numbers(arrays: Arrays, name: str, shape: tuple[int, ...]) -> NDArray[Any]:
    """The array of this name, refused with a ValueError unless float64 of this shape."""
    array = arrays[name]
    if array.shape != shape or array.dtype != np.dtype(np.float64):
        raise ValueError(f"{name} is {array.dtype} {array.shape}; expected float64 {shape}")
    return array
