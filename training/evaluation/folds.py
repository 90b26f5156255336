"""Folds of cross-validation: of patients, or of whole sites where there are several."""

from dataclasses import dataclass

import numpy as np

from features.arrays import Floats, Ints, Objects

MIN_CLASS = 5  # events and non-events that a training part needs for a model at all


@dataclass(frozen=True)
class FoldPlan:
    """Fold and comparison stratum of every patient in every repeat, shapes (repeats, n)."""

    fold: Ints
    stratum: Ints
    by: str
    note: str


def fold_plan(y: Floats, site: Objects, repeats: int, n_folds: int, seed: int) -> FoldPlan:
    """Draw repeated folds.

    By site when there are several and each training part keeps 5 events and 5 non-events: then
    every patient is scored by a model that never saw their hospital. Otherwise by patient,
    stratified by label (1, 0, censored) and site. `y` (n,) may hold NaN. `stratum` says which
    patients of a fold may be compared: all of a fold of whole sites, else those of one site, so
    that a model gains nothing from a site that predicts the label.

    >>> plan = fold_plan(np.array([0., 1.] * 20), np.array([""] * 40, dtype=object), 1, 5, 0)
    >>> plan.by, np.bincount(plan.fold[0]).tolist()
    ('patient', [8, 8, 8, 8, 8])
    """
    n_sites = len(set(site))
    if n_sites >= 2:
        fold = np.stack([_site_folds(site, n_folds, seed + r) for r in range(repeats)])
        if all(_trainable(y, fold[r]) for r in range(repeats)):
            note = f"{n_sites} sites: no site is in training and test at once"
            return FoldPlan(fold, fold, "site", note)
        note = (
            f"{n_sites} sites, but leaving one out leaves under {MIN_CLASS} events or non-events "
            "to learn from: only patients of the same site are compared"
        )
    else:
        note = "one site, or sites not given"
    fold = np.stack([_patient_folds(y, site, n_folds, seed + r) for r in range(repeats)])
    _, number = np.unique(site.astype(str), return_inverse=True)
    return FoldPlan(fold, fold * n_sites + number, "patient", note)


def patient_fold_plan(
    outcome: Ints, site: Objects, repeats: int, n_folds: int, seed: int
) -> FoldPlan:
    """Repeated folds of patients, stratified by outcome (a code each) and site.

    Only patients of one site and fold are compared, so that a model gains nothing from a site that
    predicts the outcome.
    """
    y = outcome.astype(np.float64)
    fold = np.stack([_patient_folds(y, site, n_folds, seed + r) for r in range(repeats)])
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


def _patient_folds(y: Floats, site: Objects, n_folds: int, seed: int) -> Ints:
    """Shuffle patients, sort them by label and site, then assign them to the folds in turn."""
    rng = np.random.default_rng(seed)
    shuffled = rng.permutation(len(y))
    _, site_number = np.unique(site.astype(str), return_inverse=True)
    stratum = np.where(np.isnan(y), 2, y)
    order = shuffled[np.lexsort((site_number[shuffled], stratum[shuffled]))]
    fold = np.empty(len(y), dtype=np.int64)
    fold[order] = (np.arange(len(y)) + rng.integers(n_folds)) % n_folds
    return fold


def _site_folds(site: Objects, n_folds: int, seed: int) -> Ints:
    """Assign each site, in random order, to the fold with the fewest patients."""
    names, position, sizes = np.unique(site.astype(str), return_inverse=True, return_counts=True)
    order = np.random.default_rng(seed).permutation(len(names))
    load = np.zeros(min(n_folds, len(names)))
    of_site = np.empty(len(names), dtype=np.int64)
    for s in order:
        of_site[s] = int(np.argmin(load))
        load[of_site[s]] += sizes[s]
    return of_site[position]


def _trainable(y: Floats, fold: Ints) -> bool:
    for k in np.unique(fold):
        train = y[fold != k]
        if min(np.sum(train == 1), np.sum(train == 0)) < MIN_CLASS:
            return False
    return True
