"""Random-effects meta-analysis of a few estimates: REML, Hartung-Knapp, prediction interval."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.stats import t as student

from features.arrays import Floats
from features.errors import InputError

LEVEL = 0.95
LEAST_ESTIMATES = 3  # a prediction interval has k - 2 degrees of freedom
LARGEST_TAU = 10.0  # in SDs of the estimates: the search for tau ends there


@dataclass(frozen=True)
class RandomEffects:
    """Mean of the sites' true values, its interval, their SD tau, and where a new site may lie."""

    mean: float
    low: float
    high: float
    tau: float
    prediction_low: float
    prediction_high: float
    n: int


def random_effects(estimate: Floats, error: Floats) -> RandomEffects:
    """Summary of k estimates (k,) with standard errors (k,), k at least 3.

    Assumes that each estimate is normal around its site's true value, and these around the mean
    with SD tau, estimated by restricted maximum likelihood. The interval of the mean is Hartung
    and Knapp's (Stat Med 2001;20:3875), t with k - 1 degrees of freedom, its scale not under 1
    so that a chance agreement of few sites does not shorten it. The prediction interval is
    mean +- t(k - 2) sqrt(tau^2 + SE^2) (Riley et al., BMJ 2011;342:d549), for the true value of a
    new site. Raises InputError for under 3 estimates or errors not above 0.

    >>> summary = random_effects(np.array([0.1, 0.1, 0.1]), np.array([0.2, 0.2, 0.2]))
    >>> round(summary.mean, 6), round(summary.tau, 6)
    (0.1, 0.0)
    """
    _check(estimate, error)
    k = len(estimate)
    tau = reml_tau(estimate, error)
    weight = 1 / (error**2 + tau**2)
    mean = float(np.average(estimate, weights=weight))
    scale = max(1.0, float(np.sum(weight * (estimate - mean) ** 2)) / (k - 1))
    se = float(np.sqrt(scale / weight.sum()))
    half = float(student.ppf((1 + LEVEL) / 2, k - 1)) * se
    reach = float(student.ppf((1 + LEVEL) / 2, k - 2)) * float(np.hypot(tau, se))
    return RandomEffects(mean, mean - half, mean + half, tau, mean - reach, mean + reach, k)


def reml_tau(estimate: Floats, error: Floats) -> float:
    """Restricted maximum-likelihood SD of the true values; 0 where nothing exceeds chance."""
    spread = float(np.std(estimate))
    if spread == 0:
        return 0.0

    def loss(tau: float) -> float:
        weight = 1 / (error**2 + tau**2)
        mean = np.average(estimate, weights=weight)
        quadratic = np.sum(weight * (estimate - mean) ** 2)
        return float(quadratic - np.log(weight).sum() + np.log(weight.sum())) / 2

    grid = np.linspace(0.0, LARGEST_TAU * spread, 201)
    best = int(np.argmin([loss(tau) for tau in grid]))
    ends = grid[max(best - 1, 0)], grid[min(best + 1, 200)]
    lowest = minimize_scalar(loss, bounds=ends, method="bounded", options={"xatol": 1e-10 * spread})
    return float(lowest.x) if loss(float(lowest.x)) < loss(0.0) - 1e-12 else 0.0


def _check(estimate: Floats, error: Floats) -> None:
    if len(estimate) < LEAST_ESTIMATES:
        raise InputError(
            f"A random-effects summary needs at least {LEAST_ESTIMATES} estimates; "
            f"{len(estimate)} came. Show the estimates one by one."
        )
    if not (np.isfinite(estimate).all() and np.isfinite(error).all() and (error > 0).all()):
        raise InputError(
            "A random-effects summary needs finite estimates with standard errors above 0; "
            "others came. Leave out the sites where they are undefined."
        )
