"""Landmark super-model of surveillance: the hazard model of one event within a window."""

from dataclasses import dataclass

import numpy as np

from features.arrays import Bools, Floats, Ints
from models.hazard_model import complete_inputs, event_power, fit_hazard_model
from models.log_odds import logit_of
from training.surveillance.stacked_landmarks import FEWEST_EVENTS


@dataclass(frozen=True)
class VisitRows:
    """Stacked rows to learn from, m patients at a landmark each.

    `X` (m, p) features of the visit, NaN where missing; `day` (m,) of the visit; `y` (m,) 1 with
    the event in the window, 0 without, NaN where follow-up ends inside it; `weight` (m,) for
    censoring; `patient` (m,) numbers; `is_core` (p,) marks the core panel; `incidence` of the event
    within the window, over the rows.
    """

    X: Floats
    day: Floats
    y: Floats
    weight: Floats
    patient: Ints
    is_core: Bools
    incidence: float


def fewest_patients(rows: VisitRows) -> int:
    """Patients with the event in some window, or without it in all, whichever are fewer.

    >>> y, patient = np.array([1.0, 0.0, np.nan]), np.array([7, 7, 8])
    >>> X, core = np.zeros((3, 1)), np.array([True])
    >>> fewest_patients(VisitRows(X, np.zeros(3), y, np.ones(3), patient, core, incidence=0.5))
    0
    """
    with_event = np.unique(rows.patient[rows.y == 1])
    without = np.setdiff1d(rows.patient[rows.y == 0], with_event)
    return min(len(with_event), len(without))


def visit_logits(rows: VisitRows, X: Floats, day: Floats) -> Floats:
    """Log-odds (v,) of the event within the window after visits with features X (v, p) at `day`.

    One interval and one event of `models.hazard_model`; a competing event is none. Rows are
    tempered so that an event counts once. With under 5 patients with or without the event all get
    the incidence.

    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(200, 1))
    >>> y = (rng.random(200) < 1 / (1 + np.exp(-X[:, 0]))).astype(float)
    >>> day, patient, core = np.full(200, 28.0), np.arange(200), np.array([True])
    >>> rows = VisitRows(X, day, y, np.ones(200), patient, core, incidence=y.mean())
    >>> low, high = visit_logits(rows, np.array([[-1.0], [1.0]]), np.full(2, 28.0))
    >>> bool(low < 0 < high)
    True
    """
    if fewest_patients(rows) < FEWEST_EVENTS:
        return np.full(len(X), logit_of(_shrunken_incidence(rows)))
    event = np.where(np.isnan(rows.y), -1, np.nan_to_num(rows.y)).astype(np.int64)[:, None]
    model = fit_hazard_model(
        rows.X, rows.day, event, rows.weight[:, None] * event_power(event, rows.patient),
        is_core=rows.is_core, incidence=np.array([[rows.incidence]]),
    )  # fmt: skip
    predictors = model.predictors(complete_inputs(X, model.scaling), day)[:, 0]
    return np.asarray(model.intercepts[0, 0] + predictors)


def _shrunken_incidence(rows: VisitRows) -> float:
    """The incidence with half an event added to both sides: never 0 or 1."""
    total = float(rows.weight[~np.isnan(rows.y)].sum())
    return (total * rows.incidence + 0.5) / (total + 1.0)
