"""AUC, Brier score and Brier skill of out-of-fold risks, as numbers without intervals."""

from typing import NamedTuple

import numpy as np

from features.arrays import Floats
from training.evaluation.out_of_fold import OutOfFold
from training.statistics.accuracy.auc import auc_of_pairs, pair_matrices
from training.statistics.accuracy.brier import skill, squared_loss


class PointMeasures(NamedTuple):
    """AUC (None without a pair to compare), Brier score and its skill against the prevalence."""

    auc: float | None
    brier: float
    brier_skill: float


def point_measures(oof: OutOfFold, y: Floats) -> PointMeasures:
    """Measures over all repeats; labels y (n,), NaN where unknown.

    The AUC compares patients of one stratum of the folds only.
    """
    area = auc_of_pairs(*pair_matrices(oof.logit, y, oof.weight, oof.plan.stratum))
    loss, weights = squared_loss(oof.risk, y, oof.weight)
    reference, _ = squared_loss(oof.prevalence, y, oof.weight)
    return PointMeasures(
        auc=area if np.isfinite(area) else None,
        brier=float(loss.sum() / weights.sum()),
        brier_skill=skill(float(loss.sum()), float(reference.sum())),
    )
