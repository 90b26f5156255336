"""Reasons against LightGBM's, the shap package's, and the definition of Shapley values."""

import warnings
from itertools import combinations
from math import factorial
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.explain import Background, reasons
from models.logit_stack import calibrated, linear_member, tree_member
from models.risk_model import RiskModel
from models.trees import boost, make_bins, tree_fill, trees_of

NOTHING = Background(np.zeros(5), np.zeros(5))


@pytest.fixture(scope="module")
def shap() -> ModuleType:
    """The shap package, which on import uses what matplotlib has begun to give up."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PendingDeprecationWarning)
        import shap
    return shap


def boosted(seed: int) -> tuple:
    """A booster on 140 patients whose outcomes follow an interaction, and its stack."""
    rng = np.random.default_rng(seed)
    X = np.where(rng.random((140, 5)) < 0.1, np.nan, rng.normal(size=(140, 5)))
    y = (rng.random(140) < np.where(np.nan_to_num(X[:, 0] * X[:, 1]) > 0, 0.8, 0.2)) * 1.0
    booster = boost(make_bins(X), y, rng.uniform(0.5, 2, 140))
    return X, booster, tree_member(trees_of(booster), tree_fill(X, np.zeros(5)))


@pytest.mark.parametrize("seed", range(4))
def test_equals_pred_contrib(seed: int) -> None:
    """Trees' reasons and baseline are LightGBM's own to 1e-9."""
    X, booster, stack = boosted(seed)
    contributions, baseline = reasons(stack, NOTHING, X)
    theirs = booster.predict(X, pred_contrib=True)
    np.testing.assert_allclose(contributions, theirs[:, :-1], rtol=0, atol=1e-9)
    np.testing.assert_allclose(baseline, theirs[:, -1], rtol=0, atol=1e-9)


def test_equals_shap_tree_explainer(shap: ModuleType) -> None:
    """Trees' reasons are those of the shap package's path-dependent explainer to 1e-9."""
    X, booster, stack = boosted(9)
    explainer = shap.TreeExplainer(booster, feature_perturbation="tree_path_dependent")
    contributions, baseline = reasons(stack, NOTHING, X)
    np.testing.assert_allclose(contributions, explainer(X).values, rtol=0, atol=1e-9)
    assert baseline == pytest.approx(explainer.expected_value, abs=1e-9)


def test_equals_shap_linear_explainer(
    shap: ModuleType, cohort: tuple[pd.DataFrame, np.ndarray]
) -> None:
    """A ridge's reasons are shap's on the imputed columns plus those on their indicators."""
    X, y = cohort
    panel = ("signal", "second", "gappy", "sparse")
    model = RiskModel(candidates=("core_panel",), core_panel=panel).fit(X, y)
    stack = model.stack_
    design = np.hstack([np.where(np.isnan(X), stack.fill[0], X), np.isnan(X)])
    coef = np.concatenate([stack.coef[0], stack.missing_coef[0]])
    background = shap.maskers.Independent(design, max_samples=len(design))
    explainer = shap.LinearExplainer((coef, stack.intercept[0]), background)
    theirs = explainer(design).values
    contributions, baseline = model.explain(X)
    p = X.shape[1]
    np.testing.assert_allclose(contributions, theirs[:, :p] + theirs[:, p:], atol=1e-9)
    assert baseline == pytest.approx(explainer.expected_value, abs=1e-9)
    assert np.abs(stack.missing_coef).max() > 0


@pytest.mark.parametrize("name", ["prevalence", "biomarker", "core_panel", "lightgbm"])
def test_reasons_add_up(
    name: str, fitted: dict[str, RiskModel], cohort: tuple[pd.DataFrame, np.ndarray]
) -> None:
    """For every candidate the reasons and the baseline give the logit of the risk to 1e-9."""
    model, X = fitted[name], cohort[0]
    strange = pd.concat([X, X.iloc[:5] * 100, X.iloc[:1] * np.nan])
    contributions, baseline = model.explain(strange)
    np.testing.assert_allclose(
        contributions.sum(axis=1) + baseline, model.logit(strange), rtol=0, atol=1e-9
    )


def test_calibration_scales_reasons() -> None:
    """Reasons of a calibrated model are the slope times those of the model."""
    X, _, stack = boosted(2)
    plain, base = reasons(stack, NOTHING, X)
    scaled, scaled_base = reasons(calibrated(stack, -0.4, 0.6), NOTHING, X)
    np.testing.assert_allclose(scaled, 0.6 * plain, atol=1e-12)
    assert scaled_base == pytest.approx(-0.4 + 0.6 * base)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000))
def test_linear_reasons_are_shapley_values(seed: int) -> None:
    """The closed form is the definition: mean gain over all orders of adding the features."""
    rng = np.random.default_rng(seed)
    coef, centre, x = rng.normal(size=(3, 4))
    stack = linear_member(0.7, coef, np.zeros(4), np.zeros(4))
    contributions, _ = reasons(stack, Background(centre, np.zeros(4)), x[None])

    def worth(told: tuple[int, ...]) -> float:
        known = np.isin(np.arange(4), told)
        return 0.7 + coef @ np.where(known, x, centre)

    for j in range(4):
        others = [k for k in range(4) if k != j]
        value = sum(
            factorial(size) * factorial(3 - size) / factorial(4) * (worth((*s, j)) - worth(s))
            for size in range(4)
            for s in combinations(others, size)
        )
        assert contributions[0, j] == pytest.approx(value, abs=1e-12)


def test_not_measured_has_a_reason(fitted: dict[str, RiskModel]) -> None:
    """A missing value's reason is that of its fill plus that of its indicator."""
    model = fitted["core_panel"]
    x = np.array([[0.0, 0.0, 0.0, np.nan, 0.0, 2.0]])
    contributions, _ = reasons(model.stack_, model.background_, x)
    stack, background = model.stack_, model.background_
    value = stack.coef[0, 3] * (stack.fill[0, 3] - background.centre[3])
    indicator = stack.missing_coef[0, 3] * (1 - background.missing_rate[3])
    assert contributions[0, 3] == pytest.approx(value + indicator)
    assert indicator != 0
