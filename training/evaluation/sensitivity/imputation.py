"""Multiple imputation as a sensitivity analysis: is the served way with missing inputs enough?

The ridge puts a missing input at its expected value, which hides that it is not known. Here ten
completed tables are drawn from the normal distribution of the inputs given the measured ones; the
joint fit is fitted anew to each, out of fold, and AUC, Brier score and O/E are pooled by Rubin's
rules.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from features.arrays import Floats
from models.disclosed_cohort import MeasureDocument
from models.endpoints import Endpoint
from models.hazard_model import Scaling, learn_scaling, standardised
from training.evaluation.design import Design
from training.evaluation.documents.robustness_sections import ImputedMeasure, SensitivitySection
from training.evaluation.folds import FoldPlan
from training.evaluation.joint.fit import JointData
from training.evaluation.joint.resampling import (
    FitJoint,
    JointScores,
    cross_validate_joint,
    out_of_fold,
)
from training.evaluation.joint.rows import JointRows
from training.evaluation.out_of_fold import OutOfFold
from training.jobs import Progress
from training.statistics.accuracy.auc import bootstrap_auc, pair_matrices
from training.statistics.accuracy.brier import bootstrap_mean, squared_loss
from training.statistics.bootstrap import measure
from training.statistics.calibration.logistic import logit, sigmoid
from training.statistics.pooling.multiple_imputation import imputation_draws, pooled_estimate

IMPUTATIONS = 10


@dataclass(frozen=True)
class ImputedScores:
    """Out-of-fold scores of one repeat: of the table as it is, and of each completed table.

    `missing_share` is the share of inputs that is missing at the judged landmark; `imputed` is
    empty where that is 0.
    """

    missing_share: float
    served: JointScores
    imputed: Sequence[JointScores]


def imputed_scores(
    data: JointData, fit: FitJoint, plan: FoldPlan,
    *, seed: int, n_jobs: int = 1, progress: Progress | None = None,
) -> ImputedScores:  # fmt: skip
    """Cross-validate on the first repeat of `plan`: the table as it is, and each completed one.

    `fit` is the kind of model that is served. The draws use the inputs of all patients, no
    outcome. The answer does not depend on `n_jobs`.
    """
    first = FoldPlan(plan.fold[:1], plan.stratum[:1], plan.by, plan.note)
    share = float(np.isnan(data.rows.visits[0].X).mean())
    tables = completed_tables(data.rows, seed) if share else []
    scores = [cross_validate_joint(data, first, fit, n_jobs=n_jobs)]
    for number, X in enumerate(tables, 1):
        table = with_inputs(data, X)
        scores.append(cross_validate_joint(table, first, fit, n_jobs=n_jobs))
        if progress:
            progress("multiple imputation", number, len(tables))
    return ImputedScores(share, scores[0], scores[1:])


def completed_tables(rows: JointRows, seed: int, m: int = IMPUTATIONS) -> list[list[Floats]]:
    """m completed tables, each a list of the visits' features (n, p) in the order of the rows.

    Missing features are drawn given the measured ones of the same visit, under the correlation
    that the model learns from all visits. A feature that nobody has stays missing.
    """
    X = np.concatenate([visits.X for visits in rows.visits])
    scaling = learn_scaling(X)
    z = imputation_draws(standardised(X, scaling), scaling.correlation, m, seed=abs(seed))
    ends = np.cumsum([len(visits.X) for visits in rows.visits])[:-1]
    return [np.split(_on_scale(X, draw, scaling), ends) for draw in z]


def _on_scale(X: Floats, z: Floats, scaling: Scaling) -> Floats:
    varies = np.isfinite(scaling.spread)
    values = scaling.centre + z * np.where(varies, scaling.spread, 0.0)
    return np.where(np.isnan(X), values, X)


def with_inputs(data: JointData, tables: Sequence[Floats]) -> JointData:
    """The same visits with other features, `tables` in the order of `data.rows.visits`.

    Visits of an endpoint with an onset get those of their patients: where it excludes patients
    with an earlier onset, they are fewer.
    """
    onset_rows = {name: _replaced(rows, data, tables) for name, rows in data.onset_rows.items()}
    return JointData(_replaced(data.rows, data, tables), onset_rows, data.endpoints)


def _replaced(rows: JointRows, data: JointData, tables: Sequence[Floats]) -> JointRows:
    triples = zip(rows.visits, data.rows.visits, tables, strict=True)
    visits = tuple(
        replace(some, X=X[np.isin(everybody.patient, some.patient)])
        for some, everybody, X in triples
    )
    return replace(rows, visits=visits)


def sensitivity_section(
    scores: ImputedScores, endpoint: Endpoint, design: Design, column: int, *, copies: Floats
) -> SensitivitySection:
    """AUC, Brier score and O/E of one endpoint, as served and pooled over imputations.

    `column` is the horizon's position; `copies` (B, n) how often each bootstrap sample holds each
    patient. AUC is pooled as its logit, O/E as its logarithm.
    """
    by_table = [
        _estimates(out_of_fold(one, endpoint, design, column), design.y, copies)
        for one in (scores.served, *scores.imputed)
    ]
    pooled = [_imputed(parts, len(design.y)) for parts in zip(*by_table, strict=True)]
    auc, brier, ratio = pooled if scores.imputed else (None, None, None)
    return {
        "imputations": len(scores.imputed),
        "missing_share": scores.missing_share,
        "reason": None if scores.imputed else "no input is missing at the landmark",
        "auc": auc,
        "brier": brier,
        "observed_over_expected": ratio,
    }


@dataclass(frozen=True)
class _Estimate:
    """A measure and its bootstrap draws (B,), on a scale on which it is nearly normal."""

    value: float
    draws: Floats
    back: Callable[[Floats], Floats]

    @property
    def variance(self) -> float:
        finite = self.draws[np.isfinite(self.draws)]
        return float(np.var(finite, ddof=1)) if len(finite) > 1 else float("nan")


def _estimates(oof: OutOfFold, y: Floats, copies: Floats) -> tuple[_Estimate, ...]:
    wins, pairs = pair_matrices(oof.logit, y, oof.weight, oof.plan.stratum)
    samples = np.vstack([np.ones(len(y)), copies])  # the first is the cohort itself
    area = bootstrap_auc(wins, pairs, y, samples)
    brier = bootstrap_mean(*squared_loss(oof.risk, y, oof.weight), samples)
    effective = np.where(np.isnan(y), 0.0, oof.weight)
    observed, expected = (
        samples @ (effective * part).sum(axis=0) for part in (np.nan_to_num(y)[None], oof.risk)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.log(observed / expected)
    half_pair = 0.5 / max(pairs.size, 1)
    area_logit = logit(np.clip(area, half_pair, 1 - half_pair))
    return (
        _Estimate(float(area_logit[0]), area_logit[1:], sigmoid),
        _Estimate(float(brier[0]), brier[1:], np.asarray),
        _Estimate(float(ratio[0]), ratio[1:], np.exp),
    )


def _imputed(parts: Sequence[_Estimate], n: int) -> ImputedMeasure | None:
    """One measure pooled over the completed tables, beside that of the table as it is."""
    (first, *others), back = parts, parts[0].back
    numbers = np.array([[one.value, one.variance] for one in others])
    if len(others) < 2 or not np.isfinite(numbers).all():
        return None
    pooled = pooled_estimate(numbers[:, 0], numbers[:, 1], n - 1)
    ends = back(np.array([pooled.value, pooled.low, pooled.high]))
    served = measure(float(back(np.array([first.value]))[0]), back(first.draws))
    value, low, high = (float(end) for end in ends)
    imputed: MeasureDocument = {"value": value, "low": low, "high": high}
    return {
        "served": served.as_dict(),
        "imputed": imputed,
        "missing_information": pooled.missing_information,
    }
