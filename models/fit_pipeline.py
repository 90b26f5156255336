"""The whole fitting procedure as one pure function, which resampling repeats."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.arrays import Floats, Ints
from models.calibration import affine_calibration
from models.candidates import ORDER, TrainingRows, constant, fit_candidate
from models.explain import Background
from models.folds import assign_folds, patients_by_outcome
from models.log_odds import log_loss, logit_of
from models.logit_stack import Stack, calibrated
from models.selection import simplest_within_one_error
from models.trees import make_bins


@dataclass(frozen=True)
class Patients:
    """Rows to learn from; `key` identifies the patient of each row.

    `grouped` is True where the caller named the patients: the selection then counts all rows of
    a patient as one observation.
    """

    X: Floats
    y: Floats
    weight: Floats
    key: Sequence[bytes]
    grouped: bool


@dataclass(frozen=True)
class Plan:
    """Choices made once on the cohort and repeated in its refits: candidates, columns, folds."""

    offered: tuple[str, ...]
    panel: NDArray[np.intp]
    biomarker: NDArray[np.intp]
    folds: int


@dataclass(frozen=True)
class CalibratedModel:
    """A calibrated model of one member, and how its candidate was selected."""

    candidate: str
    stack: Stack
    background: Background
    calibration: tuple[float, float]
    selection: dict[str, dict[str, float]]


def learn(patients: Patients, plan: Plan) -> CalibratedModel:
    """Impute, scale, tune, select and calibrate on these patients alone."""
    folds = min(plan.folds, *patients_by_outcome(patients.key, patients.y))
    if folds < 2 or plan.offered == ("prevalence",):
        return _prevalence(patients)
    fold = assign_folds(patients.key, patients.y, folds)
    bins = make_bins(patients.X) if "lightgbm" in plan.offered else None
    cohort = TrainingRows(
        patients.X, patients.y, patients.weight, fold, plan.panel, plan.biomarker, bins
    )
    names = [name for name in ORDER if name in plan.offered or name == "prevalence"]
    fits = {name: fit_candidate(name, cohort) for name in names}
    maps = {name: _calibration(name, fits[name].out_of_fold, cohort) for name in names}
    losses = {
        name: log_loss(maps[name][0] + maps[name][1] * fits[name].out_of_fold, cohort.y)
        for name in names
    }
    candidate, selection = simplest_within_one_error(
        losses, plan.offered, cohort.weight, _by_number(patients)
    )
    stack, background = fits[candidate].on_all_patients()
    return CalibratedModel(
        candidate, calibrated(stack, *maps[candidate]), background, maps[candidate], selection
    )


def _calibration(name: str, logits: Floats, cohort: TrainingRows) -> tuple[float, float]:
    """Intercept and slope; prevalence needs none, since its values differ by chance only."""
    if name == "prevalence":
        return 0.0, 1.0
    return affine_calibration(logits, cohort.y, cohort.weight)


def _by_number(patients: Patients) -> Ints | None:
    if not patients.grouped:
        return None
    number: Ints = np.unique(np.array(patients.key), return_inverse=True)[1]
    return number


def _prevalence(patients: Patients) -> CalibratedModel:
    """The prevalence as the model, for cohorts with too few events for another candidate.

    Without any event, or without any other patient, half an event is added to both sides.
    """
    events = float(patients.weight @ patients.y)
    total = float(patients.weight.sum())
    if not 0 < events < total:
        events, total = events + 0.5, total + 1.0
    logit = logit_of(events / total)
    stack, background = constant(patients.X, logit)
    loss = float(
        np.average(log_loss(np.full(len(patients.y), logit), patients.y), weights=patients.weight)
    )
    row = {"loss": loss, "difference": 0.0, "standard_error": 0.0}
    return CalibratedModel("prevalence", stack, background, (0.0, 1.0), {"prevalence": row})
