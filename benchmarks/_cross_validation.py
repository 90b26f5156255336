"""Repeated cross-validation of one binary classifier, on the folds and weights of the joint fit."""

from collections.abc import Callable
from typing import Any, Protocol

import joblib  # type: ignore[import-untyped, unused-ignore]  # no stubs
import numpy as np

from features.arrays import Bools, Floats
from training.evaluation.design import Design
from training.evaluation.folds import FoldPlan
from training.evaluation.out_of_fold import OutOfFold
from training.jobs import Progress, run_in_order


class RiskClassifier(Protocol):
    """Interface of a resampled model: it learns from weighted labels and returns log-odds."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None, groups: Any = None) -> Any:
        """Learn everything: imputation, scaling, tuning."""

    def logit(self, X: Any) -> Floats:
        """Log-odds of each row's risk, shape (n,)."""


MakeModel = Callable[[int], RiskClassifier]


def training_weights(weight: Floats) -> Floats:
    """Weights with mean 1: weights for censoring must not claim more patients than there are.

    >>> training_weights(np.array([1.0, 3.0]))
    array([0.5, 1.5])
    """
    return np.asarray(weight / weight.mean(), dtype=np.float64)


def cross_validate(
    design: Design,
    plan: FoldPlan,
    make_model: MakeModel,
    *,
    seed: int,
    n_jobs: int = 1,
    progress: Progress | None = None,
) -> OutOfFold:
    """Fit on all but one fold, score that fold; for every fold of every repeat.

    `make_model(seed)` gives a fresh classifier. The answer does not depend on `n_jobs`.
    """
    tasks = [(r, k) for r in range(len(plan.fold)) for k in np.unique(plan.fold[r])]
    jobs = (
        joblib.delayed(score_fold)(design, plan.fold[r] == k, make_model, seed + i)
        for i, (r, k) in enumerate(tasks)
    )
    logit, prevalence, weight = (np.full(plan.fold.shape, np.nan) for _ in range(3))
    for i, ((r, k), result) in enumerate(zip(tasks, run_in_order(jobs, n_jobs), strict=True), 1):
        test = plan.fold[r] == k
        logit[r, test], prevalence[r, test], weight[r, test] = result
        if progress:
            progress("cross-validation", i, len(tasks))
    return OutOfFold(logit, prevalence, weight, plan)


def score_fold(
    design: Design, test: Bools, make_model: MakeModel, seed: int
) -> tuple[Floats, float, Floats]:
    """Learn from everybody else, score those in `test`.

    Returns their log-odds, the training part's prevalence, and their censoring weights with G from
    the training part (0 for unknown labels).
    """
    train = ~test
    weight = design.label_weights(train)
    learn = train & design.has_label
    w = training_weights(weight[learn])
    model = make_model(seed)
    model.fit(design.X[learn], design.y[learn], sample_weight=w, groups=np.flatnonzero(learn))
    prevalence = float(np.average(design.y[learn], weights=w))
    return np.asarray(model.logit(design.X[test])), prevalence, weight[test]
