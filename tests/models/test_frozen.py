"""FrozenModel: what is served is what was trained."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from features.covariates import document
from features.errors import InputError
from features.schema import Feature
from features.settings import REPOSITORY
from models.frozen import FrozenModel, freeze
from models.risk_model import RiskModel

Cohort = tuple[pd.DataFrame, np.ndarray]


def test_served_risks_are_the_estimator_s(
    frozen: FrozenModel, fitted: dict[str, RiskModel], cohort: Cohort
) -> None:
    """Risks equal RiskModel.predict_proba to the last bit, before they are made to rise."""
    X = cohort[0]
    names = {90: "core_panel", 180: "lightgbm", 365: "prevalence"}
    own = np.column_stack([fitted[names[h]].predict_proba(X)[:, 1] for h in frozen.horizons])
    np.testing.assert_array_equal(frozen.risks(X.to_numpy()), np.maximum.accumulate(own, axis=1))


def test_one_patient_equals_the_table(frozen: FrozenModel, cohort: Cohort) -> None:
    """Assessing one patient gives the risks that the whole table gives."""
    X = cohort[0].to_numpy()
    table = frozen.risks(X)
    for x, risks in zip(X, table, strict=True):
        assert [h.risk for h in frozen.assess(x).horizons] == risks.tolist()


def test_reasons_add_up_to_the_served_risk(frozen: FrozenModel, cohort: Cohort) -> None:
    """Baseline and contributions give the logit, and the logit the risk, at every horizon."""
    for x in cohort[0].to_numpy():
        for h in frozen.assess(x).horizons:
            assert h.contributions.sum() + h.baseline_logit == pytest.approx(h.logit, abs=1e-9)
            assert h.risk == pytest.approx(1 / (1 + np.exp(-h.logit)), abs=1e-12)


def test_risks_never_fall_with_the_horizon(frozen: FrozenModel, cohort: Cohort) -> None:
    """Longer horizons have at least the risk of shorter ones, and the mark says when raised."""
    X = cohort[0].to_numpy()
    assert (np.diff(frozen.risks(X), axis=1) >= 0).all()
    marks = [[h.raised for h in frozen.assess(x).horizons] for x in X]
    assert any(any(m) for m in marks)
    assert not any(m[0] for m in marks)


def test_interval_is_that_of_the_refits(
    frozen: FrozenModel, fitted: dict[str, RiskModel], cohort: Cohort
) -> None:
    """Low and high are the 5 % and 95 % quantiles of the refits' risks."""
    x = cohort[0].to_numpy()[:1]
    refits = fitted["core_panel"].refits_
    assert refits is not None
    risks = 1 / (1 + np.exp(-refits.logits(x)[0]))
    first = frozen.assess(x[0]).horizons[0]
    np.testing.assert_allclose([first.low, first.high], np.quantile(risks, [0.05, 0.95]))


def test_strangers_are_flagged(frozen: FrozenModel) -> None:
    """A patient unlike the training cohort is flagged, named by feature, and far away abstained."""
    x = np.array([30.0, -30.0, 0.0, 0.0, 0.0, 2.0])
    assessment = frozen.assess(x)
    assert assessment.out_of_range == ("signal", "second")
    assert assessment.out_of_population
    assert assessment.abstained is not None
    assert len(assessment.horizons) == 3


def test_wrong_number_of_values_is_refused(frozen: FrozenModel) -> None:
    """A patient with too few values gets one sentence."""
    with pytest.raises(InputError, match="6 values in the order of the features"):
        frozen.assess(np.zeros(5))


def refuse(model: RiskModel, sentence: str, **change: object) -> None:
    """Freeze with one argument changed and expect a sentence."""
    arguments: dict[str, object] = {
        "features": list(model.feature_names_in_),
        "training_X": np.zeros((5, len(model.feature_names_in_))),
        "facts": {"provenance": "synthetic"},
    }
    with pytest.raises(InputError, match=sentence):
        freeze({90: model}, "relapse", 28, **{**arguments, **change})


def test_freezing_refuses(fitted: dict[str, RiskModel], cohort: Cohort) -> None:
    """No provenance, other features, and no refits each get their sentence."""
    model = fitted["core_panel"]
    names = list(model.feature_names_in_)
    refuse(model, "provenance is missing", facts={})
    refuse(model, "horizon 90 was fitted on others", features=names[::-1])
    refuse(model, "training rows of its 6 features", training_X=np.zeros((5, 2)))
    bare = RiskModel(candidates=("core_panel",)).fit(*cohort)
    refuse(bare, "fit it with RiskModel")


def test_serving_needs_no_training_libraries() -> None:
    """Loading and assessing import neither scikit-learn, pandas, LightGBM, shap nor MLflow."""
    program = (
        "import sys, models.persistence, models.explain, models.applicability_domain\n"
        "heavy = {'sklearn', 'pandas', 'lightgbm', 'shap', 'mlflow', 'anndata'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_without_reasons_the_rest_is_the_same(frozen: FrozenModel, cohort: Cohort) -> None:
    """Who asks for risks alone gets the same ones, and nothing is explained."""
    x = cohort[0].to_numpy()[3]
    bare, full = frozen.assess(x, explain=False), frozen.assess(x)
    assert [(h.risk, h.low, h.high, h.quantile, h.raised) for h in bare.horizons] == [
        (h.risk, h.low, h.high, h.quantile, h.raised) for h in full.horizons
    ]
    assert all(len(h.contributions) == 0 and np.isnan(h.baseline_logit) for h in bare.horizons)
    assert (bare.abstained, bare.out_of_range, bare.distance) == (
        full.abstained, full.out_of_range, full.distance,
    )  # fmt: skip


def test_days_are_the_manifest_s(frozen: FrozenModel) -> None:
    """Primary horizon and window are read from the manifest; the window ends with the landmark."""
    manifest = {**frozen.manifest, "primary_horizon": 365, "landmark_window": 7}
    model = replace(frozen, landmark=60, manifest=manifest)
    assert (model.primary_horizon, model.window_days) == (365, 7)
    assert [day for day in range(100) if model.in_window(day)] == list(range(54, 61))


def test_older_manifest_has_the_days_of_its_time(frozen: FrozenModel) -> None:
    """A folder from before these keys is judged at 180 days from samples of two weeks."""
    silent = ("primary_horizon", "landmark_window")
    older = replace(frozen, manifest={k: v for k, v in frozen.manifest.items() if k not in silent})
    assert (older.primary_horizon, older.window_days) == (180, 14)
    assert replace(older, horizons=(30, 60, 90)).primary_horizon == 60


def test_inputs_are_described_by_schema_and_manifest(frozen: FrozenModel) -> None:
    """Declared inputs have their own label; those that nothing describes are left out."""
    second = Feature("second", "Second", "the second value", "IU/mL", 0.0, 9.0, "covariate")
    manifest = {**frozen.manifest, "covariates": [document(second)]}
    model = replace(frozen, manifest=manifest)
    assert dict(model.inputs) == {"second": second} and model.covariates == (second,)
    assert dict(frozen.inputs) == {}
