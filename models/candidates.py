"""Candidate models, simplest first, each fitted in all inner folds and on all patients."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from features.arrays import Floats, Ints
from models import trees
from models.explain import Background
from models.impute import imputed_with_indicators, weighted_medians
from models.log_odds import log_loss, logit_of
from models.logit_stack import Stack, linear_member, tree_member
from models.ridge import fit_stack

if TYPE_CHECKING:
    import lightgbm


ORDER: tuple[str, ...] = ("prevalence", "biomarker", "core_panel", "lightgbm")
"""From simple to complex; the one-standard-error rule prefers the earlier."""

PANEL_PENALTIES: Floats = np.geomspace(1000.0, 1.0, 7)
"""Ridge penalties on the squared log-odds per SD, strongest first so that ties go to it."""

BIOMARKER_PENALTY: Floats = np.array([1.0])
"""A normal prior of SD 1 on the log-odds per SD: unnoticeable at n = 60, finite if separable."""


@dataclass(frozen=True)
class TrainingRows:
    """Training patients: X (n, p) with NaN, y of 0 and 1, weight > 0, inner fold (n,) from 0.

    `panel` and `biomarker` are the columns that those candidates may use. `bins` is set when
    LightGBM is a candidate.
    """

    X: Floats
    y: Floats
    weight: Floats
    fold: Ints
    panel: NDArray[np.intp]
    biomarker: NDArray[np.intp]
    bins: "lightgbm.Dataset | None" = None

    def training_weights(self) -> Floats:
        """Weights of each inner fold's training patients and, last, of all patients: (F + 1, n)."""
        folds = np.arange(int(self.fold.max()) + 1)
        inside = self.fold[None, :] != folds[:, None]
        return np.concatenate([inside * self.weight, self.weight[None]])


@dataclass(frozen=True)
class CandidateFit:
    """Out-of-fold log-odds of each patient (n,), and the candidate on all patients.

    `on_all_patients` fits or assembles it when called, which is done for the selected one alone.
    """

    out_of_fold: Floats
    on_all_patients: Callable[[], tuple[Stack, Background]]


def fit_candidate(name: str, cohort: TrainingRows) -> CandidateFit:
    """Fit one candidate by name; see ORDER."""
    if name == "prevalence":
        return _prevalence(cohort)
    if name == "biomarker":
        return _linear(cohort, cohort.biomarker, BIOMARKER_PENALTY)
    if name == "core_panel":
        return _linear(cohort, cohort.panel, PANEL_PENALTIES)
    return _lightgbm(cohort)


def constant(X: Floats, logit: float) -> tuple[Stack, Background]:
    """The same log-odds for all patients: prevalence."""
    zero = np.zeros(X.shape[1])
    return linear_member(logit, zero, zero, zero), Background(zero, zero)


def _prevalence(cohort: TrainingRows) -> CandidateFit:
    weights = cohort.training_weights()
    rates = (weights @ cohort.y) / weights.sum(axis=1)
    logits = np.log(rates) - np.log1p(-rates)
    final = partial(constant, cohort.X, logit_of(float(rates[-1])))
    return CandidateFit(logits[cohort.fold], final)


def _linear(cohort: TrainingRows, columns: NDArray[np.intp], penalties: Floats) -> CandidateFit:
    """Ridge logistic on some columns and their indicators; penalty by out-of-fold log loss."""
    weights = cohort.training_weights()
    X = cohort.X[:, columns]
    fills = weighted_medians(X, weights)
    design, flagged = imputed_with_indicators(X, fills)
    beta = fit_stack(design, cohort.y, weights, penalties)
    rows = np.arange(len(X))
    held_out = beta[cohort.fold]  # (n, P, k + 1)
    logits = held_out[:, :, 0] + np.einsum(
        "nk,npk->np", design[cohort.fold, rows], held_out[:, :, 1:]
    )
    loss = cohort.weight @ log_loss(logits, cohort.y[:, None])
    best = int(np.argmin(loss))
    final = partial(_spread_out, cohort, columns, beta[-1, best], fills[-1], flagged)
    return CandidateFit(logits[:, best], final)


def _spread_out(
    cohort: TrainingRows,
    columns: NDArray[np.intp],
    beta: Floats,
    fill: Floats,
    flagged: NDArray[np.intp],
) -> tuple[Stack, Background]:
    """A fit on some columns as arrays over all columns, zero elsewhere."""
    p, k = cohort.X.shape[1], len(columns)
    coef, missing_coef, fills = np.zeros(p), np.zeros(p), np.zeros(p)
    coef[columns] = beta[1 : k + 1]
    missing_coef[columns[flagged]] = beta[k + 1 :]
    fills[columns] = fill
    imputed_X = np.where(np.isnan(cohort.X), fills, cohort.X)
    background = Background(
        np.average(imputed_X, axis=0, weights=cohort.weight),
        np.average(np.isnan(cohort.X), axis=0, weights=cohort.weight),
    )
    return linear_member(float(beta[0]), coef, missing_coef, fills), background


def _lightgbm(cohort: TrainingRows) -> CandidateFit:
    assert cohort.bins is not None
    weights = cohort.training_weights()
    medians = weighted_medians(cohort.X, weights)
    logits = np.empty(len(cohort.y))
    for fold, weight in enumerate(weights[:-1]):
        out = cohort.fold == fold
        booster = trees.boost(cohort.bins, cohort.y, weight)
        fill = trees.tree_fill(cohort.X[weight > 0], medians[fold])
        logits[out] = trees.raw_logits(booster, cohort.X[out], fill)
    return CandidateFit(logits, partial(_boosted_on_everyone, cohort, medians[-1]))


def _boosted_on_everyone(cohort: TrainingRows, medians: Floats) -> tuple[Stack, Background]:
    assert cohort.bins is not None
    final = trees.trees_of(trees.boost(cohort.bins, cohort.y, cohort.weight))
    zero = np.zeros(cohort.X.shape[1])
    return tree_member(final, trees.tree_fill(cohort.X, medians)), Background(zero, zero)
