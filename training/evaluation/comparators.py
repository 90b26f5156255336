"""Clinical comparators (CAR-HEMATOTOX, EASIX, MRD) recalibrated on the folds of the model."""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from features.arrays import Bools, Floats
from features.table.row import BOUND_CODES, check_range
from models import comparators
from training.evaluation.design import Design
from training.evaluation.documents.model_sections import (
    ComparatorSection,
    ComparedScore,
    UncomparedScore,
)
from training.evaluation.out_of_fold import OutOfFold
from training.statistics.accuracy.auc import auc_of_pairs, pair_matrices
from training.statistics.accuracy.brier import bootstrap_mean, squared_loss
from training.statistics.accuracy.decision_curve import THRESHOLDS, decision_curve
from training.statistics.bootstrap import bootstrap_copies, measure
from training.statistics.calibration.logistic import fit_logistic, logit, sigmoid

# With fewer, a recalibrated score is itself noise and the comparison would be decided by chance.
MIN_PATIENTS, MIN_EVENTS = 30, 5

# Risk of a patient without the comparator's inputs: any value serves, since the weight there is 0.
PLACEHOLDER = 0.5


def _log(values: Floats) -> Floats:
    """Natural logarithm; a value of 0 is put below the smallest one seen in practice."""
    return np.asarray(np.log(np.maximum(values, 1e-6)), dtype=np.float64)


# The end of each input at which CAR-HEMATOTOX gives the fewest points, and the other end.
_FEWEST = {"plt": ">", "anc": ">", "hb": ">", "crp": "<", "ferritin": "<"}

RECIPES: dict[str, tuple[tuple[str, ...], Callable[..., Floats]]] = {
    "car_hematotox": (("plt", "anc", "hb", "crp", "ferritin"), comparators.car_hematotox),
    "easix": (("ldh", "creatinine", "plt"), lambda *x: _log(comparators.easix(*x))),
    "m_easix": (("ldh", "crp", "plt"), lambda *x: _log(comparators.m_easix(*x))),
    "absolute_monocyte_count": (("amc",), _log),
    "mrd": (("mrd",), _log),
}


def comparator_scores(frame: pd.DataFrame) -> dict[str, Floats]:
    """Every comparator whose inputs are columns of the table; NaN where a patient lacks one.

    CAR-HEMATOTOX as points, NaN also where an input is a bound (ferritin ">1500") that leaves its
    points open; EASIX, m-EASIX, absolute monocyte count and MRD as logarithms. Raises InputError
    for a value outside its range in the schema, which betrays another unit.
    """
    scores = {}
    for name, (inputs, score) in RECIPES.items():
        if not all(column in frame.columns for column in inputs):
            continue
        values = {column: frame[column].to_numpy(dtype=float) for column in inputs}
        for column, numbers in values.items():
            for extreme in numbers[~np.isnan(numbers)]:
                check_range(column, float(extreme))
        scores[name] = np.asarray(score(*values.values()), dtype=np.float64)
        if name == "car_hematotox":
            scores[name] = _certain_points(frame, values)
    return scores


def _certain_points(frame: pd.DataFrame, values: Mapping[str, Floats]) -> Floats:
    """CAR-HEMATOTOX, NaN where it depends on where beyond a bound a value lies, (n,).

    A value above a bound lies between it and infinity, one below it between 0 and the bound; the
    score rises or falls with each input, so that both ends suffice.
    """
    fewest = comparators.car_hematotox(**_ends(frame, values, _FEWEST))
    other = {name: "<" if sign == ">" else ">" for name, sign in _FEWEST.items()}
    most = comparators.car_hematotox(**_ends(frame, values, other))
    return np.where(fewest == most, fewest, np.nan)


def _ends(
    frame: pd.DataFrame, values: Mapping[str, Floats], end: Mapping[str, str]
) -> dict[str, Floats]:
    """Each input at its upper (">") or lower end; a value that is no bound is both of its ends."""
    ends = {}
    for name, value in values.items():
        above, below = (
            _is_bound(frame, f"{BOUND_CODES['>']}{name}"),
            _is_bound(frame, f"{BOUND_CODES['<']}{name}"),
        )
        if end[name] == ">":
            high = np.where(below, np.nextafter(value, -np.inf), value)
            ends[name] = np.where(above, np.inf, high)
        else:
            low = np.where(above, np.nextafter(value, np.inf), value)
            ends[name] = np.where(below, 0.0, low)
    return ends


def _is_bound(frame: pd.DataFrame, code: str) -> Bools:
    """Rows whose warnings hold a code, (n,)."""
    if "warnings" not in frame:
        return np.zeros(len(frame), dtype=bool)
    return np.array([code in str(codes).split(";") for codes in frame["warnings"]], dtype=bool)


def compare_with_model(
    scores: dict[str, Floats], design: Design, oof: OutOfFold, *, draws: int, seed: int
) -> ComparatorSection:
    """Model against each comparator, both out of fold, on the patients who have its inputs.

    `brier_difference` is model minus comparator: below 0 the model is better. A comparator whose
    inputs fewer than 30 patients or 5 events have is named and not compared.
    """
    copies = bootstrap_copies(len(design.y), draws, seed)
    return {name: _comparison(score, design, oof, copies) for name, score in scores.items()}


def _comparison(
    score: Floats, design: Design, oof: OutOfFold, copies: Floats
) -> ComparedScore | UncomparedScore:
    has_score = design.has_label & np.isfinite(score)
    n, events = int(has_score.sum()), int(np.sum(design.y[has_score] == 1))
    if n < MIN_PATIENTS or min(events, n - events) < MIN_EVENTS:
        return {
            "patients": n,
            "events": events,
            "compared": False,
            "reason": (
                f"inputs known for {n} patients with {events} events; at least {MIN_PATIENTS} "
                f"patients and {MIN_EVENTS} events are needed"
            ),
        }
    risk = recalibrated(score, has_score, design, oof)
    return _compared_score(risk, has_score, design, oof, copies)


def _compared_score(
    comparator_risk: Floats, has_score: Bools, design: Design, oof: OutOfFold, copies: Floats
) -> ComparedScore:
    """Brier scores, AUCs and net benefits of both; `comparator_risk` is NaN without a score."""
    y = np.where(has_score, design.y, np.nan)
    weight = np.where(has_score, oof.weight, 0.0)
    risk, comparator = sigmoid(oof.logit), np.where(has_score, comparator_risk, PLACEHOLDER)
    model_loss, weights = squared_loss(risk, y, weight)
    comparator_loss, _ = squared_loss(comparator, y, weight)
    difference = model_loss - comparator_loss
    redraws = bootstrap_mean(difference, weights, copies)
    value = float(difference.sum() / weights.sum())
    return {
        "patients": int(has_score.sum()),
        "events": int(np.sum(y == 1)),
        "compared": True,
        "brier_model": float(model_loss.sum() / weights.sum()),
        "brier_rival": float(comparator_loss.sum() / weights.sum()),
        "brier_difference": measure(value, redraws).as_dict(),
        "auc_model": _auc(oof.logit, y, weight, oof),
        "auc_rival": _auc(logit(comparator), y, weight, oof),
        "decision_curve": decision_curve(
            {"model": risk[0], "rival": comparator[0]}, y, weight[0], THRESHOLDS
        ),
    }


def _auc(score: Floats, y: Floats, weight: Floats, oof: OutOfFold) -> float | None:
    """AUC within the strata of the folds; None without a pair to compare."""
    area = auc_of_pairs(*pair_matrices(score, y, weight, oof.plan.stratum))
    return area if np.isfinite(area) else None


def recalibrated(score: Floats, has_score: Bools, design: Design, oof: OutOfFold) -> Floats:
    """Out-of-fold risks of a logistic regression on the score alone, shape (repeats, n).

    Each fold's intercept and slope come from its training part; where they do not exist (one
    class, a constant score) the training part's prevalence is used. NaN without the inputs.
    """
    X = np.column_stack([np.ones(len(score)), np.where(has_score, score, 0.0)])
    risk = np.full(oof.plan.fold.shape, np.nan)
    for r, fold in enumerate(oof.plan.fold):
        for k in np.unique(fold):
            test, train = (fold == k) & has_score, (fold != k) & has_score
            weight = design.weights(fold != k)
            beta = fit_logistic(X[train], design.y[train], weight[train])
            risk[r, test] = oof.prevalence[r, test] if beta is None else sigmoid(X[test] @ beta)
    return risk
