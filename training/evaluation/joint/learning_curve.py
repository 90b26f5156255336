"""Learning curve: out-of-fold performance against the number of training patients."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from features.arrays import Ints, Objects
from models.endpoints import Endpoint
from training.evaluation.design import Design
from training.evaluation.documents.model_sections import LearningCurvePoint
from training.evaluation.folds import patient_fold_plan
from training.evaluation.joint.fit import JointData
from training.evaluation.joint.point_measures import point_measures
from training.evaluation.joint.resampling import (
    FitJoint,
    JointScores,
    cross_validate_joint,
    out_of_fold,
)
from training.jobs import Progress

SHARES = (0.4, 0.6, 0.8, 1.0)
REPEATS = 2


@dataclass(frozen=True)
class JointCurve:
    """Scores by share of the training patients, and the mean number of patients of each share."""

    scores: Mapping[float, JointScores]
    patients: Mapping[float, float]


@dataclass(frozen=True)
class ShareOfPatients:
    """Draws a share of the training patients; a smaller share is part of a larger one."""

    share: float
    seed: int

    def __call__(self, task: int, patients: Ints) -> Ints:
        """The share of these patients, by number, for one fold of one repeat."""
        order = np.random.default_rng((abs(self.seed), task)).permutation(patients)
        return np.sort(order[: int(np.ceil(self.share * len(order)))])


def learning_curve_scores(
    data: JointData, fit: FitJoint,
    *,
    outcome: Ints, site: Objects, folds: int, seed: int,
    n_jobs: int = 1, progress: Progress | None = None,
) -> JointCurve:  # fmt: skip
    """Cross-validate with shares of the training patients; the test folds stay the same.

    `outcome` and `site` are of the patients at the judged landmark, whom the folds divide; those
    seen later only always train.
    """
    plan = patient_fold_plan(outcome, site, REPEATS, folds, seed)
    n_training = len(data.rows.patients) - len(outcome) / folds
    scores = {
        share: cross_validate_joint(
            data, plan, fit, draw=ShareOfPatients(share, seed), n_jobs=n_jobs,
            progress=progress, step=f"learning curve, {share:.0%}",
        )
        for share in SHARES
    }  # fmt: skip
    return JointCurve(scores, {share: share * n_training for share in SHARES})


def learning_curve_points(
    curve: JointCurve, endpoint: Endpoint, design: Design, column: int
) -> list[LearningCurvePoint]:
    """AUC and Brier skill at each share. Still rising at its end: more patients would help."""
    return [
        _point(scores, curve.patients[share], endpoint, design, column)
        for share, scores in curve.scores.items()
    ]


def _point(
    scores: JointScores, patients: float, endpoint: Endpoint, design: Design, column: int
) -> LearningCurvePoint:
    oof = out_of_fold(scores, endpoint, design, column)
    auc, brier, brier_skill = point_measures(oof, design.y)
    return {"patients": patients, "auc": auc, "brier": brier, "brier_skill": brier_skill}
