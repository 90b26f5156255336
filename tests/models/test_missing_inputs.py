"""Missing inputs integrated out: Monte Carlo, the linear limit, coherence, nothing missing."""

import numpy as np
import pytest

from features.errors import InputError
from models.applicability_domain import shrunken_covariance
from models.missing_inputs import (
    complete_inputs,
    conditional_normal,
    expected_risks,
    hermite_grid,
    linear_predictors,
)
from tests.models.hazard_models import plain_risks, random_model, with_missing

DRAWS = 1_000_000


@pytest.mark.parametrize(("seed", "share", "sd"), [(1, 0.5, 0.35), (2, 0.9, 0.2), (3, 1.0, 0.35)])
def test_expected_risks_are_those_of_a_million_draws(seed: int, share: float, sd: float) -> None:
    """Missing inputs drawn from the joint normal by its precision matrix: within 0.001."""
    rng = np.random.default_rng(seed)
    model = random_model(rng, p=8, sd=sd)
    z = with_missing(rng, rng.multivariate_normal(np.zeros(8), model.covariance), share)
    missing = np.isnan(z)
    precision = np.linalg.inv(model.covariance)
    within = np.linalg.inv(precision[np.ix_(missing, missing)])
    mean = -within @ precision[np.ix_(missing, ~missing)] @ z[~missing]
    factor = np.linalg.cholesky(within)
    sums = np.zeros((3, 3))
    for _ in range(10):
        draws = np.tile(np.where(missing, 0.0, z), (DRAWS // 10, 1))
        draws[:, missing] = mean + rng.normal(size=(DRAWS // 10, missing.sum())) @ factor.T
        sums += plain_risks(model.intercepts, draws @ model.effects).sum(axis=0)
    risks = expected_risks(z, model.intercepts, model.effects, covariance=model.covariance)
    assert np.abs(risks - sums / DRAWS).max() < 1e-3


def test_the_grid_is_as_good_as_one_of_many_nodes() -> None:
    """At every width of the distribution, 40 nodes a dimension move no risk by 0.0005."""
    x, w = np.polynomial.hermite_e.hermegauss(40)
    fine = np.stack(np.meshgrid(x, x, indexing="ij"), axis=-1).reshape(-1, 2)
    fine_weights = np.outer(w, w).ravel() / w.sum() ** 2
    intercepts = np.array([[-3.0, -2.0], [-1.0, -4.0]])
    for sd in ([0.05, 0.25], [0.26, 0.7], [0.71, 1.2], [0.1, 2.0], [2.0, 2.0], [3.0, 0.5]):
        nodes, weights = hermite_grid(np.array(sd))
        turn = np.array([[0.8, 0.6], [-0.6, 0.8]]) * np.array(sd)[:, None]
        coarse = np.tensordot(weights, plain_risks(intercepts, nodes @ turn), axes=1)
        exact = np.tensordot(fine_weights, plain_risks(intercepts, fine @ turn), axes=1)
        assert np.abs(coarse - exact).max() < 5e-4, sd


def test_small_effects_give_the_risk_at_the_conditional_mean() -> None:
    """The linear limit: the difference shrinks with the square of the effects."""
    rng = np.random.default_rng(5)
    model = random_model(rng, p=10)
    z = with_missing(rng, rng.normal(size=10), 0.5)
    completed = np.where(np.isnan(z), 0.0, z)
    completed[np.isnan(z)] = conditional_normal(z, model.covariance)[0]
    apart = []
    for size in (1e-3, 1e-4):
        effects = size * model.effects
        risks = expected_risks(z, model.intercepts, effects, covariance=model.covariance)
        linear = plain_risks(model.intercepts, (completed @ effects)[None])[0]
        apart.append(np.abs(risks - linear).max())
    assert apart[0] < 1e-6
    assert apart[1] < apart[0] / 50


def test_predictors_have_the_conditional_mean_and_covariance() -> None:
    """Moments of the nodes: B' (mean, V) B of the conditional normal, to 1e-12."""
    rng = np.random.default_rng(6)
    model = random_model(rng)
    z = with_missing(rng, rng.normal(size=26), 0.4)
    missing = np.isnan(z)
    patient = complete_inputs(z, model.effects, model.covariance)
    u = linear_predictors(patient, model.effects)
    mean, rest = conditional_normal(z, model.covariance)
    expected = z[~missing] @ model.effects[~missing] + mean @ model.effects[missing]
    np.testing.assert_allclose(patient.weights @ u, expected, atol=1e-12)
    deviation = u - expected
    np.testing.assert_allclose(
        (deviation * patient.weights[:, None]).T @ deviation,
        model.effects[missing].T @ rest @ model.effects[missing],
        atol=1e-12,
    )


def test_risks_never_fall_and_never_add_up_to_more_than_one() -> None:
    """2,000 patients of 200 models with strong effects, from none to all inputs missing."""
    rng = np.random.default_rng(7)
    for _ in range(200):
        model = random_model(rng, sd=1.0)
        for share in rng.random(10):
            z = with_missing(rng, 2.0 * rng.normal(size=26), share)
            risks = expected_risks(z, model.intercepts, model.effects, covariance=model.covariance)
            assert (np.diff(risks, axis=0) >= 0.0).all()
            assert risks.min() >= 0.0
            assert risks[-1].sum() <= 1.0 + 1e-12


def test_nothing_missing_is_the_plain_risk() -> None:
    """One node, no integral: the risks of plain NumPy."""
    rng = np.random.default_rng(8)
    model = random_model(rng)
    z = rng.normal(size=26)
    patient = complete_inputs(z, model.effects, model.covariance)
    assert patient.nodes.shape == (1, 0)
    np.testing.assert_allclose(
        expected_risks(z, model.intercepts, model.effects, covariance=model.covariance),
        plain_risks(model.intercepts, (z @ model.effects)[None])[0],
        rtol=1e-12,
    )


def test_a_missing_input_without_effect_changes_nothing() -> None:
    """It adds no dimension: the same risk as with any value of it."""
    rng = np.random.default_rng(9)
    model = random_model(rng, p=4)
    model.effects[2] = 0.0
    z = rng.normal(size=4)
    risks = [
        expected_risks(x, model.intercepts, model.effects, covariance=model.covariance)
        for x in (z, np.where(np.arange(4) == 2, np.nan, z))
    ]
    np.testing.assert_array_equal(risks[0], risks[1])


def test_correlated_columns_stand_in_for_a_missing_one() -> None:
    """Mean squared error against the true risks is below a third of that of the mean's.

    Covariance learned from 200 patients, of whom one column is the sum of the others and noise.
    """
    rng = np.random.default_rng(10)
    Z = rng.normal(size=(400, 4))
    Z[:, 3] = Z[:, :3].sum(axis=1) / 2 + 0.5 * Z[:, 3]
    covariance = shrunken_covariance(Z[:200])
    effects, intercepts = np.array([[0.0], [0.0], [0.0], [1.2]]), np.array([[-1.0]])
    truth = plain_risks(intercepts, Z[200:] @ effects)[:, 0, 0]
    gaps = Z[200:].copy()
    gaps[:, 3] = np.nan
    completed = [expected_risks(z, intercepts, effects, covariance=covariance)[0, 0] for z in gaps]
    at_mean = plain_risks(intercepts, np.zeros((1, 1)))[0, 0, 0]
    assert np.mean((completed - truth) ** 2) < np.mean((at_mean - truth) ** 2) / 3


def test_inputs_that_do_not_belong_together_are_refused() -> None:
    """One sentence names both shapes; an infinite input has its own."""
    with pytest.raises(InputError, match=r"has 2 inputs; \(3,\) inputs"):
        complete_inputs(np.zeros(3), np.zeros((2, 1)), np.eye(2))
    with pytest.raises(InputError, match="infinite"):
        complete_inputs(np.array([np.inf]), np.ones((1, 1)), np.eye(1))
