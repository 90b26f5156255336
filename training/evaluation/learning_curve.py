"""Would more patients help: out-of-fold performance when part of the training patients is used."""

from dataclasses import dataclass

import joblib  # type: ignore[import-untyped, unused-ignore]  # no stubs
import numpy as np

from features.arrays import Bools, Floats
from training.evaluation.cross_validation import (
    Design,
    MakeModel,
    OutOfFold,
    Progress,
    in_turn,
    score_fold,
)
from training.evaluation.folds import FoldPlan, fold_plan
from training.statistics.auc import pair_matrices
from training.statistics.brier import skill, squared_loss
from training.statistics.logistic import sigmoid

SHARES = (0.4, 0.6, 0.8, 1.0)
REPEATS = 2


@dataclass(frozen=True)
class _Task:
    share: float
    repeat: int
    fold: int


def learning_curve(
    design: Design,
    make_model: MakeModel,
    folds: int,
    seed: int,
    n_jobs: int = 1,
    progress: Progress | None = None,
) -> list[dict[str, float | None]]:
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
    jobs = (
        joblib.delayed(score_fold)(
            design,
            plan.fold[t.repeat] == t.fold,
            make_model,
            seed + i,
            _kept(design, plan, t, seed),
        )
        for i, t in enumerate(tasks)
    )
    scored = {s: np.full((3, *plan.fold.shape), np.nan) for s in SHARES}
    used: dict[float, list[int]] = {s: [] for s in SHARES}
    for done, (task, result) in enumerate(zip(tasks, in_turn(jobs, n_jobs), strict=True), 1):
        test = plan.fold[task.repeat] == task.fold
        for values, result_part in zip(scored[task.share], result[:3], strict=True):
            values[task.repeat, test] = result_part
        used[task.share].append(int(_kept(design, plan, task, seed).sum()))
        if progress:
            progress("learning curve", done, len(tasks))
    return [
        {
            "patients": float(np.mean(used[share])),
            **_measures(OutOfFold(logit, prevalence, weight, plan, ()), design.y),
        }
        for share, (logit, prevalence, weight) in scored.items()
    ]


def _kept(design: Design, plan: FoldPlan, task: _Task, seed: int) -> Bools:
    """Training patients of a fold that a share keeps; smaller shares are part of larger ones."""
    rng = np.random.default_rng((abs(seed), task.repeat, task.fold))
    order = rng.permutation(len(design.y))
    train = plan.fold[task.repeat] != task.fold
    kind = np.where(np.isnan(design.y), 2, design.y)
    kept = np.zeros(len(design.y), dtype=bool)
    for value in np.unique(kind):
        members = order[(train & (kind == value))[order]]
        kept[members[: int(np.ceil(task.share * len(members)))]] = True
    return kept


def _measures(oof: OutOfFold, y: Floats) -> dict[str, float | None]:
    wins, pairs = pair_matrices(oof.logit, y, oof.weight, oof.plan.stratum)
    loss, used = squared_loss(sigmoid(oof.logit), y, oof.weight)
    reference, _ = squared_loss(oof.prevalence, y, oof.weight)
    total = float(pairs.sum())
    return {
        "auc": float(wins.sum()) / total if total > 0 else None,
        "brier": float(loss.sum() / used.sum()),
        "brier_skill": skill(float(loss.sum()), float(reference.sum())),
    }
