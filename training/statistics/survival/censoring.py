"""Inverse probability of censoring weights (IPCW).

A patient lost to follow-up inside the window has no label. The weights let the patients who were
followed represent them: each counts 1/G times, G being the probability of still being followed.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.arrays import Bools, Floats, Ints
from models.endpoints import CENSORED
from training.cohort.labels import is_followed_through

# No patient counts more than 20 times: a smaller G means that hardly any patient was followed.
SMALLEST_G = 0.05
COX_PENALTY = 0.1  # ridge of the transplant model; keeps few transplants from separating
MIN_CENSORED_FOR_COX = 5  # fewer cannot be modelled: all patients share one curve


@dataclass(frozen=True)
class CensoringModel:
    """Probability G of each of n patients of not having been censored, as a step function.

    `days` (k,) rising, `share` (k,) the share not censored just after each, `hazard_ratio` (n,)
    each patient's own: G = share ** hazard_ratio. It is 1 where all share one curve.
    """

    days: Floats
    share: Floats
    hazard_ratio: Floats

    def after(self, day: float) -> Floats:
        """G of each patient at the end of a day, (n,): not censored up to and on it."""
        return self._value(np.full(len(self.hazard_ratio), float(day)), left_limit=False)

    def before(self, day: Floats) -> Floats:
        """G of each patient just before a day of their own, `day` (n,)."""
        return self._value(day, left_limit=True)

    def _value(self, day: Floats, left_limit: bool) -> Floats:
        baseline = step_value(self.days, self.share, day, left_limit)
        return np.asarray(baseline**self.hazard_ratio, dtype=np.float64)


def censoring_curve(time: Floats, code: Ints) -> tuple[Floats, Floats]:
    """Kaplan-Meier curve of censoring: distinct times, and the share not censored just after each.

    At a tie events come before censorings: a patient with an event on a day cannot be censored on
    it, and is not at risk of it. So scikit-survival counts too; a Kaplan-Meier fit with events
    and censorings swapped keeps such patients at risk, and differs where days are coarse.

    >>> days, followed = censoring_curve(np.array([5., 5., 9.]), np.array([1, 0, 0]))
    >>> followed.tolist()
    [0.5, 0.0]
    """
    days, position = np.unique(time, return_inverse=True)
    censored = np.bincount(position, weights=(code == CENSORED).astype(float), minlength=len(days))
    leaving = np.bincount(position, minlength=len(days))
    at_risk = len(time) - np.concatenate([[0], np.cumsum(leaving)[:-1]]) - (leaving - censored)
    share = np.divide(censored, at_risk, out=np.zeros(len(days)), where=at_risk > 0)
    return days, np.cumprod(1 - share)


def step_value(times: Floats, values: Floats, at: Floats, left_limit: bool = False) -> Floats:
    """Value of a survival step function at `at`, or its limit from the left."""
    index = np.searchsorted(times, at, side="left" if left_limit else "right")
    return np.concatenate([[1.0], values])[index]


def censoring_model(
    time: Floats, code: Ints, train: Bools | None = None, *, panel: Floats | None = None
) -> CensoringModel:
    """G of all patients, learned from those in `train` (n,) alone (all by default).

    Without a panel all share the Kaplan-Meier curve. With one (n, p), G depends on it through a
    ridge Cox model: assumes that, given the panel, whether a patient is censored (transplanted)
    is independent of the event. It may hold NaN: filled with the training median, then scaled by
    training moments. Under five censored training patients share one curve.
    Reference: Robins and Finkelstein, Biometrics 2000;56:779; lifelines' CoxPHFitter.
    """
    train = np.ones(len(time), dtype=bool) if train is None else train
    censored = code == CENSORED
    shared = CensoringModel(*censoring_curve(time[train], code[train]), np.ones(len(time)))
    if panel is None or censored[train].sum() < MIN_CENSORED_FOR_COX:
        return shared
    data = pd.DataFrame(_impute_and_scale(panel, train))
    data.columns = [f"x{j}" for j in range(data.shape[1])]
    data = data.loc[:, data[train].std() > 0]
    return _cox_model(data, time, censored, train) if data.shape[1] else shared


def censoring_weights(
    time: Floats, code: Ints, horizon: float, train: Bools | None = None
) -> Floats:
    """Inverse probability of censoring weights, shape (n,).

    1/G(T-) for an event in the window, 1/G(horizon-) for those followed through it, those censored
    on its last day included, 0 for those censored before. G- is the probability of being censored
    on that day or later: the Kaplan-Meier curve of censoring on the patients in `train` (all by
    default), so a test fold's follow-up never weighs its own training. G is held at 0.05 or above.
    Reference: Gerds and Schumacher, Biom J 2006;48:1029.

    >>> censoring_weights(np.array([10., 20., 30., 200.]), np.array([1, 0, 1, 0]), 180)
    array([1. , 0. , 1.5, 1.5])
    """
    return _weights(censoring_model(time, code, train), time, code, horizon)


def cox_weights(time: Floats, code: Ints, horizon: float, panel: Floats, train: Bools) -> Floats:
    """The same weights when transplant censors: G depends on the core panel, see above."""
    return _weights(censoring_model(time, code, train, panel=panel), time, code, horizon)


def _weights(model: CensoringModel, time: Floats, code: Ints, horizon: float) -> Floats:
    is_known = (code != CENSORED) | is_followed_through(time, code, horizon)
    g = model.before(np.minimum(time, float(horizon)))
    return np.where(is_known, 1.0 / np.maximum(g, SMALLEST_G), 0.0)


def _cox_model(data: pd.DataFrame, time: Floats, censored: Bools, train: Bools) -> CensoringModel:
    """Cox model of censoring. It depends on the order of times alone, so it is fitted to ranks:
    of a day's patients, those with an event come before those censored."""
    from lifelines import CoxPHFitter  # type: ignore[import-untyped, unused-ignore]  # no stubs

    days, position = np.unique(time, return_inverse=True)
    fit_data = data.assign(rank=2.0 * position + censored, censored=censored)[train]
    model = CoxPHFitter(penalizer=COX_PENALTY).fit(fit_data, "rank", "censored")
    baseline = model.baseline_cumulative_hazard_
    share = np.asarray(np.exp(-baseline.to_numpy(float).ravel()), dtype=np.float64)
    by_day = step_value(
        baseline.index.to_numpy(float), share, 2.0 * np.arange(len(days), dtype=np.float64) + 1
    )
    ratio = np.exp(np.asarray(model.predict_log_partial_hazard(data), dtype=np.float64))
    return CensoringModel(days, by_day, ratio)


def _impute_and_scale(panel: Floats, train: Bools) -> Floats:
    """The panel's columns that training patients have, missing values at the training median."""
    measured_columns = ~np.all(np.isnan(panel[train]), axis=0)
    panel = panel[:, measured_columns]
    median = np.nanmedian(panel[train], axis=0)
    complete = np.where(np.isnan(panel), median, panel)
    centre, spread = complete[train].mean(axis=0), complete[train].std(axis=0)
    return np.asarray((complete - centre) / np.where(spread > 0, spread, 1.0), dtype=np.float64)
