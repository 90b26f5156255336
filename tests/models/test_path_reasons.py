"""Path reasons: sums, closed forms, signs, missing inputs, the `shap` package's explainers."""

import numpy as np
import pytest

from features.arrays import Floats
from models.missing_inputs import conditional_normal, expected_risks
from models.path_reasons import PathReasons, path_reasons, risks_at_average
from tests.models.hazard_models import (
    HazardModel,
    plain_risks,
    random_cohort_model,
    random_model,
    with_missing,
)

ONE = np.array([1.0, 0.0, 0.0])
TWO = np.array([1.0, 0.0, 1.0])


def reasons_of(z: Floats, model: HazardModel, endpoint: Floats = ONE) -> PathReasons:
    """Path reasons of one patient."""
    return path_reasons(
        z, model.intercepts, model.effects, in_endpoint=endpoint, covariance=model.covariance
    )


def plain_logit(Z: Floats, model: HazardModel, endpoint: Floats = ONE) -> Floats:
    """Log-odds (n, K) of the endpoint's risk in plain NumPy."""
    risk = plain_risks(model.intercepts, Z @ model.effects) @ endpoint
    logit: Floats = np.log(risk) - np.log1p(-risk)
    return logit


def test_reasons_of_1000_models_add_up() -> None:
    """To 1e-9 of the difference of log-odds, half of the patients with missing inputs."""
    rng = np.random.default_rng(1)
    for i in range(1000):
        model = random_model(rng, sd=rng.choice([0.1, 0.35, 0.6]))
        z = with_missing(rng, rng.normal(size=26), 0.3 * (i % 2))
        endpoint = (ONE, TWO)[i // 2 % 2]
        patient = reasons_of(z, model, endpoint)
        risk = endpoint @ expected_risks(
            z, model.intercepts, model.effects, covariance=model.covariance
        ).T  # fmt: skip
        difference = np.log(risk / (1 - risk)) - plain_logit(np.zeros((1, 26)), model, endpoint)[0]
        np.testing.assert_allclose(patient.contributions.sum(axis=1), difference, atol=1e-9)
        assert np.abs(patient.remainder).max() < 1e-8


def test_each_reason_is_the_integral_along_the_line() -> None:
    """2,000 midpoints of finite differences in plain NumPy, every feature, to 1e-6."""
    rng = np.random.default_rng(2)
    model = random_model(rng, p=5, sd=0.6)
    z, small = rng.normal(size=5), 1e-5
    steps = (np.arange(2000) + 0.5) / 2000
    line = steps[:, None] * z
    for j in range(5):
        shift = small * np.eye(5)[j]
        slope = plain_logit(line + shift, model, TWO) - plain_logit(line - shift, model, TWO)
        expected = z[j] * slope.mean(axis=0) / (2 * small)
        np.testing.assert_allclose(
            reasons_of(z, model, TWO).contributions[:, j], expected, atol=1e-6
        )


def test_a_logistic_model_has_its_closed_form() -> None:
    """One class, one interval: coefficient x value to 1e-9, with effects up to log-odds of 30."""
    rng = np.random.default_rng(3)
    for sd in (0.1, 1.0, 3.0):
        model = random_model(rng, C=1, K=1, sd=sd)
        z = rng.normal(size=26)
        np.testing.assert_allclose(
            reasons_of(z, model, np.ones(1)).contributions[0], z * model.effects[:, 0], atol=1e-9
        )


def test_strong_effects_halve_the_line() -> None:
    """16 nodes on the whole line would miss the sum; the halved ones do not."""
    rng = np.random.default_rng(4)
    for _ in range(20):
        model = random_model(rng, sd=3.0)
        patient = reasons_of(2.0 * rng.normal(size=26), model)
        assert np.isfinite(patient.contributions).all()
        assert np.abs(patient.remainder).max() < 1e-8


def test_a_missing_input_contributes_what_the_others_tell() -> None:
    """With small effects: coefficient x its mean given them, to a millionth of an effect's size."""
    rng = np.random.default_rng(5)
    model = random_model(rng, p=6, C=1, K=1)
    small = model._replace(effects=1e-4 * model.effects)
    z = np.where(np.arange(6) < 2, np.nan, rng.normal(size=6))
    completed = z.copy()
    completed[:2] = conditional_normal(z, model.covariance)[0]
    contributions = reasons_of(z, small, np.ones(1)).contributions[0]
    np.testing.assert_allclose(contributions, completed * small.effects[:, 0], atol=1e-8)


def test_missing_inputs_of_which_nothing_is_told_share_only_the_spread() -> None:
    """Independent inputs, a rare endpoint: a measured one keeps its value's share, and the missing
    one raises the risk towards the mean of a skewed distribution."""
    model = HazardModel(np.array([[-4.0]]), np.array([[0.5], [0.8]]), np.eye(2))
    measured = reasons_of(np.array([1.0, 0.0]), model, np.ones(1)).contributions[0]
    missing = reasons_of(np.array([1.0, np.nan]), model, np.ones(1)).contributions[0]
    assert measured.round(12).tolist() == [0.5, 0.0]
    assert abs(missing[0] - 0.5) < 0.02
    assert 0.2 < missing[1] < 0.8**2 / 2


def test_missing_reasons_are_those_averaged_over_possible_patients() -> None:
    """Monte Carlo of the definition: E[d risk(s z) / d z_j x z_j] / (risk (1 - risk)), to 0.01."""
    rng = np.random.default_rng(6)
    model = random_model(rng, p=4, sd=0.8)
    z = np.array([1.5, np.nan, -1.0, np.nan])
    mean, rest = conditional_normal(z, model.covariance)
    Z = np.tile(z, (50_000, 1))
    Z[:, np.isnan(z)] = rng.multivariate_normal(mean, rest, 50_000)
    total = np.zeros((3, 4))
    x, w = np.polynomial.legendre.leggauss(6)
    for step, share in zip((x + 1) / 2, w / 2, strict=True):
        risk = (plain_risks(model.intercepts, step * Z @ model.effects) @ ONE).mean(axis=0)
        for j in range(4):
            shift = 1e-4 * np.eye(4)[j] * Z[:, [j]]
            ahead = plain_risks(model.intercepts, (step * Z + shift) @ model.effects) @ ONE
            behind = plain_risks(model.intercepts, (step * Z - shift) @ model.effects) @ ONE
            total[:, j] += share * (ahead - behind).mean(axis=0) / 2e-4 / (risk * (1 - risk))
    assert np.abs(reasons_of(z, model).contributions - total).max() < 0.01


def test_risk_at_average_is_the_risk_without_the_features_term() -> None:
    """Measured: plain NumPy with the value at 0. Missing: its term alone leaves the average."""
    rng = np.random.default_rng(7)
    model = random_model(rng, p=5)
    z = rng.normal(size=5)
    arguments = {"in_endpoint": TWO, "covariance": model.covariance}
    risks = risks_at_average(z, model.intercepts, model.effects, **arguments)
    for j in range(5):
        changed = np.where(np.arange(5) == j, 0.0, z)
        expected = plain_risks(model.intercepts, (changed @ model.effects)[None])[0] @ TWO
        np.testing.assert_allclose(risks[j], expected, rtol=1e-12)
    gaps = np.where(np.arange(5) < 2, np.nan, z)
    risks = risks_at_average(gaps, model.intercepts, model.effects, **arguments)
    for j in range(5):
        without = model.effects * (np.arange(5) != j)[:, None]
        expected = expected_risks(gaps, model.intercepts, without, covariance=model.covariance)
        np.testing.assert_allclose(risks[j], expected @ TWO, rtol=1e-9)


def test_first_reasons_have_the_sign_of_their_counterfactual() -> None:
    """A positive one: at the average the risk would be lower. 250 patients, each class.

    The first always; of the first three at most one in a thousand, since a feature that raises a
    competing risk more than this one may change sides on the way to the patient.
    """
    rng = np.random.default_rng(8)
    agrees = []
    for i in range(750):
        model = random_cohort_model(rng)
        endpoint = np.eye(3)[i % 3]
        z = rng.multivariate_normal(np.zeros(26), model.covariance)
        risk = plain_risks(model.intercepts, (z @ model.effects)[None])[0] @ endpoint
        risks = risks_at_average(
            z, model.intercepts, model.effects, in_endpoint=endpoint, covariance=model.covariance
        )
        contributions = reasons_of(z, model, endpoint).contributions
        first = np.argsort(-np.abs(contributions), axis=1)[:, :3]
        agree = np.take_along_axis(contributions * (risk - risks).T, first, axis=1)
        agrees.append(agree > 0.0)
    assert np.array(agrees)[:, :, 0].all()
    assert np.mean(agrees) > 0.999


@pytest.mark.filterwarnings("ignore:The set_:PendingDeprecationWarning")  # shap's own import
@pytest.mark.parametrize("kind", ["exact", "permutation"])
def test_shap_explains_the_same_function_alike(kind: str) -> None:
    """The six strongest features, 10 patients, relapse: every value within 0.05 in log-odds."""
    import shap

    rng = np.random.default_rng(9)
    largest = 0.0
    explainer = {"exact": shap.ExactExplainer, "permutation": shap.PermutationExplainer}[kind]
    for _ in range(2):
        model = random_cohort_model(rng, p=6)
        Z = rng.normal(size=(5, 6))
        logit = lambda X, model=model: plain_logit(X, model)[:, 1]  # noqa: E731
        values = explainer(logit, shap.maskers.Independent(np.zeros((1, 6))))(Z).values
        ours = np.array([reasons_of(z, model).contributions[1] for z in Z])
        largest = max(largest, np.abs(values - ours).max())
    assert largest < 0.05
