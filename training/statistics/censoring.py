"""Inverse probability of censoring weights (IPCW).

A patient lost to follow-up inside the window has no label. The weights let the patients who were
followed represent them: each counts 1/G times, G being the probability of still being followed.
"""

import numpy as np
import pandas as pd

from features.arrays import Bools, Floats, Ints
from models.endpoints import CENSORED

# No patient counts more than 20 times: a smaller G means that hardly any patient was followed.
SMALLEST_G = 0.05
COX_PENALTY = 0.1  # ridge of the transplant model; keeps few transplants from separating
MIN_CENSORED_FOR_COX = 5  # fewer cannot be modelled: all patients share one curve


def kaplan_meier(time: Floats, event: Bools) -> tuple[Floats, Floats]:
    """Kaplan-Meier survival at the distinct times, ties counted as lifelines does.

    Returns distinct sorted times (k,) and survival just after each (k,).

    >>> kaplan_meier(np.array([1., 2., 3.]), np.array([True, False, True]))[1].round(3)
    array([0.667, 0.667, 0.   ])
    """
    distinct, position = np.unique(time, return_inverse=True)
    events = np.bincount(position, weights=event.astype(float), minlength=len(distinct))
    leaving = np.bincount(position, minlength=len(distinct))
    at_risk = len(time) - np.concatenate([[0], np.cumsum(leaving)[:-1]])
    return distinct, np.cumprod(1 - events / at_risk)


def step_value(times: Floats, values: Floats, at: Floats, left_limit: bool = False) -> Floats:
    """Value of a survival step function at `at`, or its limit from the left."""
    index = np.searchsorted(times, at, side="left" if left_limit else "right")
    return np.concatenate([[1.0], values])[index]


def censoring_weights(
    time: Floats, code: Ints, horizon: float, train: Bools | None = None
) -> Floats:
    """Inverse probability of censoring weights, shape (n,).

    1/G(T-) for an event in the window, 1/G(horizon) for those followed beyond it, 0 for those
    censored inside it. G is the Kaplan-Meier curve of censoring on the patients in `train`
    (all by default), so a test fold's follow-up never weighs its own training. G is held at 0.05
    or above. Reference: Gerds and Schumacher, Biom J 2006;48:1029.

    >>> censoring_weights(np.array([10., 20., 30., 200.]), np.array([1, 0, 1, 0]), 180)
    array([1. , 0. , 1.5, 1.5])
    """
    train = np.ones(len(time), dtype=bool) if train is None else train
    times, survival = kaplan_meier(time[train], code[train] == CENSORED)
    in_window = time <= horizon
    g = np.where(
        in_window,
        step_value(times, survival, time, left_limit=True),
        step_value(times, survival, np.full(len(time), float(horizon))),
    )
    return _weights(g, in_window & (code == CENSORED))


def cox_weights(time: Floats, code: Ints, horizon: float, panel: Floats, train: Bools) -> Floats:
    """Weights when transplant censors: G depends on the core panel through a Cox model.

    Assumes that, given the panel, whether a patient is transplanted is independent of the event.
    `panel` (n, p) may hold NaN: filled with the training median, then scaled by training moments.
    Reference: Robins and Finkelstein, Biometrics 2000;56:779; lifelines' CoxPHFitter.
    """
    censored = code == CENSORED
    if censored[train].sum() < MIN_CENSORED_FOR_COX:
        return censoring_weights(time, code, horizon, train)
    data = pd.DataFrame(_impute_and_scale(panel, train))
    data.columns = [f"x{j}" for j in range(data.shape[1])]
    data = data.loc[:, data[train].std() > 0]
    data["time"], data["censored"] = time, censored
    g = _followed_given_panel(data, train, time, horizon)
    return _weights(g, (time <= horizon) & censored)


def _followed_given_panel(data: pd.DataFrame, train: Bools, time: Floats, horizon: float) -> Floats:
    """G given the panel, (n,): just before the own time in the window, at its end beyond it."""
    from lifelines import CoxPHFitter  # type: ignore[import-untyped, unused-ignore]  # no stubs

    model = CoxPHFitter(penalizer=COX_PENALTY).fit(data[train], "time", "censored")
    hazard = np.exp(np.asarray(model.predict_log_partial_hazard(data), dtype=float))
    baseline = model.baseline_cumulative_hazard_
    times, steps = baseline.index.to_numpy(float), baseline.to_numpy(float).ravel()
    at = np.where(time <= horizon, time, float(horizon))
    before = np.searchsorted(times, at, side="left")
    upto = np.searchsorted(times, at, side="right")
    cumulative = np.concatenate([[0.0], steps])[np.where(time <= horizon, before, upto)]
    return np.asarray(np.exp(-cumulative * hazard), dtype=np.float64)


def _weights(g: Floats, censored_in_window: Bools) -> Floats:
    return np.where(censored_in_window, 0.0, 1.0 / np.maximum(g, SMALLEST_G))


def _impute_and_scale(panel: Floats, train: Bools) -> Floats:
    """The panel's columns that training patients have, missing values at the training median."""
    measured_columns = ~np.all(np.isnan(panel[train]), axis=0)
    panel = panel[:, measured_columns]
    median = np.nanmedian(panel[train], axis=0)
    complete = np.where(np.isnan(panel), median, panel)
    centre, spread = complete[train].mean(axis=0), complete[train].std(axis=0)
    return np.asarray((complete - centre) / np.where(spread > 0, spread, 1.0), dtype=np.float64)
