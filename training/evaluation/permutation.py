"""Permutation test of the whole fitting procedure (Besag and Clifford's sequential p-value)."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any

import joblib  # type: ignore[import-untyped, unused-ignore]  # no stubs
import numpy as np
import pandas as pd

from features.arrays import Floats, Ints, Objects
from training.evaluation.cross_validation import MakeModel, run_in_order, training_weights
from training.evaluation.design import Design
from training.evaluation.documents.model_sections import PermutationSection
from training.evaluation.folds import fold_plan
from training.jobs import Progress
from training.statistics.auc import auc

EXCEEDANCES = 10  # Besag and Clifford, Biometrika 1991;78:301: enough to know that p is large
BATCH = 10


@dataclass(frozen=True)
class Permutation:
    """Result of the test; `p` is None when the statistic was undefined on the real labels.

    `exceedances` counts the permutations whose statistic reached the observed one.
    """

    p: float | None
    statistic: float | None
    permutations: int
    exceedances: int
    stopped_early: bool

    def as_dict(self) -> PermutationSection:
        """The same as plain numbers."""
        return {
            "p": self.p,
            "statistic": self.statistic,
            "drawn": self.permutations,
            "exceeded": self.exceedances,
            "stopped_early": self.stopped_early,
        }


def permutation_test(
    design: Design,
    make_model: MakeModel,
    folds: int,
    *,
    permutations: int,
    seed: int,
    n_jobs: int = 1,
    progress: Progress | None = None,
) -> Permutation:
    """p-value of the out-of-fold AUC under "the features say nothing about the label".

    Labels and their censoring weights move together among patients of the same site, and every
    permutation repeats folds, imputation, selection, tuning and calibration, as does the observed
    statistic: permuting only the model that was chosen calls noise significant in 22 % of null
    cohorts. Stops at 10 exceedances.
    """
    members = design.has_label
    X, y, site = design.X[members], design.y[members], design.site[members]
    procedure = partial(statistic, site=site, make_model=make_model, folds=folds, seed=seed)
    weight = design.weights()[members]
    observed = procedure(X, y, weight)
    if not np.isfinite(observed):
        return Permutation(None, None, 0, 0, False)
    rng = np.random.default_rng(seed)
    orders = (within_groups(site, rng) for _ in range(permutations))
    jobs = (joblib.delayed(procedure)(X, y[order], weight[order]) for order in orders)
    n, exceedances = _sequential(jobs, observed, permutations, n_jobs, progress)
    stopped_early = exceedances >= EXCEEDANCES and n < permutations
    p = p_value(n, exceedances, stopped_early)
    return Permutation(p, observed, n, exceedances, stopped_early)


def p_value(permutations: int, exceedances: int, stopped_early: bool) -> float:
    """Besag and Clifford's sequential p-value: exceedances/permutations if stopped, else with +1.

    >>> p_value(40, 10, True), p_value(199, 0, False)
    (0.25, 0.005)
    """
    if stopped_early:
        return exceedances / permutations
    return (exceedances + 1) / (permutations + 1)


def statistic(
    X: pd.DataFrame,
    y: Floats,
    weight: Floats,
    *,
    site: Objects,
    make_model: MakeModel,
    folds: int,
    seed: int,
) -> float:
    """Out-of-fold AUC of one cross-validation, all labels known; NaN when undefined."""
    plan = fold_plan(y, site, 1, folds, seed)
    score = np.zeros(len(y))
    for k in np.unique(plan.fold[0]):
        test = plan.fold[0] == k
        model = make_model(seed)
        model.fit(X[~test], y[~test], training_weights(weight[~test]), groups=np.flatnonzero(~test))
        score[test] = model.logit(X[test])
    return auc(score, y, weight, plan.stratum[0])


def within_groups(group: Objects, rng: np.random.Generator) -> Ints:
    """A random order that moves entries only within their group.

    >>> order = within_groups(np.array(["a", "b", "b"], dtype=object), np.random.default_rng(0))
    >>> int(order[0]), sorted(order[1:].tolist())
    (0, [1, 2])
    """
    order = np.arange(len(group))
    for name in np.unique(group.astype(str)):
        members = np.flatnonzero(group == name)
        order[members] = rng.permutation(members)
    return order


def _sequential(
    jobs: Iterable[Any],
    observed: float,
    permutations: int,
    n_jobs: int,
    progress: Progress | None,
) -> tuple[int, int]:
    """Permute until 10 statistics reach the observed one; returns permutations and exceedances.

    Ties count as reached.
    """
    n = exceedances = 0
    queue = iter(jobs)
    # In batches, because processes that work ahead of a stop would be cut off in the middle.
    while exceedances < EXCEEDANCES and (batch := list(islice(queue, BATCH))):
        for value in run_in_order(batch, n_jobs):
            if exceedances < EXCEEDANCES:
                n += 1
                # An undefined statistic counts as reached: it is no evidence for the model.
                exceedances += int(not value < observed)
        if progress:
            progress("permutation", n, permutations)
    if progress:
        progress("permutation", permutations, permutations)
    return n, exceedances
