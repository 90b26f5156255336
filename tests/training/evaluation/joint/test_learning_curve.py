"""The learning curve: nested shares, the same folds, and its end is ordinary cross-validation."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest

from models.endpoints import ENDPOINTS
from tests.training.evaluation.joint.conftest import joint_data_of
from tests.training.evaluation.joint.test_resampling import design_of
from training.cohort.cohort import Cohort
from training.evaluation.folds import patient_fold_plan
from training.evaluation.joint.fit import fit_joint
from training.evaluation.joint.learning_curve import (
    REPEATS,
    SHARES,
    ShareOfPatients,
    learning_curve_points,
    learning_curve_scores,
)
from training.evaluation.joint.resampling import cross_validate_joint, out_of_fold
from training.statistics.accuracy.auc import auc


def test_the_whole_cohort_is_ordinary_cross_validation(serial: Callable[..., Cohort]) -> None:
    """The last point is Brier score, skill and AUC of the same folds with nobody left out."""
    cohort = serial(100, 3, sites=2)
    data, endpoint = joint_data_of(cohort), ENDPOINTS["relapse"]
    first, calls = data.rows.visits[0], []
    outcome, site = np.where(first.time <= 180, first.code, 0), data.rows.site[first.patient]
    curve = learning_curve_scores(
        data, fit_joint, outcome=outcome, site=site, folds=3, seed=11,
        progress=lambda *call: calls.append(call),
    )  # fmt: skip
    design = design_of(cohort, endpoint)
    points = learning_curve_points(curve, endpoint, design, 1)
    plan = patient_fold_plan(outcome, site, REPEATS, 3, 11)
    oof = out_of_fold(cross_validate_joint(data, plan, fit_joint), endpoint, design, 1)
    known = design.has_label
    loss = (oof.risk - design.y)[:, known] ** 2
    assert points[-1]["brier"] == pytest.approx(np.average(loss, weights=oof.weight[:, known]))
    reference = (oof.prevalence - design.y)[:, known] ** 2
    skill = 1 - np.sum(loss * oof.weight[:, known]) / np.sum(reference * oof.weight[:, known])
    assert points[-1]["brier_skill"] == pytest.approx(skill)
    areas = [auc(oof.logit[r], design.y, oof.weight[r], plan.stratum[r]) for r in range(REPEATS)]
    assert points[-1]["auc"] == pytest.approx(np.mean(areas), abs=0.01)
    n = len(data.rows.patients)
    assert [p["patients"] for p in points] == pytest.approx([s * n * 2 / 3 for s in SHARES])
    assert calls[-1] == ("learning curve, 100%", REPEATS * 3, REPEATS * 3)


def test_smaller_shares_are_part_of_larger() -> None:
    """40 % of a fold's training patients are among the 60 %; all of them are all."""
    patients = np.arange(5, 105)
    for task in range(3):
        parts = [ShareOfPatients(share, 1)(task, patients) for share in SHARES]
        assert [len(part) for part in parts] == [40, 60, 80, 100]
        for small, large in pairwise(parts):
            assert set(small) < set(large)
        assert parts[-1].tolist() == patients.tolist()
    one, other = (ShareOfPatients(0.4, 1)(task, patients) for task in (0, 1))
    assert set(one) != set(other)
