"""Taking a state's occasions apart and joining them again changes nothing."""

from dataclasses import fields

import numpy as np

from training.simulation.latent_state import draw_state
from training.simulation.reference_genes import reference
from training.simulation.visits_axis import joined, occasions


def test_parts_join_to_the_whole() -> None:
    """Baseline and landmark, taken apart and joined, are the state they came from."""
    state = draw_state(1, 7, reference().types, np.ones(7, bool))
    again = joined(occasions(state, 0, 1), occasions(state, 1, 2))
    for field in fields(state):
        one, two = getattr(state, field.name), getattr(again, field.name)
        if isinstance(one, dict):
            assert all(np.array_equal(one[name], two[name]) for name in one)
        else:
            np.testing.assert_array_equal(one, two)
