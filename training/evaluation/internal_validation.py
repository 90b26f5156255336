"""The evaluation of one endpoint: all that a reader needs to judge the model, as numbers."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.arrays import Floats
from training.cohort.at_risk import AtRisk
from training.cohort.labels import Labelled
from training.cohort.protocol import Protocol
from training.cohort.samples import Samples
from training.evaluation.characteristics import by_outcome
from training.evaluation.comparators import compare_rivals, rival_scores
from training.evaluation.cross_validation import (
    Design,
    MakeModel,
    OutOfFold,
    Progress,
    cross_validate,
)
from training.evaluation.folds import fold_plan
from training.evaluation.gate import GATE_EVENTS
from training.evaluation.out_of_fold_measures import out_of_fold_measures
from training.evaluation.permutation import permutation_test
from training.statistics.auc import auc, roc_points
from training.statistics.calibration_curve import calibration_curve
from training.statistics.decision_curve import THRESHOLDS, decision_curve
from training.statistics.logistic import sigmoid

SUBGROUPS = ("sex", "site", "infusion_year", "product", "prior_transplant")
SUBGROUP_EVENTS = 5  # a subgroup with fewer events shows counts only


@dataclass(frozen=True)
class Assessed:
    """Performance of the whole procedure, and the out-of-fold scores it came from."""

    result: dict[str, object]
    oof: OutOfFold


def design_for(
    labelled: Labelled, samples: Samples, features: tuple[str, ...], panel: tuple[str, ...]
) -> Design:
    """Rows of the feature table that belong to the patients at risk, with their labels.

    `panel` names the columns on which the transplant rule "censoring" models its weights.
    """
    cohort = labelled.at_risk
    rows = samples.frame.iloc[cohort.row].reset_index(drop=True)
    X = rows[list(features)].astype(float)
    weigh_by = None
    if cohort.transplant == "censoring":
        weigh_by = rows[list(panel)].to_numpy(dtype=float)
    return Design(X, labelled.y, cohort.time, cohort.code, cohort.site, labelled.horizon, weigh_by)


def assess(
    design: Design,
    make_model: MakeModel,
    protocol: Protocol,
    clinical: pd.DataFrame,
    n_jobs: int = 1,
    progress: Progress | None = None,
) -> Assessed:
    """Repeated nested cross-validation, its measures, comparators and the permutation test.

    `clinical` holds the same patients' columns from which comparators are computed. The test is
    made when there are 10 events and 10 non-events; below that the gate cannot be passed.
    """
    p = protocol
    oof, result = measure_out_of_fold(design, make_model, p, clinical, n_jobs, progress)
    result["characteristics"] = by_outcome(clinical, p.core_panel, design.y)
    result["permutation"] = None
    if testable(design):
        test = permutation_test(
            design, make_model, p.folds, p.permutations, p.seed, n_jobs, progress
        )
        result["permutation"] = test.as_dict()
    return Assessed(result, oof)


def testable(design: Design) -> bool:
    """Whether there are the 10 events and 10 non-events that the gate asks for."""
    events = int(np.sum(design.y == 1))
    return min(events, int(design.known.sum()) - events) >= GATE_EVENTS


def measure_out_of_fold(
    design: Design,
    make_model: MakeModel,
    protocol: Protocol,
    clinical: pd.DataFrame,
    n_jobs: int = 1,
    progress: Progress | None = None,
) -> tuple[OutOfFold, dict[str, object]]:
    """Repeated nested cross-validation and all that follows from its scores."""
    p = protocol
    plan = fold_plan(design.y, design.site, p.repeats, p.folds, p.seed)
    oof = cross_validate(design, plan, make_model, p.seed, n_jobs, progress)
    measures = out_of_fold_measures(oof, design.y, p.bootstraps, p.seed)
    return oof, {
        "folds": {
            "by": plan.by,
            "note": plan.note,
            "repeats": p.repeats,
            "folds": int(plan.fold.max()) + 1,
        },
        "selection": selection_shares(oof),
        "metrics": {name: m.as_dict() for name, m in measures.items()},
        **curves(oof, design.y, p.thresholds),
        "comparators": compare_rivals(rival_scores(clinical), design, oof, p.bootstraps, p.seed),
    }


def curves(oof: OutOfFold, y: Floats, thresholds: tuple[float, ...]) -> dict[str, object]:
    """Calibration curve, decision curve and ROC, drawn on each patient's mean out-of-fold risk.

    The decision curve is read on a fixed grid and at the protocol's `thresholds`.
    """
    risk, weight = mean_risk(oof), oof.weight.mean(axis=0)
    reference = oof.prevalence.mean(axis=0)
    return {
        "calibration_curve": calibration_curve(risk, y, weight, int(np.sum(y == 1))),
        "decision_curve": decision_curve(
            {"model": risk, "prevalence": reference},
            y,
            weight,
            tuple(sorted({*THRESHOLDS, *thresholds})),
        ),
        "roc": {
            "note": "on mean out-of-fold risks; the AUC compares patients of the same fold only",
            "points": roc_points(risk, y, weight),
        },
    }


def mean_risk(oof: OutOfFold) -> Floats:
    """Each patient's risk averaged over repeats, shape (n,)."""
    return np.asarray(sigmoid(oof.logit).mean(axis=0), dtype=np.float64)


def selection_shares(oof: OutOfFold) -> dict[str, float]:
    """Share of outer folds in which each candidate was selected."""
    names = [name for repeat in oof.candidate for name in repeat]
    return {name: names.count(name) / len(names) for name in sorted(set(names))}


def out_of_fold_frame(oof: OutOfFold, cohort: AtRisk, y: Floats) -> pd.DataFrame:
    """One row per patient and repeat: fold, log-odds, risk, label, weight, time, event code."""
    repeats, n = oof.plan.fold.shape
    return pd.DataFrame(
        {
            "patient_id": np.tile(cohort.patient_id, repeats),
            "repeat": np.repeat(np.arange(repeats), n),
            "fold": oof.plan.fold.ravel(),
            "logit": oof.logit.ravel(),
            "risk": sigmoid(oof.logit).ravel(),
            "prevalence": oof.prevalence.ravel(),
            "label": np.tile(y, repeats),
            "weight": oof.weight.ravel(),
            "time": np.tile(cohort.time, repeats),
            "code": np.tile(cohort.code, repeats),
        }
    )


def subgroups(
    oof: OutOfFold, cohort: AtRisk, y: Floats, about: pd.DataFrame
) -> list[dict[str, object]]:
    """Counts, observed over expected and AUC by sex, site, year, product and age.

    `about` is the outcomes' frame of the same patients. Age is split at 18 years and at the
    median of the adults. Measures need 5 events and 5 non-events.
    """
    risk, weight = mean_risk(oof), oof.weight.mean(axis=0)
    rows: list[dict[str, object]] = []
    for name, value, members in _groups(cohort, about):
        label = np.where(members, y, np.nan)
        events, others = int(np.sum(label == 1)), int(np.sum(label == 0))
        row: dict[str, object] = {
            "by": name, "value": value, "n": int(members.sum()), "events": events,
            "auc": None, "observed_over_expected": None,
        }  # fmt: skip
        if min(events, others) >= SUBGROUP_EVENTS:
            known = ~np.isnan(label)
            expected = float(np.sum((weight * risk)[known]))
            row["observed_over_expected"] = float(np.sum((weight * y)[known])) / expected
            row["auc"] = auc(risk, label, weight)
        rows.append(row)
    return rows


def _groups(cohort: AtRisk, about: pd.DataFrame) -> list[tuple[str, str, np.ndarray]]:
    groups = []
    columns = {name: about[name].to_numpy(object) for name in SUBGROUPS if name in about}
    columns["site"] = cohort.site
    if "age" in about:
        columns["age"] = _age_bands(about["age"].to_numpy(float))
    for name, values in columns.items():
        texts = np.array([_word(v) for v in values], dtype=object)
        for value in sorted(set(texts) - {""}):
            groups.append((name, value, texts == value))
    return groups


def _word(value: object) -> str:
    """A group's name; whole numbers without a decimal point, nothing for a missing value."""
    if value is None or value != value:
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value)


def _age_bands(age: Floats) -> np.ndarray:
    adults = age[age >= 18]
    middle = float(np.median(adults)) if len(adults) else 18.0
    return np.select(
        [np.isnan(age), age < 18, age < middle],
        ["", "under 18", f"18 to {middle:.0f}"],
        f"{middle:.0f} and above",
    ).astype(object)
