"""What a training cohort tells the cohort page, made by the training side's own functions."""

from functools import cache
from typing import Any

import numpy as np

from models.endpoints import ENDPOINTS, HORIZONS, LANDMARK, PRIMARY_HORIZON, RELAPSE
from training.cohort.at_risk import AtRisk
from training.cohort.labels import EndpointLabels, labels
from training.evaluation.disclosure import disclosed_cohort
from training.evaluation.folds import FoldPlan
from training.evaluation.out_of_fold import OutOfFold
from training.json_values import plain
from training.statistics.calibration.calibration_curve import calibration_curve
from training.statistics.calibration.logistic import logit

RATIO = {"value": 1.04, "low": 0.8, "high": 1.3}
SLOPE = {"value": 0.9, "low": None, "high": None}


@cache
def cohort_numbers(
    n: int = 300,
    strength: float = 1.5,
    landmark: int = LANDMARK,
    horizons: tuple[int, int] = (PRIMARY_HORIZON, HORIZONS[-1]),
) -> dict[str, Any]:
    """The manifest's `cohort` of n patients whose risk of relapse is known up to `strength`.

    `horizons` are the primary and the longest one.
    """
    primary, longest = horizons
    rng = np.random.default_rng(5)
    eta = strength * rng.normal(size=n)
    days = [rng.exponential(400 * np.exp(-eta)), rng.exponential(900, n), rng.uniform(100, 800, n)]
    time, code = np.ceil(np.min(days, axis=0)), np.array([1, 2, 0])[np.argmin(days, axis=0)]
    nobody = np.full(n, "", dtype=object)
    cohort = AtRisk(landmark, "ignored", nobody, np.arange(n), time, code, nobody, (), ())
    labelled = EndpointLabels(
        cohort, ENDPOINTS["relapse"], primary, labels(time, code, (RELAPSE,), primary)
    )
    risk = 1 - np.exp(-primary / 400 * np.exp(eta))
    weight = np.where(labelled.is_known, 1.0, 0.0)
    fold = np.zeros((1, n), dtype=np.int64)
    plan = FoldPlan(fold, fold, "none", "known risks")
    oof = OutOfFold(logit(risk)[None], risk[None], weight[None], plan)
    evaluation = {
        "calibration_curve": calibration_curve(risk, labelled.y, weight, labelled.n_events),
        "metrics": {"observed_over_expected": RATIO, "calibration_slope": SLOPE},
    }
    return plain(disclosed_cohort(evaluation, oof, labelled, longest))
