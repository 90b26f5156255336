"""Out-of-fold measures with intervals from redrawing patients."""

from dataclasses import dataclass

import numpy as np

from training.brier import bootstrap_mean, skill, squared_loss
from training.calibration_curve import (
    calibration_intercept,
    calibration_slope,
    observed_over_expected,
)
from training.cross_validation import OutOfFold
from training.discrimination import bootstrap_auc, pair_matrices
from training.logistic import sigmoid
from training.outcomes import Floats

TAIL = 2.5  # percent on each side: 95 % intervals
DEFINED = 0.95  # an interval from fewer defined redraws would hide what it could not compute


@dataclass(frozen=True)
class Measure:
    """A value with the 2.5 and 97.5 percentiles of its bootstrap; None where undefined."""

    value: float | None
    low: float | None
    high: float | None

    def as_dict(self) -> dict[str, float | None]:
        """The same as plain numbers."""
        return {"value": self.value, "low": self.low, "high": self.high}


def bootstrap_copies(n: int, draws: int, seed: int) -> Floats:
    """How often each patient is drawn in each bootstrap sample, shape (draws, n)."""
    rng = np.random.default_rng(seed)
    return rng.multinomial(n, np.full(n, 1.0 / n), size=draws).astype(np.float64)


def measure(value: float, draws: Floats) -> Measure:
    """Value and percentile interval; the interval is None when too many redraws were undefined.

    >>> measure(0.5, np.linspace(0, 1, 1001)).low
    0.025
    """
    if not np.isfinite(value):
        return Measure(None, None, None)
    defined = draws[np.isfinite(draws)]
    if len(defined) < DEFINED * len(draws) or not len(defined):
        return Measure(float(value), None, None)
    low, high = np.percentile(defined, [TAIL, 100 - TAIL])
    return Measure(float(value), float(low), float(high))


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
