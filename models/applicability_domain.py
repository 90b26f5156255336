"""Applicability domain: is this patient like those the model was trained on?

Ranges per feature, and one distance that sees unusual combinations of usual values. A model
flags a patient outside its training population, and abstains far outside.
"""

import math
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from features.arrays import Floats

FLAG_QUANTILE = 0.99
"""A patient farther than 99 % of held-out training patients is flagged."""
ABSTAIN_RATIO = 3.0
"""Beyond three times the flagging distance, no risk is given: pure extrapolation."""
NOISE = 0.05
"""Share of a feature's variance that is its own: parts that add up exactly in training (CD14 and
CD16 monocytes to monocytes) must not make a rounding error a distance."""
RANGE_SHARE = 0.1
"""A patient is flagged too when more of the measured features lie outside the training ranges."""
LEAST_MEASURED = 3
"""Commonly measured features that a patient must have for any risk, or a third of them where that
is fewer. Three routine values predicted almost as well as 65 in a hospital that had no others
(`benchmarks tongji`); with fewer a risk would be little else than the cohort's."""
USUAL_SHARE = 1 / 3
"""With a smaller share of the commonly measured features the answer is flagged."""


@dataclass(frozen=True)
class Domain:
    """Training ranges and covariance of p features.

    `low`, `high`: minimum and maximum; `usual_low`, `usual_high`: 5 % and 95 %; NaN where nobody
    had the feature. `correlation` is the shrunken covariance of the standardised features, with
    NOISE added; `scale` 0 marks a constant one, which the distance leaves out. `missing_rate`:
    share of training patients without it. `limit` is the flagging distance.
    """

    low: Floats
    high: Floats
    usual_low: Floats
    usual_high: Floats
    centre: Floats
    scale: Floats
    correlation: Floats
    missing_rate: Floats
    limit: float


def learn_domain(X: Floats, folds: int = 10) -> Domain:
    """Ranges, covariance and limit from the training patients, X (n, p) with NaN.

    The limit is the 99 % quantile of the distances of patients left out of the covariance, since
    patients lie closer to a covariance they shaped. The fold of a row
    depends on its position, so shuffle sorted rows first.
    """
    held_out = np.empty(len(X))
    fold_of_row = np.arange(len(X)) % min(folds, len(X))
    for fold in np.unique(fold_of_row):
        inside = fold_of_row != fold
        centre, scale, correlation = _shape_of(X[inside])
        held_out[~inside] = [_distance(x, centre, scale, correlation) for x in X[~inside]]
    observed = ~np.isnan(X)
    ranges = np.full((4, X.shape[1]), np.nan)
    for j in np.flatnonzero(observed.any(axis=0)):
        ranges[:, j] = np.quantile(X[observed[:, j], j], [0.0, 1.0, 0.05, 0.95])
    centre, scale, correlation = _shape_of(X)
    return Domain(
        low=ranges[0],
        high=ranges[1],
        usual_low=ranges[2],
        usual_high=ranges[3],
        centre=centre,
        scale=scale,
        correlation=correlation,
        missing_rate=1.0 - observed.mean(axis=0),
        limit=float(np.quantile(held_out, FLAG_QUANTILE)),
    )


def distance(domain: Domain, x: Floats) -> float:
    """Mahalanobis distance per measured feature: sqrt(z' C^-1 z / k) over the k measured ones.

    Below 1 for a typical patient, however many features are measured.
    """
    return float(_distance(x, domain.centre, domain.scale, domain.correlation))


def out_of_range(domain: Domain, x: Floats) -> NDArray[np.intp]:
    """Columns whose value lies below the training minimum or above its maximum.

    A value of a feature that no training patient had is out of range too.
    """
    outside: NDArray[np.intp] = _outside(x, domain.low, domain.high)
    return outside


def outside_population(domain: Domain, x: Floats, far: float) -> bool:
    """Farther than 99 % of training patients, or too many values beyond their ranges.

    `far` is the patient's `distance`.
    """
    n_measured, _, _ = _count_measured(x, domain.missing_rate)
    return far > domain.limit or len(out_of_range(domain, x)) > RANGE_SHARE * n_measured


def usual_measurements(domain: Domain, x: Floats) -> tuple[int, int]:
    """How many features most training patients had, and how many of these the patient has."""
    _, common, both = _count_measured(x, domain.missing_rate)
    return common, both


def has_few_measurements(domain: Domain, x: Floats) -> bool:
    """Whether the patient has under a third of the features that most training patients had."""
    common, both = usual_measurements(domain, x)
    return both < USUAL_SHARE * common


def reason_to_abstain(domain: Domain, x: Floats, far: float) -> str | None:
    """One sentence when no risk should be given, else None. It holds no patient's value.

    `far` is the patient's `distance`.
    """
    common, both = usual_measurements(domain, x)
    least = min(LEAST_MEASURED, math.ceil(USUAL_SHARE * common))
    if both < least:
        return (
            f"No risk is given: it needs {least} of the {common} features that were measured in "
            f"most training patients, and {both} {'is' if both == 1 else 'are'} here."
        )
    if far > ABSTAIN_RATIO * domain.limit:
        return (
            f"No risk is given: this patient is over {ABSTAIN_RATIO:g} times as far from the "
            "training population as 99 % of its own patients."
        )
    return None


@njit(cache=True, nogil=True)
def _outside(x: Floats, low: Floats, high: Floats) -> NDArray[np.intp]:
    """Positions of values beyond the ranges; comparison with NaN fails, so no range is outside."""
    columns = np.empty(len(x), np.intp)
    count = 0
    for j in range(len(x)):
        if not np.isnan(x[j]) and not (low[j] <= x[j] <= high[j]):
            columns[count] = j
            count += 1
    return columns[:count]


@njit(cache=True, nogil=True)
def _count_measured(x: Floats, missing_rate: Floats) -> tuple[int, int, int]:
    """Features measured, features measured in most training patients, and both."""
    n_measured = common = both = 0
    for j in range(len(x)):
        usual = missing_rate[j] < 0.5
        is_measured = not np.isnan(x[j])
        n_measured += is_measured
        common += usual
        both += usual and is_measured
    return n_measured, common, both


@njit(cache=True, nogil=True)
def _distance(x: Floats, centre: Floats, scale: Floats, correlation: Floats) -> float:
    """sqrt(z' C^-1 z / k) over the k measured features that vary.

    One loop over rows computes the Cholesky factor, C = L L', and solves L y = z, so that
    z' C^-1 z = y'y. NumPy's solver takes three times as long for one patient, most of it overhead.
    """
    observed_columns = np.empty(len(x), np.intp)
    k = 0
    for j in range(len(x)):
        if not np.isnan(x[j]) and scale[j] > 0.0:
            observed_columns[k] = j
            k += 1
    factor = np.empty((k, k))
    y = np.empty(k)
    squared = 0.0
    for i in range(k):
        for j in range(i + 1):
            pivot = correlation[observed_columns[i], observed_columns[j]]
            for m in range(j):
                pivot -= factor[i, m] * factor[j, m]
            factor[i, j] = np.sqrt(pivot) if i == j else pivot / factor[j, j]
        rest = (x[observed_columns[i]] - centre[observed_columns[i]]) / scale[observed_columns[i]]
        for m in range(i):
            rest -= factor[i, m] * y[m]
        y[i] = rest / factor[i, i]
        squared += y[i] ** 2
    return np.sqrt(squared / k) if k else 0.0


def _shape_of(X: Floats) -> tuple[Floats, Floats, Floats]:
    """Mean and SD of observed values, and their shrunken covariance with missing at the mean."""
    observed = ~np.isnan(X)
    count = np.maximum(observed.sum(axis=0), 1)
    centre = np.where(observed, X, 0.0).sum(axis=0) / count
    deviation = np.where(observed, X - centre, 0.0)
    scale = np.sqrt((deviation**2).sum(axis=0) / count)
    scale = np.where(scale > 1e-9 * (1.0 + np.abs(centre)), scale, 0.0)
    z = np.divide(deviation, scale, out=np.zeros_like(deviation), where=scale > 0)
    correlation = (1.0 - NOISE) * shrunken_covariance(z) + NOISE * np.eye(len(scale))
    return centre, scale, correlation


def shrunken_covariance(z: Floats, weight: Floats | None = None) -> Floats:
    """Ledoit-Wolf covariance of centred z (n, p): (1 - a) S + a mean(diag S) I.

    The weight a minimises the expected squared error (Ledoit & Wolf 2004, J Multivariate Anal
    88:365), so it is defined and invertible with fewer patients than features. A row of `weight`
    2 counts as two rows.

    >>> shrunken_covariance(np.array([[1.0, 1.0], [-1.0, -1.0], [1.0, -1.0], [-1.0, 1.0]])).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    share = np.ones(len(z)) if weight is None else weight
    n, p = float(share.sum()), z.shape[1]
    sample = (z * share[:, None]).T @ z / n
    mean = float(np.trace(sample)) / p
    target = mean * np.eye(p)
    apart = float(((sample - target) ** 2).sum())
    squared = z**2
    spread = float(((squared * share[:, None]).T @ squared).sum()) / n - float((sample**2).sum())
    shrinkage = min(1.0, max(0.0, spread / n / apart)) if apart > 0 else 1.0
    shrunk: Floats = (1.0 - shrinkage) * sample + shrinkage * target
    return shrunk
