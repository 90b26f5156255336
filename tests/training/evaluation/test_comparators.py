"""Clinical scores get the same folds, their own calibration and a paired comparison."""

import numpy as np
import pandas as pd
import pytest

from features.errors import InputError
from training.evaluation.comparators import comparator_scores, compare_with_model, recalibrated
from training.evaluation.design import Design
from training.evaluation.folds import label_codes, patient_fold_plan
from training.evaluation.out_of_fold import OutOfFold
from training.statistics.calibration.logistic import fit_logistic, logit, sigmoid


def a_case(n: int = 200, seed: int = 0) -> tuple[Design, OutOfFold, np.ndarray]:
    """A score on which the risk depends, and a model that only knows the prevalence."""
    rng = np.random.default_rng(seed)
    score = rng.normal(size=n)
    y = (rng.random(n) < sigmoid(1.5 * score - 1)).astype(float)
    site = np.full(n, "", dtype=object)
    design = Design(pd.DataFrame({"x": score}), y, np.where(y == 1, 50.0, 200.0),
                    y.astype(int), site, 180)  # fmt: skip
    plan = patient_fold_plan(label_codes(y), site, 2, 5, 0)
    prevalence = np.full((2, n), y.mean())
    return design, OutOfFold(logit(prevalence), prevalence, np.ones((2, n)), plan), score


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


BLOOD = {"plt": 100.0, "anc": 2.0, "hb": 10.0, "crp": 1.0, "ferritin": 100.0}  # 1 point


@pytest.mark.parametrize(
    ("name", "value", "code", "points"),
    [
        ("ferritin", 1500.0, "above_ferritin", None),
        ("ferritin", 2000.0, "above_ferritin", 3.0),
        ("ferritin", 1500.0, "", 2.0),
        ("ferritin", 10.0, "below_ferritin", 1.0),
        ("crp", 1.0, "above_crp", None),
        ("crp", 3.0, "above_crp", 2.0),
        ("crp", 0.3, "below_crp", 1.0),
        ("anc", 0.1, "below_anc", 2.0),
        ("anc", 1.2, "below_anc", 2.0),
        ("plt", 80.0, "below_plt", None),
        ("hb", 12.0, "above_hb", 1.0),
        ("hb", 5.0, "above_hb", None),
    ],
)
def test_a_bound_gives_points_only_where_they_are_certain(
    name: str, value: float, code: str, points: float | None
) -> None:
    """Ferritin ">1500" may be 1 point or 2, ">2000" is 2; "<1.2" neutrophils are 1."""
    frame = pd.DataFrame([{**BLOOD, name: value, "warnings": f"shallow;{code}"}])
    (score,) = comparator_scores(frame)["car_hematotox"]
    assert np.isnan(score) if points is None else score == points


def test_another_unit_gives_no_score_without_a_word() -> None:
    """Neutrophils per microlitre would never be under 1.2 and cost nobody a point."""
    frame = pd.DataFrame([{**BLOOD, "anc": 900.0}])
    with pytest.raises(InputError, match="anc must lie between 0 and 100"):
        comparator_scores(frame)


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
