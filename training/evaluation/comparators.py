"""Scores that a clinic already has, recalibrated on the same folds and compared with the model."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from features.arrays import Bools, Floats
from models import comparators
from training.evaluation.cross_validation import Design, OutOfFold
from training.statistics.auc import pair_matrices
from training.statistics.bootstrap import bootstrap_copies, measure
from training.statistics.brier import bootstrap_mean, squared_loss
from training.statistics.decision_curve import THRESHOLDS, decision_curve
from training.statistics.logistic import fit_logistic, logit, sigmoid

# With fewer, a recalibrated score is itself noise and the comparison would be decided by chance.
MIN_PATIENTS, MIN_EVENTS = 30, 5


def _log(values: Floats) -> Floats:
    """Natural logarithm; a value of 0 is put below the smallest one seen in practice."""
    return np.asarray(np.log(np.maximum(values, 1e-6)), dtype=np.float64)


def rival_scores(frame: pd.DataFrame) -> dict[str, Floats]:
    """Every score whose inputs are columns of the table; NaN where a patient lacks one.

    CAR-HEMATOTOX as points; EASIX, m-EASIX, absolute monocyte count and MRD as logarithms.
    """

    def column(name: str) -> Floats:
        return frame[name].to_numpy(dtype=float)

    recipes: dict[str, tuple[tuple[str, ...], Callable[..., Floats]]] = {
        "car_hematotox": (("plt", "anc", "hb", "crp", "ferritin"), comparators.car_hematotox),
        "easix": (("ldh", "creatinine", "plt"), lambda *x: _log(comparators.easix(*x))),
        "m_easix": (("ldh", "crp", "plt"), lambda *x: _log(comparators.m_easix(*x))),
        "absolute_monocyte_count": (("amc",), _log),
        "mrd": (("mrd",), _log),
    }
    return {
        name: np.asarray(score(*(column(c) for c in inputs)), dtype=np.float64)
        for name, (inputs, score) in recipes.items()
        if all(c in frame.columns for c in inputs)
    }


def compare_rivals(
    scores: dict[str, Floats], design: Design, oof: OutOfFold, draws: int, seed: int
) -> dict[str, dict[str, object]]:
    """Model against each score, both out of fold, on the patients who have the score's inputs.

    `brier_difference` is model minus rival: below 0 the model is better. A score whose inputs
    fewer than 30 patients or 5 events have is named and not compared.
    """
    results: dict[str, dict[str, object]] = {}
    for name, score in scores.items():
        has = design.known & np.isfinite(score)
        n, events = int(has.sum()), int(np.sum(design.y[has] == 1))
        entry: dict[str, object] = {"patients": n, "events": events, "compared": False}
        if n >= MIN_PATIENTS and min(events, n - events) >= MIN_EVENTS:
            entry |= {"compared": True} | _compare(score, has, design, oof, draws, seed)
        else:
            entry["reason"] = (
                f"inputs known for {n} patients with {events} events; at least {MIN_PATIENTS} "
                f"patients and {MIN_EVENTS} events are needed"
            )
        results[name] = entry
    return results


def _compare(
    score: Floats, has: Bools, design: Design, oof: OutOfFold, draws: int, seed: int
) -> dict[str, object]:
    y = np.where(has, design.y, np.nan)
    rival = recalibrated(score, has, design, oof)
    model = sigmoid(oof.logit)
    weight = np.where(has, oof.weight, 0.0)
    copies = bootstrap_copies(len(y), draws, seed)
    model_loss, used = squared_loss(model, y, weight)
    rival_loss, _ = squared_loss(np.where(has, rival, 0.5), y, weight)
    difference = model_loss - rival_loss
    drawn = bootstrap_mean(difference, used, copies)
    wins, pairs = pair_matrices(np.where(has, logit(rival), 0.0), y, weight, oof.plan.stratum)
    model_wins, _ = pair_matrices(oof.logit, y, weight, oof.plan.stratum)
    total = pairs.sum()
    first = {"model": model[0], "rival": np.where(has, rival[0], 0.5)}
    return {
        "brier_model": float(model_loss.sum() / used.sum()),
        "brier_rival": float(rival_loss.sum() / used.sum()),
        "brier_difference": measure(float(difference.sum() / used.sum()), drawn).as_dict(),
        "auc_model": float(model_wins.sum() / total) if total > 0 else None,
        "auc_rival": float(wins.sum() / total) if total > 0 else None,
        "decision_curve": decision_curve(first, y, weight[0], THRESHOLDS),
    }


def recalibrated(score: Floats, has: Bools, design: Design, oof: OutOfFold) -> Floats:
    """Out-of-fold risks of a logistic regression on the score alone, shape (repeats, n).

    Each fold's intercept and slope come from its training part; where they do not exist (one
    class, a constant score) the training part's prevalence stands in. NaN without the inputs.
    """
    risk = np.full(oof.plan.fold.shape, np.nan)
    for r, fold in enumerate(oof.plan.fold):
        for k in np.unique(fold):
            test = (fold == k) & has
            train = (fold != k) & has
            weight = design.weights(fold != k)
            X = np.column_stack([np.ones(len(score)), np.where(has, score, 0.0)])
            fitted = fit_logistic(X[train], design.y[train], weight[train])
            risk[r, test] = oof.prevalence[r, test] if fitted is None else sigmoid(X[test] @ fitted)
    return risk
