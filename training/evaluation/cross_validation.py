"""Repeated cross-validation: everything that learns sees the training part only."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import joblib  # type: ignore[import-untyped, unused-ignore]  # no stubs
import numpy as np
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped, unused-ignore]  # no stubs

from features.arrays import Bools, Floats
from training.evaluation.design import Design
from training.evaluation.folds import FoldPlan
from training.jobs import Progress
from training.statistics.logistic import sigmoid


class RiskClassifier(Protocol):
    """Interface of a resampled model: it learns from weighted labels and returns log-odds."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None, groups: Any = None) -> Any:
        """Learn everything: imputation, scaling, selection, tuning, calibration."""

    def logit(self, X: Any) -> Floats:
        """Log-odds of each row's risk, shape (n,)."""


MakeModel = Callable[[int], RiskClassifier]


@dataclass(frozen=True)
class OutOfFold:
    """Each patient scored by models that never saw them; arrays (repeats, n).

    `prevalence` is the weighted share of events in the training part, the reference of the Brier
    skill; `weight` the censoring weight with G from the training part (0 for unknown labels);
    `candidate` names, per repeat and fold, what was selected.
    """

    logit: Floats
    prevalence: Floats
    weight: Floats
    plan: FoldPlan
    candidate: tuple[tuple[str, ...], ...]

    @property
    def risk(self) -> Floats:
        """Risks (repeats, n)."""
        return np.asarray(sigmoid(self.logit), dtype=np.float64)

    @property
    def mean_risk(self) -> Floats:
        """Each patient's risk averaged over repeats, shape (n,)."""
        return np.asarray(sigmoid(self.logit).mean(axis=0), dtype=np.float64)

    @property
    def mean_weight(self) -> Floats:
        """Each patient's censoring weight averaged over repeats, shape (n,)."""
        return np.asarray(self.weight.mean(axis=0), dtype=np.float64)


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
    candidates: list[list[str]] = [[] for _ in plan.fold]
    for i, ((r, k), result) in enumerate(zip(tasks, run_in_order(jobs, n_jobs), strict=True), 1):
        test = plan.fold[r] == k
        logit[r, test], prevalence[r, test], weight[r, test] = result[:3]
        candidates[r].append(result[3])
        if progress:
            progress("cross-validation", i, len(tasks))
    return OutOfFold(logit, prevalence, weight, plan, tuple(map(tuple, candidates)))


def run_in_order(jobs: Iterable[Any], n_jobs: int) -> Iterator[Any]:
    """Results in the order of the jobs, each with one BLAS thread; n_jobs processes."""
    if n_jobs == 1:
        for function, args, kwargs in jobs:
            yield _single_threaded(function, args, kwargs)
    else:
        runner = joblib.Parallel(n_jobs=n_jobs, return_as="generator")
        yield from runner(
            joblib.delayed(_single_threaded)(function, args, kwargs)
            for function, args, kwargs in jobs
        )


def _single_threaded(
    function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    with threadpool_limits(1):
        return function(*args, **kwargs)


def score_fold(
    design: Design, test: Bools, make_model: MakeModel, seed: int, train: Bools | None = None
) -> tuple[Floats, float, Floats, str]:
    """Learn from `train` (everybody else by default), score those in `test`.

    Returns their log-odds, the training part's prevalence, their censoring weights with G from the
    training part (0 for unknown labels), and the name of the selected candidate.
    """
    train = ~test if train is None else train
    weight = design.label_weights(train)
    learn = train & design.has_label
    w = training_weights(weight[learn])
    model = make_model(seed)
    model.fit(design.X[learn], design.y[learn], sample_weight=w, groups=np.flatnonzero(learn))
    prevalence = float(np.average(design.y[learn], weights=w))
    name = str(getattr(model, "candidate_", type(model).__name__))
    return np.asarray(model.logit(design.X[test])), prevalence, weight[test], name
