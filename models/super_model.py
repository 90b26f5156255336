"""Landmark super-model: one ridge logistic regression for all landmarks.

Data sets of several landmarks are stacked (each patient is in all that they reach), and one model
is fitted whose coefficients change smoothly with the day. It gives the risk of an event within a
fixed window from any visit on. Reference: van Houwelingen, Scand J Stat 2007;34:70; van
Houwelingen and Putter, Dynamic Prediction in Clinical Survival Analysis, 2012, chapters 7 and 9
(there a Cox model on each window; here the logistic regression with censoring weights that the
single-landmark models are, so that both are read alike).
"""

from dataclasses import dataclass

import numpy as np

from features.arrays import Floats, Ints
from features.errors import InputError
from models.calibration import affine_calibration
from models.candidates import CandidateFit, TrainingRows, constant, fit_candidate
from models.folds import assign_folds, patient_keys, patients_by_outcome
from models.log_odds import log_loss, logit_of
from models.logit_stack import Stack, calibrated
from models.selection import simplest_within_one_error

FIRST_LANDMARK = 28.0
TIME_UNIT = 90.0
LAST_DAY = 365.0  # later visits count as this day, since t^2 must not be extrapolated
INNER_FOLDS = 5
MIN_EVENTS = 5  # patients with and without the event; with fewer, all get the prevalence


def landmark_columns(values: Floats, day: Floats, moving: int) -> Floats:
    """Values with time terms: [values of the first `moving` columns, these x t, t, t^2, the rest].

    t = (min(day, 365) - 28) / 90, so that effects are those of day 28 plus a drift per quarter of
    a year. `values` (n, p) may hold NaN, as may its products; `day` (n,) is the day of the visit.
    Returns (n, p + 2 + moving). Raises InputError when lengths differ.

    >>> landmark_columns(np.array([[2.0, 5.0]]), np.array([118.0]), 1).tolist()
    [[2.0, 2.0, 1.0, 1.0, 5.0]]
    """
    if len(values) != len(day):
        raise InputError(
            f"Every row needs the day of its visit, but {len(values)} rows and {len(day)} days "
            "came: give one day a row."
        )
    t = ((np.minimum(day, LAST_DAY) - FIRST_LANDMARK) / TIME_UNIT)[:, None]
    now, rest = values[:, :moving], values[:, moving:]
    return np.concatenate([now, now * t, t, t**2, rest], axis=1)


@dataclass(frozen=True)
class SuperModel:
    """A fitted super-model: its logit function on `landmark_columns`, and the selected candidate.

    `candidate` is "prevalence", "current" (values of the visit) or "history" (also what changed);
    `current` counts the columns whose effect moves with time.
    """

    candidate: str
    current: int
    stack: Stack

    def logit(self, values: Floats, day: Floats) -> Floats:
        """Log-odds of the event in the window after each visit, (n,)."""
        columns = landmark_columns(values, day, self.current)
        logits: Floats = self.stack.logits(columns)[:, 0]
        return logits


def fit_super_model(
    values: Floats, day: Floats, y: Floats, weight: Floats, patient: Ints, current: int, seed: int
) -> SuperModel:
    """Learn from stacked rows: values (m, p), the first `current` of them the visit's own.

    Two candidates, the simpler preferred within one standard error of the paired loss: current
    values, or current values and the history columns after them. Imputation, scaling, penalty,
    choice and calibration use inner folds by patient, so that rows of one patient are never in
    both the training and the test part, and the selection counts a patient's rows once. `y` (m,) 0
    or 1, `weight` (m,) > 0, `patient` (m,) numbers. With under 5 patients with or without the event
    all get the weighted prevalence.

    >>> rng = np.random.default_rng(0)
    >>> patient, day = np.repeat(np.arange(60), 3), np.tile([28.0, 60.0, 90.0], 60)
    >>> x = rng.normal(size=(180, 1)) + (patient % 2)[:, None]
    >>> y = (rng.random(180) < 0.2 + 0.6 * (patient % 2)).astype(float)
    >>> model = fit_super_model(x, day, y, np.ones(180), patient, 1, 0)
    >>> model.candidate, bool(np.diff(model.logit(np.array([[0.0], [1.0]]), np.full(2, 28.0))) > 0)
    ('current', True)
    """
    columns = landmark_columns(values, day, current)
    keys = patient_keys(columns, y, patient.tolist(), seed)
    fewest = min(patients_by_outcome(keys, y))
    if fewest < MIN_EVENTS:
        return SuperModel("prevalence", current, _prevalence(columns, y, weight))
    fold = assign_folds(keys, y, min(INNER_FOLDS, fewest))
    panels = {"current": np.arange(2 * current + 2)}
    if values.shape[1] > current:
        panels["history"] = np.arange(columns.shape[1])
    none = np.zeros(0, np.intp)
    fits = {
        name: fit_candidate("core_panel", TrainingRows(columns, y, weight, fold, panel, none))
        for name, panel in panels.items()
    }
    maps = {name: affine_calibration(one.out_of_fold, y, weight) for name, one in fits.items()}
    losses = {name: _loss(fits[name], maps[name], y) for name in fits}
    number = np.unique(patient, return_inverse=True)[1]
    candidate, _ = simplest_within_one_error(losses, list(fits), weight, number)
    stack, _ = fits[candidate].on_all_patients()
    return SuperModel(candidate, current, calibrated(stack, *maps[candidate]))


def _loss(fit: CandidateFit, line: tuple[float, float], y: Floats) -> Floats:
    """Each row's out-of-fold log loss after calibration."""
    return log_loss(line[0] + line[1] * fit.out_of_fold, y)


def _prevalence(columns: Floats, y: Floats, weight: Floats) -> Stack:
    """The weighted share of events for all; half an event is added to both sides."""
    share = (float(weight @ y) + 0.5) / (float(weight.sum()) + 1.0)
    stack, _ = constant(columns, logit_of(share))
    return stack
