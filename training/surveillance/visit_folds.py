"""Folds of surveillance: whole sites where a model can be learned without one, else patients."""

from dataclasses import replace

import numpy as np

from features.arrays import Floats, Ints, Objects
from training.evaluation.folds import FoldPlan, label_codes, patient_fold_plan

MIN_CLASS = 5  # events and non-events that a training part needs for a model at all


def visit_folds(y: Floats, site: Objects, repeats: int, n_folds: int, seed: int) -> FoldPlan:
    """Folds of n patients, whose visits all go with them.

    By site when there are several and each training part keeps 5 events and 5 non-events: then
    every patient is scored by a model that never saw their hospital. Few sites make few
    partitions, so there is one repeat. Otherwise by patient, stratified by label and site. `y`
    (n,) may hold NaN.

    >>> plan = visit_folds(np.array([0., 1.] * 20), np.array([""] * 40, dtype=object), 1, 5, 0)
    >>> plan.by, plan.note
    ('patient', 'one site, or sites not given')
    """
    n_sites = len(set(site))
    by_patient = patient_fold_plan(label_codes(y), site, repeats, n_folds, seed)
    if n_sites < 2:
        return replace(by_patient, note="one site, or sites not given")
    fold = _site_folds(site, n_folds, seed)[None]
    if _is_trainable(y, fold[0]):
        note = f"{n_sites} sites: no site is in training and test at once"
        return FoldPlan(fold, fold, "site", note)
    note = (
        f"{n_sites} sites, but leaving one out leaves under {MIN_CLASS} events or non-events "
        "to learn from: only patients of the same site are compared"
    )
    return replace(by_patient, note=note)


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


def _is_trainable(y: Floats, fold: Ints) -> bool:
    for k in np.unique(fold):
        train = y[fold != k]
        if min(np.sum(train == 1), np.sum(train == 0)) < MIN_CLASS:
            return False
    return True
