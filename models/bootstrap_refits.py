"""Bootstrap refits for the stability interval: the model fitted again to redrawn patients."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from features.arrays import Ints
from models.fit_pipeline import Patients, Plan, learn
from models.folds import patient_keys
from models.logit_stack import Stack, concatenate


def refit(
    patients: Patients, plan: Plan, numbers: Iterable[int], seed: int
) -> tuple[Stack, list[str]]:
    """Refit on numbered patient-level bootstrap samples, each repeating all of `learn`.

    A sample depends on the seed and its number alone, so that parts can be made in any process.

    Patients are drawn with replacement; one drawn k times gets k times the weight, which is the
    same as k copies and keeps them in one fold. Inner folds are drawn again each time.
    The interval these give is a *stability interval* (Riley & Collins 2023, Biometrical Journal
    65:2200302), not a confidence interval: it covered true risks in 61-93 %.
    Returns the refits as one stack, and the candidate that each selected.
    """
    distinct, patient = np.unique(np.array(patients.key), return_inverse=True)
    members, names = [], []
    for number in numbers:
        rng = np.random.default_rng((abs(seed), number))
        draws = np.bincount(
            rng.integers(len(distinct), size=len(distinct)), minlength=len(distinct)
        )
        times = draws[patient]
        resampled = _resample(patients, times, int(rng.integers(2**31)))
        fitted_pipeline = learn(resampled, plan)
        members.append(fitted_pipeline.stack)
        names.append(fitted_pipeline.candidate)
    return concatenate(members), names


def _resample(patients: Patients, times: Ints, seed: int) -> Patients:
    """Patients with their number of draws as weight; keys get a new salt, so folds change."""
    rows = np.flatnonzero(times)
    X, y = patients.X[rows], patients.y[rows]
    names = [patients.key[row].hex() for row in rows.tolist()]
    key = patient_keys(X, y, names, seed)
    return replace(patients, X=X, y=y, weight=patients.weight[rows] * times[rows], key=key)
