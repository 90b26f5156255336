"""The signal test: enough permutations for the level of the look."""

import numpy as np
import pytest

from training.cohort.labels import label
from training.cohort.protocol import Protocol
from training.evaluation.evaluation_data import EvaluationData
from training.evaluation.signal_test import (
    MOST_PERMUTATIONS,
    feature_sets,
    permutations_for,
    signal_test,
)


@pytest.mark.parametrize("look", range(1, 40))
@pytest.mark.parametrize("number", [20, 1999])
def test_every_level_can_be_reached(look: int, number: int) -> None:
    """1 / (permutations + 1) is at most the level of each look; never fewer than the protocol's."""
    level = 0.05 / (look * (look + 1))
    permutations = permutations_for(level, number)
    assert 1 / (permutations + 1) <= level * (1 + 1e-9)
    assert number <= permutations <= max(MOST_PERMUTATIONS, round(1 / level))


def test_the_protocols_number_suffices_for_early_looks() -> None:
    """1,999 are kept while p has ten ranks below the level; without alpha nothing is to reach."""
    assert [permutations_for(level, 1999) for level in (0.05, 0.025, 0.05 / 6, 0.0)] == [1999] * 4


def test_a_late_look_can_still_find_a_clear_signal(serial_data) -> None:
    """With 20 permutations p is never below 1 / 21; at the 4th look it may fall below 0.0025."""
    data, endpoint = serial_data
    level = 0.05 / 20
    test = signal_test(data, endpoint, (90, 180, 365), level)
    assert test["permutations"] >= 10 / level - 1
    assert test["p"] <= level
    assert signal_test(data, endpoint, (90, 180, 365), 0.0)["p"] >= 1 / 21


def test_sets_are_those_declared(serial_data) -> None:
    """The claim's features, the core panel and all, as columns of the protocol's features."""
    data, endpoint = serial_data
    sets = feature_sets(data, endpoint)
    names = np.array(data.features)
    assert tuple(names[sets["core panel"]]) == data.protocol.core_panel
    assert set(names[sets["claims"]]) == set(endpoint.claims) & set(data.features)
    assert sets["all features"] == list(range(len(data.features)))


@pytest.fixture(scope="module")
def serial_data(simulated):
    """A simulated cohort of 300 with a clear effect on relapse, under 20 permutations."""
    protocol = Protocol(permutations=20)
    endpoint = protocol.endpoint("relapse")
    cohort = simulated("seed-optimistic", 300, 4711)
    labels = label(cohort.at_risk_of(endpoint), endpoint, protocol.primary_horizon)
    return EvaluationData(cohort, protocol, labels, protocol.features), endpoint
