"""All that learns, in one function."""

import numpy as np
import pytest

from models.calibration import affine_calibration
from models.candidates import TrainingRows, fit_candidate
from models.fit_pipeline import Patients, Plan, learn
from models.folds import assign_folds, patient_keys


def draw(n: int, seed: int, events: int | None = None) -> Patients:
    """Three features, the first with an effect."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 3))
    y = (rng.random(n) < 1 / (1 + np.exp(-1.5 * X[:, 0]))).astype(float)
    if events is not None:
        y = (np.arange(n) < events).astype(float)
    return Patients(X, y, rng.uniform(0.5, 2, n), patient_keys(X, y, None, 0), grouped=False)


PLAN = Plan(("core_panel",), np.arange(3), np.array([0]), 5)


def test_calibration_comes_from_out_of_fold_logits() -> None:
    """The model is the fit on everyone, mapped by the calibration of the held-out logits."""
    patients = draw(90, 0)
    learned = learn(patients, PLAN)
    fold = assign_folds(patients.key, patients.y, 5)
    cohort = TrainingRows(patients.X, patients.y, patients.weight, fold, PLAN.panel, PLAN.biomarker)
    fit = fit_candidate("core_panel", cohort)
    a, b = affine_calibration(fit.out_of_fold, patients.y, patients.weight)
    assert learned.calibration == (a, b)
    np.testing.assert_allclose(
        learned.stack.logits(patients.X),
        a + b * fit.on_all_patients()[0].logits(patients.X),
        atol=1e-12,
    )


def test_folds_follow_the_rarer_outcome() -> None:
    """With three events there are three folds; with one, prevalence."""
    assert learn(draw(40, 1, events=3), PLAN).candidate == "core_panel"
    assert learn(draw(40, 1, events=1), PLAN).candidate == "prevalence"
    assert learn(draw(40, 1, events=39), PLAN).candidate == "prevalence"


@pytest.mark.parametrize("events", [0, 7, 40])
def test_prevalence_is_weighted_and_finite(events: int) -> None:
    """Prevalence is the weighted share; without or with only events it stays inside 0 and 1."""
    patients = draw(40, 2, events=events)
    plan = Plan(("prevalence",), np.arange(3), np.array([0]), 5)
    logit = learn(patients, plan).stack.logits(patients.X)[0, 0]
    total, count = patients.weight.sum(), patients.weight @ patients.y
    if events == 7:
        assert 1 / (1 + np.exp(-logit)) == pytest.approx(count / total)
    else:
        assert 1 / (1 + np.exp(-logit)) == pytest.approx((count + 0.5) / (total + 1))


def test_yardstick_is_always_in_the_table() -> None:
    """Prevalence's loss is reported beside the candidates'."""
    assert list(learn(draw(60, 3), PLAN).selection) == ["prevalence", "core_panel"]
