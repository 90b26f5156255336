"""Selecting a state's occasions and joining them again changes nothing."""

from dataclasses import fields

import numpy as np

from training.simulation.blood.latent_state import draw_state
from training.simulation.blood.visits_axis import join_occasions, select_occasions
from training.simulation.cells.reference_genes import simulated_genome


def test_parts_join_to_the_original() -> None:
    """Baseline and landmark, selected and joined, are the original state."""
    state = draw_state(1, 7, simulated_genome().types, np.ones(7, bool))
    again = join_occasions(select_occasions(state, 0, 1), select_occasions(state, 1, 2))
    for field in fields(state):
        one, two = getattr(state, field.name), getattr(again, field.name)
        if isinstance(one, dict):
            assert all(np.array_equal(one[name], two[name]) for name in one)
        else:
            np.testing.assert_array_equal(one, two)
