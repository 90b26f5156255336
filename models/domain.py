"""Is this patient like those the model was trained on?

Ranges per feature, and one distance that sees unusual combinations of usual values. A model
flags a patient outside its training population, and abstains far outside.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FLAG_QUANTILE = 0.99
"""A patient farther than 99 % of held-out training patients is flagged."""
ABSTAIN_RATIO = 3.0
"""Beyond three times the flagging distance, no risk is given: pure extrapolation."""
NOISE = 0.05
"""Share of a feature's variance that is its own: parts that add up exactly in training (CD14 and
CD16 monocytes to monocytes) must not make a rounding error a distance."""
RANGE_SHARE = 0.1
"""A patient is flagged too when more of the measured features lie outside the training ranges."""
LEAST_MEASURED = 1 / 3
"""Share of the commonly measured features that a patient must have. No more: a patient who has lost
the monocytes lacks all that is measured in them, and is the one to be warned about."""


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
    patients lie closer to a covariance they shaped. It takes each patient's fold from the row's
    place, so with sorted rows use shuffled ones.
    """
    held_out = np.empty(len(X))
    place = np.arange(len(X)) % min(folds, len(X))
    for fold in np.unique(place):
        inside = place != fold
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
    return _distance(x, domain.centre, domain.scale, domain.correlation)


def out_of_range(domain: Domain, x: Floats) -> NDArray[np.intp]:
    """Columns whose value lies below the training minimum or above its maximum.

    A value of a feature that no training patient had is out of range too.
    """
    inside = (x >= domain.low) & (x <= domain.high)
    return np.flatnonzero(~np.isnan(x) & ~inside)


def outside_population(domain: Domain, x: Floats, far: float) -> bool:
    """Farther than 99 % of training patients, or too many values beyond their ranges.

    `far` is the patient's `distance`.
    """
    measured = int((~np.isnan(x)).sum())
    return far > domain.limit or len(out_of_range(domain, x)) > RANGE_SHARE * measured


def reason_to_abstain(domain: Domain, x: Floats, far: float) -> str | None:
    """One sentence when no risk should be given, else None. It holds no patient's value.

    `far` is the patient's `distance`.
    """
    common = domain.missing_rate < 0.5
    measured = int((common & ~np.isnan(x)).sum())
    if measured < LEAST_MEASURED * int(common.sum()):
        return (
            f"No risk is given: it needs a third of the {int(common.sum())} features that were "
            f"measured in most training patients, and {measured} are here."
        )
    if far > ABSTAIN_RATIO * domain.limit:
        return (
            f"No risk is given: this patient is over {ABSTAIN_RATIO:g} times as far from the "
            "training population as 99 % of its own patients."
        )
    return None


def _distance(x: Floats, centre: Floats, scale: Floats, correlation: Floats) -> float:
    seen = np.flatnonzero(~np.isnan(x) & (scale > 0))
    if not len(seen):
        return 0.0
    z = (x[seen] - centre[seen]) / scale[seen]
    inner = correlation if len(seen) == len(x) else correlation[np.ix_(seen, seen)]
    return float(np.sqrt(z @ np.linalg.solve(inner, z) / len(seen)))


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


def shrunken_covariance(z: Floats) -> Floats:
    """Ledoit-Wolf covariance of centred z (n, p): (1 - a) S + a mean(diag S) I.

    The weight a minimises the expected squared error (Ledoit & Wolf 2004, J Multivariate Anal
    88:365), so it is defined and invertible with fewer patients than features.

    >>> shrunken_covariance(np.array([[1.0, 1.0], [-1.0, -1.0], [1.0, -1.0], [-1.0, 1.0]])).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    n, p = z.shape
    sample = z.T @ z / n
    mean = float(np.trace(sample)) / p
    target = mean * np.eye(p)
    apart = float(((sample - target) ** 2).sum())
    squared = z**2
    spread = float((squared.T @ squared).sum()) / n - float((sample**2).sum())
    weight = min(1.0, max(0.0, spread / n / apart)) if apart > 0 else 1.0
    shrunk: Floats = (1.0 - weight) * sample + weight * target
    return shrunk
