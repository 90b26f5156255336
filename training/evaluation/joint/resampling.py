"""Cross-validation of the joint fit: every patient scored by fits that never saw them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

import joblib  # type: ignore[import-untyped, unused-ignore]  # no stubs
import numpy as np

from features.arrays import Bools, Floats, Ints
from models.endpoints import Endpoint
from models.hazard_model import HazardModel
from models.tree_members import TreeMembers
from training.evaluation.design import Design
from training.evaluation.folds import FoldPlan
from training.evaluation.joint.fit import JointData
from training.evaluation.out_of_fold import OutOfFold
from training.jobs import Progress, run_in_order
from training.statistics.calibration.logistic import logit


class FittedJoint(Protocol):
    """A joint fit of any kind of model."""

    def exclusive_risks(self, X: Floats, day: Floats) -> Floats:
        """Risks (n, K, C) of the exclusive events."""

    def risks(self, data: JointData, endpoint: Endpoint, X: Floats, day: Floats) -> Floats:
        """Risks (n, K) of an endpoint."""

    def of(self, endpoint: Endpoint) -> HazardModel | TreeMembers:
        """The model that an endpoint is served from."""


FitJoint = Callable[[JointData, Ints], FittedJoint]


@dataclass(frozen=True)
class JointScores:
    """Out-of-fold risks of the patients at the judged landmark.

    `exclusive` (repeats, n, K, C) of the exclusive events, `risks` (repeats, n, K) by endpoint.
    `at_endpoint_risk` holds by endpoint the positions of the patients who are at risk of it.
    """

    plan: FoldPlan
    exclusive: Floats
    risks: Mapping[str, Floats]
    at_endpoint_risk: Mapping[str, Ints]


def cross_validate_joint(
    data: JointData, plan: FoldPlan, fit: FitJoint,
    *,
    draw: Callable[[int, Ints], Ints] | None = None,
    n_jobs: int = 1, progress: Progress | None = None, step: str = "cross-validation",
) -> JointScores:  # fmt: skip
    """Fit on all but one fold, score that fold; for every fold of every repeat.

    Folds are of the patients at the judged landmark, in the order of their visits; patients seen
    at later landmarks only always train. `draw(task, patients)` may take a part of the training
    patients. The answer does not depend on `n_jobs`.
    """
    tasks = [(r, k) for r in range(len(plan.fold)) for k in np.unique(plan.fold[r])]
    n, n_horizons = len(data.rows.visits[0].patient), len(data.rows.horizons)
    exclusive = np.full((len(plan.fold), n, n_horizons, len(data.rows.events)), np.nan)
    risks = {e.name: np.full((len(plan.fold), n, n_horizons), np.nan) for e in data.endpoints}
    jobs = [
        joblib.delayed(_score_fold)(data, plan.fold[r] == k, fit, i, draw)
        for i, (r, k) in enumerate(tasks)
    ]
    for i, ((r, k), scores) in enumerate(zip(tasks, run_in_order(jobs, n_jobs), strict=True), 1):
        test = plan.fold[r] == k
        exclusive[r, test] = scores[0]
        for name, values in scores[1].items():
            risks[name][r, test] = values
        if progress:
            progress(step, i, len(tasks))
    positions = {e.name: data.at_endpoint_risk(e) for e in data.endpoints}
    return JointScores(plan, exclusive, risks, positions)


def _score_fold(
    data: JointData, test: Bools, fit: FitJoint, task: int,
    draw: Callable[[int, Ints], Ints] | None,
) -> tuple[Floats, dict[str, Floats]]:  # fmt: skip
    first = data.rows.visits[0]
    patients = np.setdiff1d(np.arange(len(data.rows.patients)), first.patient[test])
    fitted = fit(data, patients if draw is None else draw(task, patients))
    X, day = first.X[test], np.full(int(test.sum()), float(first.landmark))
    return fitted.exclusive_risks(X, day), {
        e.name: fitted.risks(data, e, X, day) for e in data.endpoints
    }


def out_of_fold(scores: JointScores, endpoint: Endpoint, design: Design, column: int) -> OutOfFold:
    """One endpoint's scores at one horizon, with weights and prevalence of each training part.

    `design` holds the endpoint's labels of the same patients in the same order; `column` is the
    horizon's position among the joint fit's.
    """
    positions = scores.at_endpoint_risk[endpoint.name]
    plan = replace(
        scores.plan, fold=scores.plan.fold[:, positions], stratum=scores.plan.stratum[:, positions]
    )
    prevalence, weight = np.full(plan.fold.shape, np.nan), np.full(plan.fold.shape, np.nan)
    for r, fold in enumerate(plan.fold):
        for k in np.unique(fold):
            test = fold == k
            of_all = design.label_weights(~test)
            learn = ~test & design.has_label
            prevalence[r, test] = np.average(design.y[learn], weights=of_all[learn])
            weight[r, test] = of_all[test]
    risk = scores.risks[endpoint.name][:, positions, column]
    return OutOfFold(logit(risk), prevalence, weight, plan)
