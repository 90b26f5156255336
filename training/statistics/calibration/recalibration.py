"""Closed test of model updating: keep, new intercept, new intercept and slope, or refit.

A stored model meets other patients. The refit, fitted to them, is tested against what changes
less: first against the model as it stands, then with a new intercept, then with a new intercept
and slope. The first that the refit does not clearly beat is taken. Each test is made at the same
level, and the chance of changing a model that is right stays at that level.
Reference: Vergouwe et al., Stat Med 2017;36:4529.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.stats import chi2

from features.arrays import Floats
from features.errors import InputError
from training.statistics.calibration.logistic import fit_logistic

Choice = Literal["keep", "intercept", "intercept_and_slope", "refit"]
LINE_PARAMETERS = 2  # of intercept and slope; a refit has more


@dataclass(frozen=True)
class ModelUpdate:
    """What the closed test chose, p of the refit against each lesser change, and these changes.

    `intercept` is the shift of the logit alone, `line` intercept and slope of the logit.
    """

    choice: Choice
    p_keep: float
    p_intercept: float
    p_line: float
    intercept: float
    line: tuple[float, float]

    def logit(self, stored: Floats, refit: Floats) -> Floats:
        """Logit of the model chosen, (n,), from those of the stored model and of the refit."""
        if self.choice == "refit":
            return refit
        shift, slope = {
            "keep": (0.0, 1.0),
            "intercept": (self.intercept, 1.0),
            "intercept_and_slope": self.line,
        }[self.choice]
        return np.asarray(shift + slope * stored, dtype=np.float64)


def closed_test(
    y: Floats,
    weight: Floats,
    logit: Floats,
    *,
    refit_logit: Floats,
    refit_parameters: int,
    alpha: float = 0.05,
    training_ratio: float = 0.0,
) -> ModelUpdate:
    """Choose the least change of a stored model that these patients do not contradict.

    `y` (n,) 1, 0 or NaN, `weight` (n,) of censoring, `logit` (n,) of the stored model,
    `refit_logit` (n,) of a model fitted to these patients by maximum likelihood with
    `refit_parameters`, its intercept included, above 2. Its predictors must contain the stored
    model's, or the likelihood ratio is no chi-squared. Likelihood ratios have as many degrees of
    freedom as the refit has parameters more. Weighted ratios are divided by sum w^2 / sum w, by
    which weights inflate them (Rao and Scott, Ann Stat 1984;12:46), and by 1 + `training_ratio`,
    events here over events in training: the stored model is an estimate too, and its error adds to
    the difference as in any comparison of two samples. With 0 it counts as known: a model of 250
    patients was then contradicted by patients of its own kind in 20 % instead of 5 % of cohorts.
    Raises InputError where the recalibrations do not exist.
    """
    if refit_parameters <= LINE_PARAMETERS:
        raise InputError(
            f"A refit has more than {LINE_PARAMETERS} parameters, or it is a recalibration; "
            f"{refit_parameters} came. Recalibrate instead."
        )
    use = ~np.isnan(y) & (weight > 0)
    y, logit, refit_logit = y[use], logit[use], refit_logit[use]
    weight = weight[use] / weight[use].mean() if use.any() else weight[use]
    intercept, line = _recalibrations(y, weight, logit)
    eta = (logit, intercept + logit, line[0] + line[1] * logit)
    p_keep, p_intercept, p_line = (
        _p_value(y, weight, lesser, refit_logit, refit_parameters - k, 1 + training_ratio)
        for k, lesser in enumerate(eta)
    )
    choice = _first_not_beaten((p_keep, p_intercept, p_line), alpha)
    return ModelUpdate(choice, p_keep, p_intercept, p_line, intercept, line)


def _first_not_beaten(p: tuple[float, float, float], alpha: float) -> Choice:
    choices: tuple[Choice, ...] = ("keep", "intercept", "intercept_and_slope")
    return next((c for c, value in zip(choices, p, strict=True) if value > alpha), "refit")


def _recalibrations(y: Floats, weight: Floats, logit: Floats) -> tuple[float, tuple[float, float]]:
    """Intercept with the slope at 1, and intercept with slope, by maximum likelihood."""
    ones = np.ones((len(y), 1))
    shift = fit_logistic(ones, y, weight, offset=logit)
    line = fit_logistic(np.column_stack([ones, logit]), y, weight)
    if shift is None or line is None:
        raise InputError(
            "Updating a model needs patients with and without the event whose risks differ and "
            f"overlap; among {len(y)} patients with a known outcome {int(y.sum())} had it, and no "
            "intercept and slope exist. Collect more patients, or keep the model."
        )
    return float(shift[0]), (float(line[0]), float(line[1]))


def _p_value(
    y: Floats, weight: Floats, lesser: Floats, refit: Floats, freedom: int, of_two: float
) -> float:
    """p of the likelihood ratio of the refit to the lesser change."""
    gain = _log_likelihood(y, weight, refit) - _log_likelihood(y, weight, lesser)
    inflation = float(np.sum(weight**2) / np.sum(weight))
    return float(chi2.sf(max(2 * gain / (inflation * of_two), 0.0), freedom))


def _log_likelihood(y: Floats, weight: Floats, eta: Floats) -> float:
    return float(np.sum(weight * (y * eta - np.logaddexp(0.0, eta))))
