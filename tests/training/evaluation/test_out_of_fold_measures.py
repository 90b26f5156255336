"""Intervals cover, shrink with n and are withheld when they would mislead."""

import numpy as np

from training.evaluation.folds import FoldPlan
from training.evaluation.out_of_fold import OutOfFold
from training.evaluation.out_of_fold_measures import out_of_fold_measures
from training.statistics.bootstrap import bootstrap_copies, measure
from training.statistics.calibration.logistic import logit


def an_oof(n: int, seed: int, repeats: int = 2) -> tuple[OutOfFold, np.ndarray]:
    """Risks that are the truth, in one fold."""
    rng = np.random.default_rng(seed)
    risk = rng.uniform(0.05, 0.7, n)
    y = (rng.random(n) < risk).astype(float)
    fold = np.zeros((repeats, n), dtype=int)
    plan = FoldPlan(fold, fold, "patient", "")
    shape = np.ones((repeats, 1))
    oof = OutOfFold(shape * logit(risk), shape * y.mean(), shape * np.ones(n), plan)
    return oof, y


def test_values_are_the_plain_measures() -> None:
    """Against the definitions on one set of true risks."""
    oof, y = an_oof(300, 0)
    risk = 1 / (1 + np.exp(-oof.logit[0]))
    got = out_of_fold_measures(oof, y, 50, 0)
    np.testing.assert_allclose(got["brier"]["value"], np.mean((risk - y) ** 2))
    np.testing.assert_allclose(got["brier_prevalence"]["value"], y.var())
    np.testing.assert_allclose(got["observed_over_expected"]["value"], y.sum() / risk.sum())
    np.testing.assert_allclose(
        got["brier_skill"]["value"], 1 - got["brier"]["value"] / got["brier_prevalence"]["value"]
    )


def test_intervals_cover_about_as_often_as_they_say() -> None:
    """95 % intervals of calibration in the large hold 1 in most of 24 true models."""
    held = 0
    for seed in range(24):
        oof, y = an_oof(120, seed, repeats=1)
        oe = out_of_fold_measures(oof, y, 60, seed)["observed_over_expected"]
        held += oe["low"] <= 1 <= oe["high"]
    assert held >= 20


def test_an_interval_of_too_few_defined_redraws_is_withheld() -> None:
    """10 % undefined: no interval; undefined value: nothing at all."""
    draws = np.r_[np.full(10, np.nan), np.linspace(0, 1, 90)]
    assert measure(0.5, draws).as_dict() == {"value": 0.5, "low": None, "high": None}
    assert measure(float("nan"), np.ones(5)).value is None
    assert measure(0.5, np.full(5, np.nan)).low is None


def test_copies_redraw_whole_cohorts() -> None:
    """Each bootstrap sample has n patients; about 37 % are never drawn."""
    copies = bootstrap_copies(200, 50, 0)
    assert set(copies.sum(axis=1)) == {200.0}
    assert 0.3 < np.mean(copies == 0) < 0.43
