"""FrozenModel: what is served is what was trained, for three endpoints of one joint fit."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from features.arrays import Floats
from features.covariates import document
from features.errors import InputError
from features.schema import Feature
from features.settings import REPOSITORY
from models.endpoints import ENDPOINTS
from models.frozen import FrozenModel, freeze
from models.hazard_model import HazardModel, visit_time
from models.missing_inputs import completed
from tests.models.hazard_models import plain_risks
from tests.models.simulated_visits import EVENTS, FEATURES, HORIZONS, JointModel

ByName = dict[str, FrozenModel]


def complete(model: HazardModel, x: Floats) -> Floats:
    """One patient's features, missing ones at their expected value, in their own units."""
    s = model.scaling
    z = (np.clip(x, s.low, s.high) - s.centre) / s.spread
    expected = completed(z[None], s.correlation)[0] * np.where(np.isinf(s.spread), 0, s.spread)
    return np.where(np.isnan(x), s.centre + expected, x)


def test_served_risks_are_those_of_the_fit(
    models_of_fit: ByName, joint_models: list[JointModel], at_landmark: Floats
) -> None:
    """The sum of the endpoint's events in the model that was fitted, to 1e-12."""
    day = np.full(len(at_landmark), 28.0)
    for name, model in models_of_fit.items():
        joint = joint_models[0]
        fitted = joint.with_onset if name == "severe_infection" else joint.exclusive
        expected = fitted.risks(at_landmark, day) @ model.in_endpoint
        np.testing.assert_allclose(model.risks(at_landmark), expected, rtol=0, atol=1e-12)


def test_one_patient_has_the_bits_of_the_table(models_of_fit: ByName, at_landmark: Floats) -> None:
    """Each alone, and among others."""
    for model in models_of_fit.values():
        for x, risks in zip(at_landmark, model.risks(at_landmark), strict=True):
            assert [h.risk for h in model.assess(x).horizons] == risks.tolist()


def test_reasons_add_up_to_the_served_risk(models_of_fit: ByName, at_landmark: Floats) -> None:
    """Baseline and contributions give the log-odds, and these the risk, missing values or not."""
    for model in models_of_fit.values():
        for x in at_landmark[:40]:
            for h in model.assess(x).horizons:
                assert h.contributions.sum() + h.baseline_logit == pytest.approx(h.logit, abs=1e-9)
                assert h.risk == pytest.approx(1 / (1 + np.exp(-h.logit)), abs=1e-12)


def test_risks_are_coherent(models_of_fit: ByName) -> None:
    """0 of 130,000 by model and refits fall, add up to more than 1, or have severe below fatal."""
    rng = np.random.default_rng(0)
    X = 4 * rng.normal(size=(10_000, len(FEATURES)))
    X[rng.random(X.shape) < 0.2] = np.nan
    risks = {
        name: np.concatenate([model.risks(X)[:, None], model.refit_risks(X)], axis=1)
        for name, model in models_of_fit.items()
    }
    for risk in risks.values():
        assert (np.diff(risk, axis=2) < 0).sum() == 0
    assert (risks["relapse"] + risks["fatal_infection"] > 1).sum() == 0
    assert (risks["severe_infection"] < risks["fatal_infection"] - 1e-12).sum() == 0


def test_interval_is_that_of_each_refit_alone(
    models_of_fit: ByName, joint_models: list[JointModel], at_landmark: Floats
) -> None:
    """Each refit asked for the row that the model completed; then the 5 and 95 % quantiles."""
    for name in ("relapse", "severe_infection"):
        model = models_of_fit[name]
        x = at_landmark[np.isnan(at_landmark).any(axis=1)][0]
        row = complete(joint_models[0].exclusive, x)[None]
        refits = [m.exclusive if name == "relapse" else m.with_onset for m in joint_models[1:]]
        risks = [(m.risks(row, np.array([28.0])) @ model.in_endpoint)[0] for m in refits]
        np.testing.assert_allclose(model.refit_risks(x[None])[0], risks, rtol=0, atol=1e-12)
        answers = model.assess(x).horizons
        interval = np.quantile(risks, [0.05, 0.95], axis=0).T
        np.testing.assert_allclose([[h.low, h.high] for h in answers], interval, atol=1e-12)


def test_were_it_average_is_the_prediction_at_the_mean(
    models_of_fit: ByName, joint_models: list[JointModel], at_landmark: Floats
) -> None:
    """The risk with the feature at its training mean, all others as they are or were expected."""
    scaling = joint_models[0].exclusive.scaling
    for model in models_of_fit.values():
        for x in at_landmark[:10]:
            row = complete(joint_models[0].exclusive, x)
            answers = model.assess(x).horizons
            for j in range(len(FEATURES)):
                average = row.copy()
                average[j] = scaling.centre[j]
                expected = model.risks(average[None])[0]
                ours = [h.risk_if_average[j] for h in answers]
                np.testing.assert_allclose(ours, expected, rtol=0, atol=1e-9)


def test_a_missing_feature_contributes_what_the_others_tell(
    frozen: FrozenModel, joint_models: list[JointModel], at_landmark: Floats
) -> None:
    """The reasons are those of the row with the expected value filled in, and not all zero."""
    x = at_landmark[0].copy()
    x[0], x[3] = np.nan, 2.0  # "gappy" follows "signal", which carries the risk
    filled = complete(joint_models[0].exclusive, x)
    assert filled[0] > 0.3
    for missing, present in zip(
        frozen.assess(x).horizons, frozen.assess(filled).horizons, strict=True
    ):
        np.testing.assert_allclose(missing.contributions, present.contributions, atol=1e-9)
        assert missing.contributions[0] > 0.1


def test_a_later_visit_has_the_terms_in_time(
    models_of_fit: ByName, joint_models: list[JointModel], at_landmark: Floats
) -> None:
    """By hand: a + g t + q t^2 + z'(b + t d), at day 100 and beyond the last day of training."""
    for name, model in models_of_fit.items():
        fitted = joint_models[0]
        m = fitted.with_onset if name == "severe_infection" else fitted.exclusive
        assert np.abs(m.drift).max() > 0 and np.abs(m.time_terms).max() > 0
        x = complete(m, at_landmark[0])
        z = (np.clip(x, m.scaling.low, m.scaling.high) - m.scaling.centre) / m.scaling.spread
        for day in (28.0, 100.0, 500.0):
            t = float(visit_time(np.array([day]))[0])
            u = z @ (m.effects + t * m.drift) + t * m.time_terms[0] + t**2 * m.time_terms[1]
            expected = plain_risks(m.intercepts, u[None])[0] @ model.in_endpoint
            answers = model.assess(at_landmark[0], day=day).horizons
            np.testing.assert_allclose([h.risk for h in answers], expected, atol=1e-12)
            np.testing.assert_allclose(model.risks(x[None], day)[0], expected, atol=1e-12)
            sums = [h.contributions.sum() + h.baseline_logit - h.logit for h in answers]
            np.testing.assert_allclose(sums, 0.0, atol=1e-9)


def test_a_patient_s_standing_is_among_those_at_the_landmark(
    frozen: FrozenModel, at_landmark: Floats
) -> None:
    """The training risks are the model's, sorted, so the lowest has 0 below and the highest all."""
    risks = frozen.risks(at_landmark)
    np.testing.assert_array_equal(frozen.cohort.training_risks, np.sort(risks.T, axis=1))
    n = len(at_landmark)
    order = np.argsort(risks[:, 1])
    assert frozen.assess(at_landmark[order[0]]).horizons[1].quantile == 0.0
    assert frozen.assess(at_landmark[order[-1]]).horizons[1].quantile == (n - 1) / n


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


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"facts": {"joint_fit": "x"}}, "provenance or joint_fit is missing"),
        ({"facts": {"provenance": "real"}}, "provenance or joint_fit is missing"),
        ({"features": FEATURES[:2]}, "training rows of its 2 features"),
        ({"training_X": np.zeros((5, 2))}, r"rows of shape \(5, 2\) came"),
        ({"horizons": (90, 180)}, "2 horizons, 3 events"),
        ({"events": EVENTS[:2]}, "3 horizons, 2 events"),
    ],
)
def test_what_does_not_fit_is_not_frozen(
    frozen: FrozenModel, change: dict[str, object], sentence: str
) -> None:
    """No provenance or fit, other features, rows, horizons or events each get their sentence."""
    arguments: dict[str, object] = {
        "events": EVENTS, "horizons": HORIZONS, "features": FEATURES,
        "training_X": np.zeros((5, 6)), "prevalence": np.zeros(3),
        "facts": {"provenance": "synthetic", "joint_fit": "x"},
    }  # fmt: skip
    with pytest.raises(InputError, match=sentence):
        freeze(frozen.members, ENDPOINTS["relapse"], 28, **{**arguments, **change})  # type: ignore[arg-type]


def test_a_model_without_refits_is_not_frozen(frozen: FrozenModel) -> None:
    """It would have no stability interval."""
    with pytest.raises(InputError, match="the model has no refits"):
        freeze(
            frozen.members.first(), ENDPOINTS["relapse"], 28, events=EVENTS, horizons=HORIZONS,
            features=FEATURES, training_X=np.zeros((5, 6)), prevalence=np.zeros(3),
            facts={"provenance": "synthetic", "joint_fit": "x"},
        )  # fmt: skip


def test_serving_needs_no_training_libraries() -> None:
    """Loading and assessing import neither scikit-learn, pandas, LightGBM, shap nor MLflow."""
    program = (
        "import sys, models.persistence, models.reasons, models.applicability_domain\n"
        "heavy = {'sklearn', 'pandas', 'lightgbm', 'shap', 'mlflow', 'anndata'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_without_reasons_the_rest_is_the_same(severe: FrozenModel, at_landmark: Floats) -> None:
    """Who asks for risks alone gets the same ones, and nothing is explained."""
    x = at_landmark[3]
    bare, full = severe.assess(x, explain=False), severe.assess(x)
    assert [(h.risk, h.low, h.high, h.quantile) for h in bare.horizons] == [
        (h.risk, h.low, h.high, h.quantile) for h in full.horizons
    ]
    assert all(len(h.contributions) == 0 and np.isnan(h.baseline_logit) for h in bare.horizons)
    assert (bare.abstained, bare.out_of_range, bare.distance) == (
        full.abstained, full.out_of_range, full.distance,
    )  # fmt: skip


def test_days_are_the_manifest_s(frozen: FrozenModel) -> None:
    """Primary horizon and window are read from the manifest; the window ends with the landmark."""
    manifest = frozen.manifest.copy()
    manifest["primary_horizon"], manifest["landmark_window"] = 365, 7
    model = replace(frozen, landmark=60, manifest=manifest)
    assert (model.primary_horizon, model.window_days) == (365, 7)
    assert [day for day in range(100) if model.in_window(day)] == list(range(54, 61))


def test_a_manifest_without_days_has_the_defaults(frozen: FrozenModel) -> None:
    """It is judged at 180 days, or the middle horizon, from samples of two weeks."""
    manifest = frozen.manifest.copy()
    del manifest["primary_horizon"], manifest["landmark_window"]
    model = replace(frozen, manifest=manifest)
    assert (model.primary_horizon, model.window_days) == (180, 14)
    assert replace(model, horizons=(30, 60, 90)).primary_horizon == 60


def test_inputs_are_described_by_schema_and_manifest(frozen: FrozenModel) -> None:
    """Declared inputs have their own label; those that nothing describes are left out."""
    second = Feature("second", "Second", "the second value", "IU/mL", 0.0, 9.0, "covariate")
    manifest = frozen.manifest.copy()
    manifest["covariates"] = [document(second)]
    model = replace(frozen, manifest=manifest)
    assert dict(model.inputs) == {"second": second} and model.covariates == (second,)
    assert dict(frozen.inputs) == {}


def test_the_endpoint_has_its_words(models_of_fit: ByName) -> None:
    """Singular and plural come from the declaration, through the manifest."""
    assert {name: (m.words, m.plural) for name, m in models_of_fit.items()} == {
        "relapse": ("relapse", "relapses"),
        "fatal_infection": ("fatal infection", "fatal infections"),
        "severe_infection": ("severe infection", "severe infections"),
    }
