"""Clinical scores get the same folds, their own calibration and a paired comparison."""

import numpy as np
import pandas as pd

from training.evaluation.comparators import comparator_scores, compare_with_model, recalibrated
from training.evaluation.cross_validation import OutOfFold
from training.evaluation.design import Design
from training.evaluation.folds import fold_plan
from training.statistics.logistic import fit_logistic, logit, sigmoid


def a_case(n: int = 200, seed: int = 0) -> tuple[Design, OutOfFold, np.ndarray]:
    """A score on which the risk depends, and a model that only knows the prevalence."""
    rng = np.random.default_rng(seed)
    score = rng.normal(size=n)
    y = (rng.random(n) < sigmoid(1.5 * score - 1)).astype(float)
    site = np.full(n, "", dtype=object)
    design = Design(pd.DataFrame({"x": score}), y, np.where(y == 1, 50.0, 200.0),
                    y.astype(int), site, 180)  # fmt: skip
    plan = fold_plan(y, site, 2, 5, 0)
    prevalence = np.full((2, n), y.mean())
    return design, OutOfFold(logit(prevalence), prevalence, np.ones((2, n)), plan, ()), score


def test_scores_need_their_columns() -> None:
    """Only what can be computed is there, with NaN where a patient lacks an input."""
    frame = pd.DataFrame({"ldh": [200.0, np.nan], "creatinine": [1.0, 1.0], "plt": [100.0, 50.0],
                          "mrd": [0.0, 0.01]})  # fmt: skip
    scores = comparator_scores(frame)
    assert set(scores) == {"easix", "mrd"}
    np.testing.assert_allclose(scores["easix"], [np.log(2.0), np.nan])
    assert np.isfinite(scores["mrd"]).all()
    blood = pd.DataFrame(columns=["amc", "plt", "anc", "hb", "crp", "ferritin"], dtype=float)
    assert set(comparator_scores(blood)) == {"car_hematotox", "absolute_monocyte_count"}


def test_recalibration_never_sees_the_test_fold() -> None:
    """Each patient's risk is the logistic regression of the other folds."""
    design, oof, score = a_case()
    has = np.arange(len(score)) % 4 != 0
    risk = recalibrated(score, has, design, oof)
    assert np.isnan(risk[:, ~has]).all()
    test = oof.plan.fold[1] == 3
    train = ~test & has
    X = np.column_stack([np.ones(len(score)), score])
    beta = fit_logistic(X[train], design.y[train], np.ones(train.sum()))
    np.testing.assert_allclose(risk[1, test & has], sigmoid(X[test & has] @ beta))


def test_a_better_score_shows_as_a_worse_model() -> None:
    """Against the model that knows only the prevalence, the informative score wins clearly."""
    design, oof, score = a_case()
    got = compare_with_model({"good": score, "noise": np.random.default_rng(1).normal(size=200)},
                         design, oof, draws=200, seed=0)  # fmt: skip
    assert got["good"]["brier_difference"]["low"] > 0
    assert got["noise"]["brier_difference"]["value"] < 0
    assert got["good"]["auc_rival"] > 0.75
    assert got["good"]["auc_model"] == 0.5


def test_too_few_inputs_are_reported_not_compared() -> None:
    """29 patients, or 4 events among those with the score."""
    design, oof, score = a_case()
    few = np.where(np.arange(200) < 29, score, np.nan)
    calm = np.where(design.y == 0, score, np.nan)
    calm[np.flatnonzero(design.y == 1)[:4]] = 0.0
    got = compare_with_model({"few": few, "calm": calm}, design, oof, draws=10, seed=0)
    assert not got["few"]["compared"]
    assert "inputs known for 29 patients" in got["few"]["reason"]
    assert "with 4 events" in got["calm"]["reason"]
