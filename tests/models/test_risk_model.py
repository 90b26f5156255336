"""RiskModel as scikit-learn, and what it must do in small cohorts."""

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.utils.estimator_checks import parametrize_with_checks

from features import schema
from features.arrays import Floats, Ints
from features.errors import InputError
from models.risk_model import RiskModel


@parametrize_with_checks([RiskModel()])
def test_check_estimator(estimator: RiskModel, check: Any) -> None:
    """Every check of scikit-learn passes; none is declared to fail."""
    check(estimator)


def simulated(n: int, seed: int, effect: float = 1.5) -> tuple[pd.DataFrame, Ints]:
    """Patients with the product's core features, of which the first carries the effect."""
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(n, len(schema.CORE))), columns=list(schema.CORE))
    y = (rng.random(n) < 1 / (1 + np.exp(0.8 - effect * X.iloc[:, 0]))).astype(int)
    return X, y.to_numpy()


def test_finds_a_strong_signal() -> None:
    """With a strong effect the risks of new patients come close to the true ones."""
    X, y = simulated(250, seed=0)
    new, _ = simulated(1000, seed=1)
    true = 1 / (1 + np.exp(0.8 - 1.5 * new.iloc[:, 0].to_numpy()))
    risk = RiskModel().fit(X, y).predict_proba(new)[:, 1]
    assert np.corrcoef(risk, true)[0, 1] > 0.97
    assert np.abs(risk - true).mean() < 0.06


def test_noise_gives_nearly_constant_risks() -> None:
    """Without any signal, averaged over cohorts, the risks stay nearer the prevalence than ML's."""
    ours, unpenalised = [], []
    for seed in range(20):
        X, y = simulated(80, seed=seed, effect=0.0)
        ours.append(RiskModel().fit(X, y).predict_proba(X)[:, 1].std())
        peer = LogisticRegression(C=np.inf).fit(X, y)
        unpenalised.append(peer.predict_proba(X)[:, 1].std())
    assert np.mean(ours) < 0.1
    assert np.mean(ours) < 0.75 * np.mean(unpenalised)


def test_the_mean_risk_is_the_share_of_events() -> None:
    """To 1e-6, also where there are few."""
    X, y = simulated(60, seed=2)
    y[:] = 0
    y[:4] = 1
    model = RiskModel().fit(X, y)
    assert model.predict_proba(X)[:, 1].mean() == pytest.approx(4 / 60, abs=1e-6)
    assert (model.n_patients_, model.n_events_) == (60, 4)


def test_order_of_patients_does_not_matter() -> None:
    """Shuffled rows give the same risks."""
    X, y = simulated(60, seed=6)
    order = np.random.default_rng(0).permutation(60)
    one, two = RiskModel().fit(X, y), RiskModel().fit(X.iloc[order], y[order])
    np.testing.assert_allclose(one.logit(X), two.logit(X), atol=1e-7)


def test_same_patients_same_model() -> None:
    """Two fits are the same to the last bit: nothing in it is random."""
    X, y = simulated(90, seed=3)
    one, two = RiskModel().fit(X, y), RiskModel().fit(X, y)
    np.testing.assert_array_equal(one.logit(X), two.logit(X))


def test_weights_equal_repetition() -> None:
    """A patient of weight 2 counts like two, through scaling, evidence and anchoring."""
    X, y = simulated(50, seed=7)
    X.iloc[::7, 2] = np.nan
    times = np.random.default_rng(1).integers(0, 4, 50)
    weighted = RiskModel().fit(X, y, sample_weight=times)
    repeated = RiskModel().fit(X.loc[X.index.repeat(times)], np.repeat(y, times))
    np.testing.assert_allclose(weighted.logit(X), repeated.logit(X), atol=1e-8)


def test_a_missing_value_is_read_from_the_others() -> None:
    """Where a column is nearly another, its loss hardly moves the risk; at random it would."""
    X, y = simulated(300, seed=8)
    X[schema.CORE[1]] = X[schema.CORE[0]] + 0.1 * np.random.default_rng(9).normal(size=300)
    model = RiskModel().fit(X, y)
    gaps, others = X.copy(), X.copy()
    gaps[schema.CORE[0]] = np.nan
    others[schema.CORE[0]] = X[schema.CORE[0]].mean()
    moved = np.abs(model.logit(gaps) - model.logit(X)).mean()
    assert moved < 0.25 * np.abs(model.logit(others) - model.logit(X)).mean()


def test_the_core_panel_may_have_larger_effects() -> None:
    """The same effect is shrunk less in a column of the panel than in another."""
    X, y = simulated(60, seed=12, effect=0.8)
    X["extra"] = np.random.default_rng(13).normal(size=60)
    first = schema.CORE[0]
    inside = RiskModel(core_panel=(first,)).fit(X, y).members_.effects[0, 0, 0]
    outside = RiskModel(core_panel=("extra",)).fit(X, y).members_.effects[0, 0, 0]
    by_default = RiskModel().fit(X, y).members_.effects[0, 0, 0]
    assert 0 < outside < inside
    assert outside < by_default


def linear_explanation(model: RiskModel, X: Floats) -> tuple[Floats, float]:
    """shap.LinearExplainer's closed form: coefficient x (bounded value - training mean)."""
    m = model.members_
    coefficient = np.where(np.isinf(m.spread[0]), 0.0, m.effects[0, :, 0] / m.spread[0])
    bounded = np.clip(X, m.low[0], m.high[0])
    return coefficient * (bounded - m.centre[0]), float(m.intercepts[0, 0, 0])


def test_reasons_are_the_linear_explainer_s() -> None:
    """To 1e-9, on complete rows; they add up to the log-odds on all."""
    X, y = simulated(120, seed=4)
    X[schema.CORE[5]] = 3.0
    model = RiskModel().fit(X, y)
    contributions, baseline = model.explain(X)
    expected, start = linear_explanation(model, X.to_numpy())
    np.testing.assert_allclose(contributions, expected, rtol=0, atol=1e-9)
    assert baseline == start
    X.iloc[::3, 1] = np.nan
    contributions, baseline = model.explain(X)
    np.testing.assert_allclose(contributions.sum(axis=1) + baseline, model.logit(X), atol=1e-9)


def test_reasons_are_those_of_the_shap_package() -> None:
    """`shap.LinearExplainer` of the same coefficients, against the training patients' mean."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PendingDeprecationWarning)  # of matplotlib, on import
        import shap
    X, y = simulated(120, seed=5)
    model = RiskModel().fit(X, y)
    m = model.members_
    bounded = np.clip(X.to_numpy(), m.low[0], m.high[0])
    coefficient = m.effects[0, :, 0] / m.spread[0]
    intercept = m.intercepts[0, 0, 0] - coefficient @ m.centre[0]
    masker = shap.maskers.Independent(bounded, max_samples=len(X))
    theirs = shap.LinearExplainer((coefficient, intercept), masker).shap_values(bounded)
    np.testing.assert_allclose(model.explain(X)[0], theirs, rtol=0, atol=1e-9)


def test_a_core_panel_that_is_not_there_gets_one_sentence() -> None:
    """The sentence names the columns."""
    X, y = simulated(40, seed=9)
    with pytest.raises(InputError, match="core panel must name columns of X, but a, b"):
        RiskModel(core_panel=("a", "b")).fit(X, y)


def test_one_class_gets_one_sentence() -> None:
    """A cohort in which nobody had the event cannot train a model."""
    X, _ = simulated(40, seed=10)
    with pytest.raises(InputError, match="wait for events or choose another horizon"):
        RiskModel().fit(X, np.zeros(40))


def test_one_class_among_weighted_rows_is_prevalence() -> None:
    """When weights of 0 leave one class only, the risk is near its end and finite."""
    X, y = simulated(40, seed=10)
    model = RiskModel().fit(X, y, sample_weight=(y == 0).astype(float))
    n = int((y == 0).sum())
    assert model.predict_proba(X)[y == 0, 1].mean() == pytest.approx(0.5 / (n + 1), abs=1e-6)


def test_a_clone_is_unfitted_and_has_the_parameters() -> None:
    """scikit-learn's tools copy it so."""
    copy = clone(RiskModel(core_panel=("a",)).set_params(core_panel=("b",)))
    assert copy.get_params() == {"core_panel": ("b",)} and not hasattr(copy, "members_")
