"""Multiple imputation: draws of missing inputs given the measured ones, and Rubin's rules.

Filling a missing value with its expectation hides that it is not known. Each of m draws completes
the table with values that might have been measured; an estimate is made from each, and its
uncertainty has a part within and a part between the draws. Assumes that inputs are missing at
random given the measured ones. Reference: Rubin, Multiple Imputation for Nonresponse in Surveys,
1987; Barnard and Rubin, Biometrika 1999;86:948.
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

from features.arrays import Floats
from features.errors import InputError
from models.missing_inputs import conditional_normal

LEVEL = 0.95
NO_SHARE = 1e-12  # of the variance between imputations; its square would leave the floats


def imputation_draws(X: Floats, correlation: Floats, m: int, *, seed: int) -> Floats:
    """Completed tables (m, n, p): NaN of X (n, p) drawn from their conditional normal.

    X is standardised, `correlation` (p, p) positive definite. For a row with measured z_o the
    missing are normal with mean S_mo S_oo^-1 z_o and covariance S_mm - S_mo S_oo^-1 S_om. Rows
    with the same inputs missing are drawn together. Measured values stay as they are. Raises
    InputError for shapes that differ and for under one draw.

    >>> X = np.array([[0.5, np.nan], [1.0, 2.0]])
    >>> draws = imputation_draws(X, np.array([[1.0, 0.9], [0.9, 1.0]]), 2000, seed=0)
    >>> float(draws[:, 0, 1].mean().round(1)), draws[:, 1].std().round(1) > 0
    (0.4, np.True_)
    """
    _check(X, correlation, m)
    rng = np.random.default_rng(seed)
    draws = np.repeat(X[None], m, axis=0)
    patterns, row_pattern = np.unique(np.isnan(X), axis=0, return_inverse=True)
    for k, missing in enumerate(patterns):
        if missing.any():
            rows = np.flatnonzero(row_pattern.ravel() == k)
            noise = rng.standard_normal((m, len(rows), int(missing.sum())))
            means = np.array([conditional_normal(X[i], correlation)[0] for i in rows])
            _, rest = conditional_normal(X[rows[0]], correlation)
            draws[np.ix_(np.arange(m), rows, missing)] = means + noise @ _root(rest).T
    return draws


@dataclass(frozen=True)
class PooledEstimate:
    """An estimate over imputations with its interval.

    `missing_information` is the share of the variance that is due to what is missing.
    """

    value: float
    low: float
    high: float
    error: float
    missing_information: float


def pooled_estimate(
    estimate: Floats, variance: Floats, complete_freedom: float = np.inf
) -> PooledEstimate:
    """Rubin's rules for a scalar: mean of the estimates (m,), variance W + (1 + 1/m) B.

    `variance` (m,) is each estimate's own; W their mean, B the variance between estimates.
    The interval is t with Barnard and Rubin's degrees of freedom; `complete_freedom` are those
    that complete data would have had. Give estimates on a scale on which they are nearly normal
    (logit AUC, ln O/E). Raises InputError for under two imputations.

    >>> pooled = pooled_estimate(np.array([1.0, 2.0, 3.0]), np.array([0.5, 0.5, 0.5]))
    >>> pooled.value, round(pooled.error**2, 4)
    (2.0, 1.8333)
    """
    m = len(estimate)
    if m < 2 or len(variance) != m:
        raise InputError(
            "Rubin's rules need at least two estimates, each with its variance; "
            f"{m} and {len(variance)} came."
        )
    value, within = float(np.mean(estimate)), float(np.mean(variance))
    between = (1 + 1 / m) * float(np.var(estimate, ddof=1))
    total = within + between
    share = between / total if total > 0 else 0.0
    reach = float(student.ppf((1 + LEVEL) / 2, _freedom(m, share, complete_freedom)))
    half = reach * float(np.sqrt(total))
    return PooledEstimate(value, value - half, value + half, float(np.sqrt(total)), share)


def _freedom(m: int, share: float, complete: float) -> float:
    """Barnard and Rubin's degrees of freedom; infinite where nothing is missing."""
    of_draws = (m - 1) / share**2 if share > NO_SHARE else np.inf
    if np.isinf(complete):
        return float(of_draws)
    observed = complete * (complete + 1) / (complete + 3) * (1 - share)
    return float(1 / (1 / of_draws + 1 / observed))


def _root(covariance: Floats) -> Floats:
    """A square root R with R R' = covariance, which may be singular."""
    values, axes = np.linalg.eigh(covariance)
    return np.asarray(axes * np.sqrt(np.maximum(values, 0.0)), dtype=np.float64)


def _check(X: Floats, correlation: Floats, m: int) -> None:
    p = X.shape[1]
    if correlation.shape != (p, p):
        raise InputError(
            f"A correlation matrix has a row and a column for each input; {p} inputs and a matrix "
            f"of {correlation.shape} came."
        )
    if m < 1:
        raise InputError(f"Multiple imputation needs at least one draw; {m} came.")
