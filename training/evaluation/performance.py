"""Performance of out-of-fold risks: measures, curves, comparators, subgroups, thirds of the risk.

Internal and external validation fill these sections of their documents alike.
"""

import numpy as np

from features.arrays import Floats
from training.cohort.labels import EndpointLabels
from training.cohort.protocol import Protocol
from training.evaluation.cohort_report import characteristics
from training.evaluation.comparators import comparator_scores, compare_with_model
from training.evaluation.design import Design
from training.evaluation.documents.model_sections import (
    DecisionCurve,
    Instability,
    PerformanceSections,
    RiskThird,
    RocCurve,
    ScoreSections,
)
from training.evaluation.documents.robustness_sections import SitesSection
from training.evaluation.evaluation_data import EvaluationData
from training.evaluation.out_of_fold import OutOfFold
from training.evaluation.out_of_fold_measures import out_of_fold_measures
from training.evaluation.sensitivity.refused_samples import refused_samples
from training.evaluation.subgroups import subgroups
from training.statistics.accuracy.auc import roc_points
from training.statistics.accuracy.decision_curve import (
    THRESHOLDS,
    decision_curve,
    net_benefit_intervals,
)
from training.statistics.bootstrap import bootstrap_copies
from training.statistics.calibration.calibration_curve import calibration_curve
from training.statistics.calibration.calibration_error import calibration_error, smooth_calibration
from training.statistics.survival.incidence import cumulative_incidence

THIRDS = ("low", "middle", "high")


def performance_sections(
    data: EvaluationData, oof: OutOfFold, instability: Instability,
    *, sites: SitesSection, risk_unmeasured: float,
) -> PerformanceSections:  # fmt: skip
    """Everything that a reader needs to judge the risks, by internal or external validation.

    `risk_unmeasured` is the model's risk of a patient of whom nothing is measured.
    """
    labels, rows = data.labels, data.sample_rows
    return {
        **score_sections(oof, data.design, comparator_scores(rows), data.protocol),
        "characteristics": characteristics(rows, data.protocol.core_panel, labels.y),
        "subgroups": subgroups(oof, data.at_risk, labels.y, data.outcome_rows),
        "incidence_by_third": incidence_by_third(oof.mean_risk, labels),
        "instability": instability,
        "sites": sites,
        "refused_samples": refused_samples(
            data.cohort, data.at_risk, labels.definition, labels.horizon, risk_unmeasured
        ),
    }


def score_sections(
    oof: OutOfFold, design: Design, comparators: dict[str, Floats], protocol: Protocol
) -> ScoreSections:
    """Measures, curves and the comparison with `comparators`, which holds each one's scores (n,).

    ROC, groups and decision curve are of each patient's mean out-of-fold risk, the smooth
    calibration and net benefit at the declared thresholds of the repeats pooled.
    """
    draws, seed = protocol.bootstraps, protocol.seed
    risk, weight = oof.mean_risk, oof.mean_weight
    events = int(np.sum(design.y == 1))
    copies = bootstrap_copies(len(design.y), draws, seed)
    return {
        "metrics": out_of_fold_measures(oof, design.y, draws, seed),
        "calibration_error": calibration_error(oof.risk, design.y, oof.weight, copies),
        "calibration_curve": calibration_curve(risk, design.y, weight, events),
        "smooth_calibration": smooth_calibration(oof.risk, design.y, oof.weight, copies),
        "decision_curve": net_benefit_curve(oof, design.y, protocol.thresholds),
        "net_benefit": net_benefit_intervals(
            oof.risk, design.y, oof.weight, copies, protocol.thresholds
        ),
        "roc": roc_curve(risk, design.y, weight),
        "comparators": compare_with_model(comparators, design, oof, draws=draws, seed=seed),
    }


def net_benefit_curve(oof: OutOfFold, y: Floats, thresholds: tuple[float, ...]) -> DecisionCurve:
    """Net benefit of the model and of the prevalence on a fixed grid and at `thresholds`."""
    risks = {"model": oof.mean_risk, "prevalence": oof.prevalence.mean(axis=0)}
    grid = tuple(sorted({*THRESHOLDS, *thresholds}))
    return decision_curve(risks, y, oof.mean_weight, grid)


def roc_curve(risk: Floats, y: Floats, weight: Floats) -> RocCurve:
    """ROC curve of mean risks (n,), which pools patients of different folds."""
    return {
        "note": "on mean out-of-fold risks; the AUC compares patients of the same fold only",
        "points": roc_points(risk, y, weight),
    }


def incidence_by_third(risk: Floats, labels: EndpointLabels) -> list[RiskThird]:
    """Cumulative incidence in thirds of the out-of-fold risk, lowest first."""
    thirds = np.array_split(np.argsort(risk, kind="stable"), len(THIRDS))
    time, code = labels.at_risk.time, labels.at_risk.code
    cause = labels.definition.event_codes
    rows: list[RiskThird] = []
    for name, members in zip(THIRDS, thirds, strict=True):
        curve = cumulative_incidence(time[members], code[members], cause)
        value, error = curve.at(labels.horizon)
        rows.append(
            {
                "third": name,
                "n": len(members),
                "day": [0.0, *curve.time.tolist()],
                "incidence": [0.0, *curve.probability.tolist()],
                "at_horizon": {"value": value, "standard_error": error},
            }
        )
    return rows
