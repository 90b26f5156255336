"""Antithetic permutations: exact Shapley values by enumeration, closed form, sums."""

from itertools import permutations

import numpy as np
from models.permutation_reasons import permutation_reasons

from models.missing_inputs import expected_risks
from tests.models.hazard_models import plain_risks, random_cohort_model, random_model, with_missing

ONE = np.array([1.0, 0.0, 0.0])


def test_values_are_near_those_of_every_order() -> None:
    """All 720 orders of six features in plain NumPy: within 0.01 in log-odds."""
    rng = np.random.default_rng(1)
    for _ in range(5):
        model = random_cohort_model(rng, p=6)
        z = rng.normal(size=6)
        exact = np.zeros((3, 6))
        for order in permutations(range(6)):
            joined = np.concatenate([np.zeros((1, 6)), np.cumsum(np.eye(6)[list(order)], axis=0)])
            risk = plain_risks(model.intercepts, (joined * z) @ model.effects) @ ONE
            exact[:, list(order)] += np.diff(np.log(risk) - np.log1p(-risk), axis=0).T / 720
        values = permutation_reasons(
            z, model.intercepts, model.effects, in_endpoint=ONE, covariance=model.covariance
        )
        assert np.abs(values - exact).max() < 0.01


def test_values_add_up_with_missing_inputs() -> None:
    """To 1e-9 of the log-odds of the expected risk minus the average patient's, 200 models."""
    rng = np.random.default_rng(2)
    for _ in range(200):
        model = random_model(rng, p=12)
        z = with_missing(rng, rng.normal(size=12), 0.2)
        arguments = (z, model.intercepts, model.effects)
        risk = expected_risks(*arguments, covariance=model.covariance)[:, 0]
        average = plain_risks(model.intercepts, np.zeros((1, 3)))[0, :, 0]
        values = permutation_reasons(*arguments, in_endpoint=ONE, covariance=model.covariance)
        difference = np.log(risk / (1 - risk)) - np.log(average / (1 - average))
        np.testing.assert_allclose(values.sum(axis=1), difference, atol=1e-9)


def test_a_logistic_model_has_its_closed_form() -> None:
    """One class, one interval: coefficient x value to 1e-9."""
    rng = np.random.default_rng(3)
    model = random_model(rng, C=1, K=1)
    z = rng.normal(size=26)
    values = permutation_reasons(
        z, model.intercepts, model.effects, in_endpoint=np.ones(1), covariance=model.covariance
    )
    np.testing.assert_allclose(values[0], z * model.effects[:, 0], atol=1e-9)
