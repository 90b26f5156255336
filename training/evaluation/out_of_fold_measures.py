"""Out-of-fold AUC, Brier score and calibration, with bootstrap intervals over patients."""

from collections.abc import Callable

import numpy as np

from features.arrays import Floats
from models.disclosed_cohort import MeasureDocument
from training.evaluation.documents.model_sections import CalibrationMetrics, Metrics
from training.evaluation.out_of_fold import OutOfFold
from training.statistics.accuracy.auc import auc_of_pairs, bootstrap_auc, pair_matrices
from training.statistics.accuracy.brier import bootstrap_mean, skill, squared_loss
from training.statistics.bootstrap import bootstrap_copies, measure
from training.statistics.calibration.calibration_curve import (
    calibration_intercept,
    calibration_slope,
    observed_over_expected,
)
from training.statistics.calibration.logistic import sigmoid


def out_of_fold_measures(oof: OutOfFold, y: Floats, draws: int, seed: int) -> Metrics:
    """AUC, Brier, skill, calibration in the large, intercept and slope, each with its interval.

    Patients are redrawn with all their repeats; the models are not refitted, so the intervals
    describe the performance of these models, not of another fit.
    """
    copies = bootstrap_copies(len(y), draws, seed)
    risk = sigmoid(oof.logit)
    loss, weights = squared_loss(risk, y, oof.weight)
    reference, _ = squared_loss(oof.prevalence, y, oof.weight)
    brier, reference_brier = (float(x.sum() / weights.sum()) for x in (loss, reference))
    redraws, reference_redraws = (bootstrap_mean(x, weights, copies) for x in (loss, reference))
    with np.errstate(invalid="ignore", divide="ignore"):
        skill_redraws = 1 - redraws / reference_redraws
    return {
        "auc": _auc(oof, y, copies),
        "brier": measure(brier, redraws).as_dict(),
        "brier_prevalence": measure(reference_brier, reference_redraws).as_dict(),
        "brier_skill": measure(skill(brier, reference_brier), skill_redraws).as_dict(),
        **calibration_measures(risk, y, oof.weight, copies),
    }


def _auc(oof: OutOfFold, y: Floats, copies: Floats) -> MeasureDocument:
    wins, pairs = pair_matrices(oof.logit, y, oof.weight, oof.plan.stratum)
    return measure(auc_of_pairs(wins, pairs), bootstrap_auc(wins, pairs, y, copies)).as_dict()


def calibration_measures(
    risk: Floats, y: Floats, weight: Floats, copies: Floats
) -> CalibrationMetrics:
    """Observed over expected, intercept and slope of risks (repeats, n), repeats pooled."""
    repeats = len(risk)
    flat, label = risk.ravel(), np.tile(y, repeats)
    w = weight.ravel() / repeats

    def with_interval(function: Callable[[Floats, Floats, Floats], float]) -> MeasureDocument:
        redraws = np.array([function(flat, label, w * np.tile(c, repeats)) for c in copies])
        return measure(function(flat, label, w), redraws).as_dict()

    return {
        "observed_over_expected": with_interval(observed_over_expected),
        "calibration_intercept": with_interval(calibration_intercept),
        "calibration_slope": with_interval(calibration_slope),
    }
