"""Learning curve: out-of-fold performance against the number of training patients."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import joblib  # type: ignore[import-untyped, unused-ignore]  # no stubs
import numpy as np

from features.arrays import Bools, Floats
from training.evaluation.cross_validation import MakeModel, run_in_order, score_fold
from training.evaluation.design import Design
from training.evaluation.documents.model_sections import LearningCurvePoint
from training.evaluation.folds import FoldPlan, fold_plan
from training.jobs import Progress
from training.statistics.auc import pair_matrices
from training.statistics.brier import skill, squared_loss
from training.statistics.logistic import sigmoid

SHARES = (0.4, 0.6, 0.8, 1.0)
REPEATS = 2


@dataclass(frozen=True)
class _Task:
    """One fold of one repeat, learned from a share of its training patients."""

    share: float
    repeat: int
    fold: int


@dataclass
class _Scores:
    """Log-odds, prevalence and weight of every patient at one share, (3, repeats, n)."""

    values: Floats
    n_patients: list[int]


def learning_curve(
    design: Design,
    make_model: MakeModel,
    folds: int,
    *,
    seed: int,
    n_jobs: int = 1,
    progress: Progress | None = None,
) -> list[LearningCurvePoint]:
    """Mean number of training patients, AUC and Brier skill for each share of them.

    The test folds are the same for every share. Patients are left out of the training part at
    random within events, non-events and censored, so that every part keeps both classes. Everything
    that learns is repeated. A curve still rising at its end says that more patients would help.
    """
    plan = fold_plan(design.y, design.site, REPEATS, folds, seed)
    tasks = [
        _Task(share, r, int(k))
        for share in SHARES
        for r in range(REPEATS)
        for k in np.unique(plan.fold[r])
    ]
    scores = {share: _Scores(np.full((3, *plan.fold.shape), np.nan), []) for share in SHARES}
    jobs = _jobs(design, plan, tasks, make_model, seed)
    for i, (task, result) in enumerate(zip(tasks, run_in_order(jobs, n_jobs), strict=True), 1):
        test = plan.fold[task.repeat] == task.fold
        for values, part in zip(scores[task.share].values, result[:3], strict=True):
            values[task.repeat, test] = part
        scores[task.share].n_patients.append(int(_members(design, plan, task, seed).sum()))
        if progress:
            progress("learning curve", i, len(tasks))
    return [_point(share_scores, plan, design.y) for share_scores in scores.values()]


def _jobs(
    design: Design, plan: FoldPlan, tasks: list[_Task], make_model: MakeModel, seed: int
) -> Iterator[Any]:
    for i, task in enumerate(tasks):
        test = plan.fold[task.repeat] == task.fold
        members = _members(design, plan, task, seed)
        yield joblib.delayed(score_fold)(design, test, make_model, seed + i, members)


def _members(design: Design, plan: FoldPlan, task: _Task, seed: int) -> Bools:
    """Training patients of a task, shape (n,); smaller shares are part of larger ones."""
    rng = np.random.default_rng((abs(seed), task.repeat, task.fold))
    order = rng.permutation(len(design.y))
    train = plan.fold[task.repeat] != task.fold
    kind = np.where(np.isnan(design.y), 2, design.y)
    members = np.zeros(len(design.y), dtype=bool)
    for value in np.unique(kind):
        candidates = order[(train & (kind == value))[order]]
        members[candidates[: int(np.ceil(task.share * len(candidates)))]] = True
    return members


def _point(scores: _Scores, plan: FoldPlan, y: Floats) -> LearningCurvePoint:
    logit, prevalence, weight = scores.values
    wins, pairs = pair_matrices(logit, y, weight, plan.stratum)
    loss, weights = squared_loss(sigmoid(logit), y, weight)
    reference, _ = squared_loss(prevalence, y, weight)
    total = float(pairs.sum())
    return {
        "patients": float(np.mean(scores.n_patients)),
        "auc": float(wins.sum()) / total if total > 0 else None,
        "brier": float(loss.sum() / weights.sum()),
        "brier_skill": skill(float(loss.sum()), float(reference.sum())),
    }
