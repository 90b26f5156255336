"""Weights that stand in for patients lost to follow-up (inverse probability of censoring)."""

import numpy as np
import pandas as pd

from features.arrays import Bools, Floats, Ints
from models.endpoints import CENSORED

# One patient never counts for more than 20: a smaller G says that hardly anyone was followed.
SMALLEST_G = 0.05
COX_PENALTY = 0.1  # ridge of the transplant model; keeps few transplants from separating


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


def step_value(times: Floats, values: Floats, at: Floats, left: bool = False) -> Floats:
    """Value of a survival step function at `at`; `left` takes the limit from the left."""
    index = np.searchsorted(times, at, side="left" if left else "right")
    return np.concatenate([[1.0], values])[index]


def censoring_weights(
    time: Floats, code: Ints, horizon: float, train: Bools | None = None
) -> Floats:
    """Inverse-probability-of-censoring weights, shape (n,).

    1/G(T-) for an event in the window, 1/G(horizon) for those followed beyond it, 0 for those
    censored inside it. G is the Kaplan-Meier curve of censoring on the patients in `train`
    (all by default), so a test fold's follow-up never weighs its own training. G is kept at 0.05
    or above. Reference: Gerds and Schumacher, Biom J 2006;48:1029.

    >>> censoring_weights(np.array([10., 20., 30., 200.]), np.array([1, 0, 1, 0]), 180)
    array([1. , 0. , 1.5, 1.5])
    """
    fit = np.ones(len(time), dtype=bool) if train is None else train
    times, survival = kaplan_meier(time[fit], code[fit] == CENSORED)
    in_window = time <= horizon
    g = np.where(
        in_window,
        step_value(times, survival, time, left=True),
        step_value(times, survival, np.full(len(time), float(horizon))),
    )
    return np.where(in_window & (code == CENSORED), 0.0, 1.0 / np.maximum(g, SMALLEST_G))


def cox_weights(time: Floats, code: Ints, horizon: float, panel: Floats, train: Bools) -> Floats:
    """Weights when transplant censors: G depends on the core panel through a Cox model.

    Assumes that, given the panel, who is transplanted says nothing more about the event.
    `panel` (n, p) may hold NaN: filled with the training median, then scaled by training moments.
    Reference: Robins and Finkelstein, Biometrics 2000;56:779; lifelines' CoxPHFitter.
    """
    from lifelines import CoxPHFitter  # type: ignore[import-untyped, unused-ignore]  # no stubs

    censored = code == CENSORED
    if censored[train].sum() < 5:  # too few to model: everyone shares one curve
        return censoring_weights(time, code, horizon, train)
    data = pd.DataFrame(_filled_and_scaled(panel, train))
    data.columns = [f"x{j}" for j in range(data.shape[1])]
    data = data.loc[:, data[train].std() > 0]
    data["time"], data["censored"] = time, censored
    fitted = CoxPHFitter(penalizer=COX_PENALTY).fit(data[train], "time", "censored")
    hazard = np.exp(np.asarray(fitted.predict_log_partial_hazard(data), dtype=float))
    baseline = fitted.baseline_cumulative_hazard_
    times, steps = baseline.index.to_numpy(float), baseline.to_numpy(float).ravel()
    at = np.where(time <= horizon, time, float(horizon))
    before = np.searchsorted(times, at, side="left")
    upto = np.searchsorted(times, at, side="right")
    cumulative = np.concatenate([[0.0], steps])[np.where(time <= horizon, before, upto)]
    g = np.exp(-cumulative * hazard)
    return np.where((time <= horizon) & censored, 0.0, 1.0 / np.maximum(g, SMALLEST_G))


def _filled_and_scaled(panel: Floats, train: Bools) -> Floats:
    seen = ~np.all(np.isnan(panel[train]), axis=0)
    panel = panel[:, seen]
    median = np.nanmedian(panel[train], axis=0)
    filled = np.where(np.isnan(panel), median, panel)
    centre, spread = filled[train].mean(axis=0), filled[train].std(axis=0)
    return np.asarray((filled - centre) / np.where(spread > 0, spread, 1.0), dtype=np.float64)
