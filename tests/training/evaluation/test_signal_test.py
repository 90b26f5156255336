"""Signal test of the gate: declared sets of features, and the same p as the score test by hand."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from features.schema import CORE
from models.endpoints import ENDPOINTS, Endpoint
from models.hazard_model import complete_inputs, learn_scaling
from training.cohort.cohort import cohort_of
from training.cohort.labels import label
from training.cohort.protocol import Protocol
from training.evaluation.evaluation_data import EvaluationData
from training.evaluation.signal_test import feature_sets, signal_test
from training.statistics.censoring import censoring_weights
from training.statistics.score_test import score_test

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
