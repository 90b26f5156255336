"""Candidates in the inner folds: nothing of a held-out patient reaches their prediction."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from models.candidates import BIOMARKER_PENALTY, PANEL_PENALTIES, TrainingRows, fit_candidate
from models.trees import make_bins


def draw(seed: int = 0, n: int = 100) -> TrainingRows:
    """A cohort in five folds; one value in eight is missing."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 4))
    y = (rng.random(n) < 1 / (1 + np.exp(-1.5 * X[:, 0]))).astype(float)
    X = np.where(rng.random(X.shape) < 0.12, np.nan, X)
    fold = rng.permutation(np.arange(n) % 5)
    return TrainingRows(X, y, np.ones(n), fold, np.arange(4), np.array([0]), make_bins(X))


def pipeline(penalty: float) -> object:
    """Median imputation with indicators, scaling and ridge, as scikit-learn writes it."""
    return make_pipeline(
        SimpleImputer(strategy="median", add_indicator=True),
        StandardScaler(),
        LogisticRegression(C=1 / penalty, tol=1e-9, max_iter=10_000),
    )


@pytest.mark.parametrize("seed", [1])
def test_panel_equals_a_scikit_learn_pipeline(seed: int) -> None:
    """Out-of-fold logits and the penalty are those of cross-validated pipelines."""
    cohort = draw(seed)
    logits = {}
    for penalty in PANEL_PENALTIES:
        out = np.empty(100)
        for fold in range(5):
            inside = cohort.fold != fold
            model = pipeline(penalty).fit(cohort.X[inside], cohort.y[inside])
            out[~inside] = model.decision_function(cohort.X[~inside])
        logits[penalty] = out
    loss = {k: np.mean(np.logaddexp(0, v) - cohort.y * v) for k, v in logits.items()}
    best = min(loss, key=lambda penalty: loss[penalty])
    ours = fit_candidate("core_panel", cohort)
    np.testing.assert_allclose(ours.out_of_fold, logits[best], atol=1e-4)
    everyone = pipeline(best).fit(cohort.X, cohort.y)
    np.testing.assert_allclose(
        ours.on_all_patients()[0].logits(cohort.X)[:, 0],
        everyone.decision_function(cohort.X),
        atol=1e-4,
    )


def test_biomarker_is_one_column() -> None:
    """The biomarker's model is logistic on its column and its indicator, others unseen."""
    cohort = draw(4)
    ours = fit_candidate("biomarker", cohort)
    alone = pipeline(BIOMARKER_PENALTY[0]).fit(cohort.X[:, :1], cohort.y)
    np.testing.assert_allclose(
        ours.on_all_patients()[0].logits(cohort.X)[:, 0],
        alone.decision_function(cohort.X[:, :1]),
        atol=1e-4,
    )
    assert np.flatnonzero(ours.on_all_patients()[0].coef[0]).tolist() == [0]


@pytest.mark.parametrize("name", ["prevalence", "biomarker", "lightgbm"])
def test_held_out_outcomes_do_not_matter(name: str) -> None:
    """Other outcomes in one fold change no prediction there, and change those elsewhere."""
    cohort = draw(5)
    held = cohort.fold == 2
    other = replace(cohort, y=np.where(held, 1.0, cohort.y))
    one, two = fit_candidate(name, cohort), fit_candidate(name, other)
    np.testing.assert_allclose(one.out_of_fold[held], two.out_of_fold[held], atol=1e-9)
    assert np.abs(one.out_of_fold[~held] - two.out_of_fold[~held]).min() > 1e-6


def test_prevalence_out_of_fold_is_the_others_share() -> None:
    """Each patient gets the log-odds of the share among the other folds."""
    cohort = draw(6)
    ours = fit_candidate("prevalence", cohort)
    for fold in range(5):
        rate = cohort.y[cohort.fold != fold].mean()
        np.testing.assert_allclose(ours.out_of_fold[cohort.fold == fold], np.log(rate / (1 - rate)))
