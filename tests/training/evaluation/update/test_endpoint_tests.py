"""What the closed tests choose at simulated sites."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.update import site
from features.errors import InputError
from training.cohort.protocol import Protocol
from training.evaluation.update.endpoint_tests import (
    UpdateChoice,
    choose_update,
    endpoint_test,
    refit_features,
)

PROTOCOL = Protocol()


def test_half_the_base_rate_asks_for_an_intercept(stored, half) -> None:
    """The model as it stands is refuted; a shift of the logit below 0 is enough."""
    update = choose_update(stored, half, PROTOCOL)
    assert update.choice == "intercept"
    relapse = update.tests["relapse"]
    assert relapse.p_keep < 0.01 < relapse.p_intercept
    assert -1.6 < relapse.intercept < -0.5
    assert update.slope("relapse") == 1.0


def test_sites_of_the_same_kind_keep_the_model(stored) -> None:
    """Of 12 sites like the first at most 2 change it (5 % each by design: P(3 or more) = 2 %)."""
    sites = [site(150, seed, half=False) for seed in range(601, 613)]
    choices = [choose_update(stored, patients, PROTOCOL).choice for patients in sites]
    assert choices.count("keep") >= 10


def test_an_estimate_is_not_taken_for_known(stored, half) -> None:
    """A model of fewer training events is contradicted less clearly by the same patients."""
    relapse = stored[0]
    training = {"n_events": {"180": 20}}
    uncertain = replace(relapse, manifest={**relapse.manifest, "training": training})
    certain = replace(relapse, manifest={**relapse.manifest, "training": {}})
    p = [endpoint_test(m, half, PROTOCOL).p_keep for m in (certain, relapse, uncertain)]
    assert p == sorted(p) and p[0] < p[1] < p[2]


def test_reversed_effects_ask_for_more_than_an_intercept(stored) -> None:
    """A model whose effects run the other way needs more than a shift."""
    patients = site(200, 504, half=False)
    backwards = replace(stored[0], members=stored[0].members.scaled(np.full(3, -2.0)))
    assert endpoint_test(backwards, patients, PROTOCOL).choice in ("intercept_and_slope", "refit")


def test_the_choice_is_the_largest_of_the_endpoints(stored, half) -> None:
    """Fatal infection alone may be kept; with relapse, which may not, all are changed."""
    update = choose_update(stored, half, PROTOCOL)
    order = ["keep", "intercept", "intercept_and_slope", "refit"]
    assert order.index(update.choice) == max(
        order.index(test.choice) for test in update.tests.values()
    )


def test_rare_endpoints_have_no_test(stored, half) -> None:
    """With few patients fatal infection has under 5 events: relapse is tested alone, at 5 %."""
    few = patients_of(half, 60)
    update = choose_update(stored, few, PROTOCOL)
    assert "fatal_infection" not in update.tests
    assert "relapse" in update.tests
    assert update.slope("fatal_infection") == 1.0


def test_too_few_events_of_all_are_refused(stored, half) -> None:
    """One sentence with the rule, the count and the way out."""
    with pytest.raises(InputError, match="at least 5 patients with and without an event"):
        choose_update(stored, patients_of(half, 12), PROTOCOL)


def patients_of(cohort, n: int):
    """The first n patients of a cohort."""
    outcomes = cohort.outcomes
    return replace(cohort, outcomes=replace(outcomes, frame=outcomes.frame.iloc[:n]))


def test_features_of_the_refit() -> None:
    """10 events a parameter, the biomarker first, one feature at least, the panel at most."""
    endpoint = PROTOCOL.endpoint("fatal_infection")
    assert refit_features(endpoint, PROTOCOL, 5) == ("monocyte_fraction",)
    many = refit_features(endpoint, PROTOCOL, 10_000)
    assert many[0] == "monocyte_fraction"
    assert set(many) == {*endpoint.claims, *PROTOCOL.core_panel}


def test_a_slope_only_where_the_test_asks_for_one(stored, half) -> None:
    """The slope of an endpoint whose own test chose an intercept is 1."""
    tests = choose_update(stored, half, PROTOCOL).tests
    sloped = {**tests, "relapse": replace(tests["relapse"], choice="intercept_and_slope")}
    update = UpdateChoice("intercept_and_slope", sloped)
    assert update.slope("relapse") == tests["relapse"].line[1]
    assert update.slope("severe_infection") == 1.0
