"""Out-of-fold measures with intervals from redrawing patients."""

import numpy as np

from features.arrays import Floats
from training.evaluation.cross_validation import OutOfFold
from training.statistics.auc import bootstrap_auc, pair_matrices
from training.statistics.bootstrap import Measure, bootstrap_copies, measure
from training.statistics.brier import bootstrap_mean, skill, squared_loss
from training.statistics.calibration_curve import (
    calibration_intercept,
    calibration_slope,
    observed_over_expected,
)
from training.statistics.logistic import sigmoid


def out_of_fold_measures(oof: OutOfFold, y: Floats, draws: int, seed: int) -> dict[str, Measure]:
    """AUC, Brier, skill, calibration in the large, intercept and slope, each with its interval.

    Patients are redrawn with all their repeats; the models are not refitted, so the intervals say
    how sure we are of these models' performance, not of another fit's.
    """
    copies = bootstrap_copies(len(y), draws, seed)
    risk = sigmoid(oof.logit)
    wins, pairs = pair_matrices(oof.logit, y, oof.weight, oof.plan.stratum)
    total = float(pairs.sum())
    auc = float(wins.sum()) / total if total > 0 else float("nan")
    loss, used = squared_loss(risk, y, oof.weight)
    reference, _ = squared_loss(oof.prevalence, y, oof.weight)
    model_brier, reference_brier = (float(x.sum() / used.sum()) for x in (loss, reference))
    model_draws, reference_draws = (bootstrap_mean(x, used, copies) for x in (loss, reference))
    with np.errstate(invalid="ignore", divide="ignore"):
        skill_draws = 1 - model_draws / reference_draws
    return {
        "auc": measure(auc, bootstrap_auc(wins, pairs, y, copies)),
        "brier": measure(model_brier, model_draws),
        "brier_prevalence": measure(reference_brier, reference_draws),
        "brier_skill": measure(skill(model_brier, reference_brier), skill_draws),
        **calibration_measures(risk, y, oof.weight, copies),
    }


def calibration_measures(
    risk: Floats, y: Floats, weight: Floats, copies: Floats
) -> dict[str, Measure]:
    """Observed over expected, intercept and slope of risks (repeats, n), repeats pooled."""
    repeats = len(risk)
    flat, label = risk.ravel(), np.tile(y, repeats)
    w = weight.ravel() / repeats
    names = {
        "observed_over_expected": observed_over_expected,
        "calibration_intercept": calibration_intercept,
        "calibration_slope": calibration_slope,
    }
    result = {}
    for name, function in names.items():
        drawn = np.array([function(flat, label, w * np.tile(c, repeats)) for c in copies])
        result[name] = measure(function(flat, label, w), drawn)
    return result
