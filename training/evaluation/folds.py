"""Folds of cross-validation: of patients, and of whole sites where there are several."""

from dataclasses import dataclass

import numpy as np

from features.arrays import Floats, Ints, Objects

UNKNOWN = 2  # label of a patient censored inside the window


@dataclass(frozen=True)
class FoldPlan:
    """Fold and comparison stratum of every patient in every repeat, shapes (repeats, n).

    `stratum` says which patients may be compared with each other; `by` what the folds keep whole.
    """

    fold: Ints
    stratum: Ints
    by: str
    note: str


def label_codes(y: Floats) -> Ints:
    """Labels y (n,) 1, 0 or NaN as codes by which folds are drawn, 2 for NaN.

    >>> label_codes(np.array([1.0, 0.0, np.nan])).tolist()
    [1, 0, 2]
    """
    return np.asarray(np.where(np.isnan(y), UNKNOWN, y), dtype=np.int64)


def patient_fold_plan(
    outcome: Ints, site: Objects, repeats: int, n_folds: int, seed: int
) -> FoldPlan:
    """Repeated folds of patients, stratified by outcome (a code each) and site.

    Only patients of one site and fold are compared, so that a model gains nothing from a site that
    predicts the outcome.

    >>> outcome, site = label_codes(np.array([0., 1.] * 20)), np.array([""] * 40, dtype=object)
    >>> np.bincount(patient_fold_plan(outcome, site, 1, 5, 0).fold[0]).tolist()
    [8, 8, 8, 8, 8]
    """
    fold = np.stack([_patient_folds(outcome, site, n_folds, seed + r) for r in range(repeats)])
    _, number = np.unique(site.astype(str), return_inverse=True)
    stratum = fold * len(set(site)) + number
    return FoldPlan(fold, stratum, "patient", "patients of one site and fold are compared")


def site_fold_plan(site: Objects) -> FoldPlan | None:
    """Each site left out once: one partition. None with a single site or none named."""
    names, number = np.unique(site.astype(str), return_inverse=True)
    if len(names) < 2:
        return None
    fold = number[None].astype(np.int64)
    return FoldPlan(fold, fold, "site", f"{len(names)} sites, each left out once: one partition")


def _patient_folds(outcome: Ints, site: Objects, n_folds: int, seed: int) -> Ints:
    """Shuffle patients, sort them by outcome and site, then assign them to the folds in turn."""
    rng = np.random.default_rng(seed)
    shuffled = rng.permutation(len(outcome))
    _, site_number = np.unique(site.astype(str), return_inverse=True)
    order = shuffled[np.lexsort((site_number[shuffled], outcome[shuffled]))]
    fold = np.empty(len(outcome), dtype=np.int64)
    fold[order] = (np.arange(len(outcome)) + rng.integers(n_folds)) % n_folds
    return fold
