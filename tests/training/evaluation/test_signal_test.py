"""Signal test of the gate: declared sets of features, and the same p as the score test by hand."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from features.schema import CORE
from models.endpoints import ENDPOINTS, Endpoint
from models.hazard_model import complete_inputs, learn_scaling
from training.cohort.cohort import cohort_of
from training.cohort.labels import label
from training.cohort.protocol import Protocol
from training.evaluation.evaluation_data import EvaluationData
from training.evaluation.signal_test import (
    MOST_PERMUTATIONS,
    feature_sets,
    permutations_for,
    signal_test,
)
from training.statistics.significance.score_test import score_test
from training.statistics.survival.censoring import censoring_weights

NAMES = (*CORE, "nk_fraction", "b_fraction")
PROTOCOL = replace(Protocol(), features=NAMES, permutations=199)


def data_of(tables, endpoint: Endpoint, features: tuple[str, ...] = NAMES) -> EvaluationData:
    """The endpoint's labels at 180 days."""
    cohort = cohort_of(*tables)
    return EvaluationData(cohort, PROTOCOL, label(cohort.at_risk, endpoint, 180), features)


def test_sets_are_the_claims_the_core_panel_and_all(cohort: Callable) -> None:
    """By position among the features; claims that are no features are left out."""
    endpoint = ENDPOINTS["relapse"]
    sets = feature_sets(data_of(cohort(30), endpoint), endpoint)
    names = {title: {NAMES[j] for j in columns} for title, columns in sets.items()}
    assert names["core panel"] == set(CORE) and names["all features"] == set(NAMES)
    assert names["claims"] == set(endpoint.claims) & set(NAMES)


def test_an_endpoint_without_claims_has_two_sets(cohort: Callable) -> None:
    """A declared endpoint need not name any."""
    death = Endpoint("death", "death", "deaths", ("fatal_infection", "other_death"))
    assert list(feature_sets(data_of(cohort(30), death), death)) == ["core panel", "all features"]


def test_it_is_the_score_test_of_the_summed_horizons(cohort: Callable) -> None:
    """Labels and weights of each horizon, features complete, permuted within hospitals."""
    endpoint = ENDPOINTS["relapse"]
    data = data_of(cohort(90, seed=3, sites=2), endpoint)
    section = signal_test(data, endpoint, (90, 180))
    at_risk = data.at_risk
    X = data.design.X.to_numpy()
    y = np.column_stack([label(at_risk, endpoint, h).y for h in (90, 180)])
    weight = np.column_stack([censoring_weights(at_risk.time, at_risk.code, h) for h in (90, 180)])
    hospitals = sorted(set(at_risk.site))
    by_hand = score_test(
        complete_inputs(X, learn_scaling(X)), np.nan_to_num(y), np.where(np.isnan(y), 0.0, weight),
        site=np.array([hospitals.index(name) for name in at_risk.site]),
        sets=list(feature_sets(data, endpoint).values()), permutations=199,
    )  # fmt: skip
    assert section["p"] == by_hand.p
    assert list(section["sets"].values()) == list(by_hand.set_p)
    assert section["permutations"] == 199 or section["exact"]


def test_a_planted_effect_is_found_and_its_absence_is_not(cohort: Callable) -> None:
    """Ten cohorts each: a hazard ratio of e per SD always, none at most twice at 0.05."""
    endpoint = ENDPOINTS["relapse"]
    p = {
        beta: [
            signal_test(data_of(cohort(100, seed=s, beta=beta), endpoint), endpoint, (90, 180))["p"]
            for s in range(40, 50)
        ]
        for beta in (1.0, 0.0)
    }
    assert max(p[1.0]) <= 0.05
    assert sum(value <= 0.05 for value in p[0.0]) <= 2


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


def test_a_late_look_can_still_find_a_clear_signal(late_look_data) -> None:
    """With 20 permutations p is never below 1 / 21; at the 4th look it may fall below 0.0025."""
    data, endpoint = late_look_data
    level = 0.05 / 20
    test = signal_test(data, endpoint, (90, 180, 365), level=level)
    assert test["permutations"] >= 10 / level - 1
    assert test["p"] <= level
    assert signal_test(data, endpoint, (90, 180, 365))["p"] >= 1 / 21


@pytest.fixture(scope="module")
def late_look_data(simulated):
    """A simulated cohort of 300 with a clear effect on relapse, under 20 permutations."""
    protocol = Protocol(permutations=20)
    endpoint = protocol.endpoint("relapse")
    cohort = simulated("seed-optimistic", 300, 4711)
    labels = label(cohort.at_risk_of(endpoint), endpoint, protocol.primary_horizon)
    return EvaluationData(cohort, protocol, labels, protocol.features), endpoint
