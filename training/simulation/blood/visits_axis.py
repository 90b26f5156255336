"""Selecting and joining a blood state's draw occasions: the first two samples, later visits."""

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import numpy as np

from training.simulation.blood.latent_state import BloodState

SHARED = ("site", "latent", "product")  # of the patient, not of a draw
LAST_AXIS = ("noise", "missingness")  # whose draw occasions are the third axis, not the second


def select_occasions(state: BloodState, start: int, stop: int) -> BloodState:
    """The same patients on occasions start to stop - 1."""
    return _map_occasions(lambda axis, values: _slice(values, axis, start, stop), state)


def join_occasions(first: BloodState, later: BloodState) -> BloodState:
    """Both states' occasions, first ones first; patients, sites and latent values are shared."""
    return _map_occasions(lambda axis, *values: np.concatenate(values, axis=axis), first, later)


def _slice(values: Any, axis: int, start: int, stop: int) -> Any:
    return values[(slice(None),) * axis + (slice(start, stop),)]


def _map_occasions(function: Callable[..., Any], *states: BloodState) -> BloodState:
    """A state whose arrays are `function(axis of occasions, array of each state)`."""
    arrays: dict[str, Any] = {}
    for field in fields(BloodState):
        values = [getattr(state, field.name) for state in states]
        axis = 2 if field.name in LAST_AXIS else 1
        if field.name in SHARED:
            arrays[field.name] = values[0]
        elif isinstance(values[0], dict):
            arrays[field.name] = {
                name: function(axis, *(by_name[name] for by_name in values)) for name in values[0]
            }
        else:
            arrays[field.name] = function(axis, *values)
    return BloodState(**arrays)
