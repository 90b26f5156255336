"""RiskModel as scikit-learn, and what it must do in small cohorts."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.utils.estimator_checks import parametrize_with_checks

from features import schema
from features.errors import InputError
from models.risk_model import RiskModel

CHECKED = [
    RiskModel(candidates=("prevalence", "core_panel")),
    RiskModel(candidates=("prevalence", "core_panel", "lightgbm"), min_lightgbm=10),
    RiskModel(candidates=("lightgbm",), min_lightgbm=10),
]


@parametrize_with_checks(CHECKED)
def test_check_estimator(estimator: RiskModel, check: Any) -> None:
    """Every check of scikit-learn passes, for the ridge and for LightGBM."""
    check(estimator)


def simulated(n: int, seed: int, effect: float = 1.5) -> tuple[pd.DataFrame, np.ndarray]:
    """Patients with the product's core features, of which the first carries the effect."""
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(n, len(schema.CORE))), columns=schema.CORE)
    y = (rng.random(n) < 1 / (1 + np.exp(0.8 - effect * X.iloc[:, 0]))).astype(int)
    return X, y.to_numpy()


def test_finds_a_strong_signal() -> None:
    """With a strong effect the risks of new patients come close to the true ones."""
    X, y = simulated(250, seed=0)
    new, _ = simulated(1000, seed=1)
    true = 1 / (1 + np.exp(0.8 - 1.5 * new.iloc[:, 0].to_numpy()))
    model = RiskModel(candidates=("core_panel",)).fit(X, y)
    risk = model.predict_proba(new)[:, 1]
    assert np.corrcoef(risk, true)[0, 1] > 0.97
    assert np.abs(risk - true).mean() < 0.06


def test_noise_gives_nearly_constant_risks() -> None:
    """Without any signal, averaged over cohorts, the risks hardly leave the prevalence."""
    spread = []
    for seed in range(20):
        X, y = simulated(80, seed=seed, effect=0.0)
        spread.append(RiskModel(candidates=("core_panel",)).fit(X, y).predict_proba(X)[:, 1].std())
    assert np.mean(spread) < 0.06


def test_few_events_leave_prevalence() -> None:
    """Under five events there is nothing but prevalence, exactly the observed share."""
    X, y = simulated(60, seed=2)
    y = np.zeros(60)
    y[:4] = 1
    model = RiskModel().fit(X, y)
    assert model.candidate_ == "prevalence"
    np.testing.assert_allclose(model.predict_proba(X)[:, 1], 4 / 60, rtol=1e-12)
    assert (model.n_patients_, model.n_events_) == (60, 4)


def test_from_five_events_prevalence_is_the_reference() -> None:
    """From five events prevalence is reported beside the candidates and never chosen."""
    for seed in range(5):
        X, y = simulated(60, seed=seed, effect=0.0)
        model = RiskModel().fit(X, y)
        assert model.candidate_ != "prevalence"
        assert "prevalence" in model.selection_


def test_simplest_candidate_wins_when_equal() -> None:
    """A single biomarker that carries all the signal is preferred to ridge and LightGBM."""
    X, y = simulated(200, seed=3)
    model = RiskModel(biomarker=schema.CORE[0]).fit(X, y)
    assert list(model.selection_) == ["prevalence", "biomarker", "core_panel", "lightgbm"]
    assert model.candidate_ == "biomarker"


def test_lightgbm_wins_where_lines_cannot() -> None:
    """A pure interaction, which no line sees, is left to the trees."""
    rng = np.random.default_rng(4)
    X = pd.DataFrame(rng.normal(size=(300, 6)), columns=schema.CORE)
    y = (rng.random(300) < np.where(np.abs(X.iloc[:, 0]) > 0.7, 0.9, 0.1)).astype(int)
    model = RiskModel(biomarker=schema.CORE[0]).fit(X, y)
    assert model.candidate_ == "lightgbm"


def test_lightgbm_is_offered_from_eighty_patients() -> None:
    """With 79 patients the trees are no candidate, with 80 they are."""
    for n, offered in ((79, False), (80, True)):
        X, y = simulated(n, seed=5)
        assert ("lightgbm" in RiskModel().fit(X, y).selection_) is offered


def test_order_of_patients_does_not_matter() -> None:
    """Shuffled rows give the same risks, refits included."""
    X, y = simulated(60, seed=6)
    order = np.random.default_rng(0).permutation(60)
    model = RiskModel(n_refits=3)
    one = clone(model).fit(X, y)
    two = clone(model).fit(X.iloc[order], y[order])
    np.testing.assert_allclose(one.logit(X), two.logit(X), atol=1e-9)
    assert one.refits_ is not None
    assert two.refits_ is not None
    np.testing.assert_allclose(
        one.refits_.logits(X.to_numpy()), two.refits_.logits(X.to_numpy()), atol=1e-9
    )


def test_same_seed_same_model(cohort: tuple[pd.DataFrame, np.ndarray]) -> None:
    """Two fits with the same seed are the same to the last bit, LightGBM included."""
    X, y = cohort
    one, two = (RiskModel(candidates=("lightgbm",), n_refits=2).fit(X, y) for _ in range(2))
    np.testing.assert_array_equal(one.logit(X), two.logit(X))
    assert one.refits_ is not None
    assert two.refits_ is not None
    np.testing.assert_array_equal(one.refits_.trees.leaf, two.refits_.trees.leaf)


def test_weights_equal_repetition() -> None:
    """A patient of weight 2 counts like two, through tuning, selection and calibration."""
    X, y = simulated(50, seed=7)
    times = np.random.default_rng(1).integers(0, 4, 50)
    model = RiskModel(candidates=("core_panel",))
    weighted = clone(model).fit(X, y, sample_weight=times)
    repeated = clone(model).fit(X.loc[X.index.repeat(times)], np.repeat(y, times))
    np.testing.assert_allclose(weighted.logit(X), repeated.logit(X), atol=1e-8)


def test_groups_keep_a_patients_samples_together() -> None:
    """Several samples a patient with random labels: ordinary folds are fooled, groups are not."""
    gain = {"grouped": [], "ordinary": []}
    for seed in range(12):
        rng = np.random.default_rng(seed)
        patient = np.repeat(np.arange(30), 4)
        X = rng.normal(size=(30, 6))[patient] + 0.1 * rng.normal(size=(120, 6))
        y = (rng.random(30) < 0.5)[patient].astype(int)
        for name, groups in (("grouped", list(patient)), ("ordinary", None)):
            model = RiskModel(candidates=("core_panel",)).fit(X, y, groups=groups)
            table = model.selection_
            gain[name].append(table["prevalence"]["loss"] - table["core_panel"]["loss"])
    assert np.mean(gain["grouped"]) < 0.4 * np.mean(gain["ordinary"])


def test_missing_not_at_random_is_used() -> None:
    """When being missing carries the risk, the indicator carries the reason."""
    X, y = simulated(200, seed=8, effect=0.0)
    X.loc[y == 1, schema.CORE[3]] = np.nan
    model = RiskModel(candidates=("core_panel",)).fit(X, y)
    contributions, _ = model.explain(X)
    assert contributions[y == 1, 3].min() > 1.0


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"candidates": ("xgboost",)}, "but xgboost came"),
        ({"candidates": ()}, "but none came"),
        ({"biomarker": "nothing"}, "biomarker must name columns of X, but nothing"),
        ({"core_panel": ("a", "b")}, "core panel must name columns of X, but a, b"),
        ({"inner_folds": 1}, "at least 2 inner folds, but 1 came"),
    ],
)
def test_wrong_parameters_get_one_sentence(asked: dict[str, Any], sentence: str) -> None:
    """Each wrong parameter is refused in a sentence that says what came."""
    X, y = simulated(40, seed=9)
    with pytest.raises(InputError, match=sentence):
        RiskModel(**asked).fit(X, y)


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
    np.testing.assert_allclose(model.predict_proba(X)[:, 1], 0.5 / (n + 1), rtol=1e-9)


def test_groups_of_wrong_length_get_one_sentence() -> None:
    """One group name a row, or a sentence."""
    X, y = simulated(40, seed=11)
    with pytest.raises(InputError, match="3 names came for 40 rows"):
        RiskModel().fit(X, y, groups=["a", "b", "c"])
