"""A state's occasions taken apart and put together: the first two samples, then later visits."""

from collections.abc import Mapping

import numpy as np

from features.arrays import Floats
from training.simulation.latent_state import State


def occasions(state: State, start: int, stop: int) -> State:
    """The same patients on occasions start to stop - 1."""
    at = slice(start, stop)
    return State(
        state.day[:, at],
        state.site,
        state.latent,
        {name: values[:, at] for name, values in state.level.items()},
        {name: values[:, at] for name, values in state.multiplier.items()},
        state.composition[:, at],
        state.cd7_negative[:, at],
        state.depth[:, at],
        state.ambient[:, at],
        state.mito[:, at],
        state.poor[:, at],
        state.noise[..., at],
        state.gone[..., at],
        state.handling[:, at],
        state.product,
    )


def joined(first: State, later: State) -> State:
    """Both states' occasions, first ones first; patients, sites and latent values are shared."""
    return State(
        np.concatenate([first.day, later.day], axis=1),
        first.site,
        first.latent,
        _each(first.level, later.level),
        _each(first.multiplier, later.multiplier),
        np.concatenate([first.composition, later.composition], axis=1),
        np.concatenate([first.cd7_negative, later.cd7_negative], axis=1),
        np.concatenate([first.depth, later.depth], axis=1),
        np.concatenate([first.ambient, later.ambient], axis=1),
        np.concatenate([first.mito, later.mito], axis=1),
        np.concatenate([first.poor, later.poor], axis=1),
        np.concatenate([first.noise, later.noise], axis=2),
        np.concatenate([first.gone, later.gone], axis=2),
        np.concatenate([first.handling, later.handling], axis=1),
        first.product,
    )


def _each(first: Mapping[str, Floats], later: Mapping[str, Floats]) -> dict[str, Floats]:
    return {name: np.concatenate([first[name], later[name]], axis=1) for name in first}
