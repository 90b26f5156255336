"""Data drift: population stability index, Kolmogorov-Smirnov distance, missing values."""

from dataclasses import dataclass, replace

import numpy as np
from scipy import stats

from features.arrays import Floats, Ints
from training.statistics.significance.holm import holm
from training.tracking.training_quantiles import TrainingQuantiles

# Bins of the population stability index: training deciles, as the credit-scoring practice that
# named the index (Siddiqi 2006) uses.
DECILES = np.linspace(0.1, 0.9, 9)
# Under this many new values a feature is reported without a verdict.
MIN_VALUES = 10


@dataclass(frozen=True)
class Drift:
    """One feature of the new table against the training cohort.

    `psi` and the value it exceeds in 5 % of tables without any drift (`psi_limit`), `ks` the
    largest distance of the distribution functions with its p-value, `p_missing` of the change in
    the share of missing values. `drifted` is Holm's verdict at 5 % over all features and both
    p-values.
    """

    feature: str
    n: int
    missing: float
    missing_training: float
    psi: float
    psi_limit: float
    ks: float
    p_value: float
    p_missing: float
    drifted: bool


def distribution(levels: Floats, quantiles: Floats) -> tuple[Floats, Floats]:
    """Distinct quantile values and the training distribution function at each.

    Equal quantiles are an atom (a fraction that is often 0): the function there is the highest
    of their levels, so ties fall into one bin instead of several empty ones.

    >>> [part.tolist() for part in distribution(np.array([0.0, 0.5, 1.0]), np.array([0., 0., 3.]))]
    [[0.0, 3.0], [0.5, 1.0]]
    """
    values, first = np.unique(quantiles[::-1], return_index=True)
    return values, levels[::-1][first]


def population_stability(expected: Floats, counts: Ints, n_training: int) -> float:
    """Population stability index, sum over bins of (p - q) ln(p / q).

    `expected` are the bins' shares in training (q), `counts` the new values in each bin; half a
    value is added to every count on both sides, so that an empty bin gives no infinity.
    """
    q = (expected * n_training + 0.5) / (n_training + 0.5 * expected.size)
    p = (counts + 0.5) / (counts.sum() + 0.5 * counts.size)
    return float(np.sum((p - q) * np.log(p / q)))


def stability_limit(n_bins: int, n: int, n_training: int) -> float:
    """Value that the index exceeds in 5 % of tables from the training distribution.

    Without drift the index is about (1/n + 1/m) chi-squared with bins - 1 degrees of freedom
    (Yurdakul & Naranjo, J Risk Model Valid 2020;14(4)), so a fixed 0.1 or 0.25 gives false
    alarms in small cohorts.

    >>> round(stability_limit(10, 50, 200), 2)
    0.42
    """
    return float(stats.chi2.ppf(0.95, n_bins - 1) * (1 / n + 1 / n_training))


def kolmogorov_smirnov(
    values: Floats, points: Floats, cdf: Floats, n_training: int
) -> tuple[float, float]:
    """Largest distance between the new values' and the training distribution function, and p.

    Taken at the stored quantiles, which makes the test a little conservative; p is the two-sample
    asymptotic one.
    """
    new = np.searchsorted(np.sort(values), points, side="right") / values.size
    distance = float(np.max(np.abs(new - cdf)))
    effective = np.sqrt(values.size * n_training / (values.size + n_training))
    return distance, float(stats.kstwobign.sf(distance * effective))


def drift(X: Floats, training: TrainingQuantiles) -> list[Drift]:
    """Compare each column of a new table X (n, p) with the training quantiles a model carries.

    Assumes one row a patient (several rows of one patient are not independent values). Missing
    values are NaN.
    """
    drifts = [_feature_drift(j, X[:, j], training) for j in range(len(training.names))]
    verdicts = holm([p for one in drifts for p in (one.p_value, one.p_missing)])
    pairs = zip(verdicts[::2], verdicts[1::2], strict=True)
    return [replace(one, drifted=any(pair)) for one, pair in zip(drifts, pairs, strict=True)]


def _feature_drift(j: int, new: Floats, training: TrainingQuantiles) -> Drift:
    """Column j of the new table, before the verdict over all features."""
    finite, missing = new[np.isfinite(new)], float(training.missing[j])
    n_training = round(training.n * (1 - missing))
    table = [[new.size - finite.size, finite.size], [training.n - n_training, n_training]]
    undefined = float("nan")
    missing_only = Drift(
        feature=training.names[j], n=new.size, missing=1 - finite.size / new.size,
        missing_training=missing, psi=undefined, psi_limit=undefined, ks=undefined,
        p_value=undefined, p_missing=float(stats.fisher_exact(table).pvalue), drifted=False,
    )  # fmt: skip
    if min(finite.size, n_training) < MIN_VALUES:
        return missing_only
    quantiles = training.quantiles[j]
    points, cdf = distribution(training.levels, quantiles)
    edges = np.unique(np.interp(DECILES, training.levels, quantiles))
    expected = np.diff(np.concatenate([[0.0], np.interp(edges, points, cdf), [1.0]]))
    counts = np.bincount(np.searchsorted(edges, finite, side="left"), minlength=expected.size)
    ks, p_value = kolmogorov_smirnov(finite, points, cdf, n_training)
    return replace(
        missing_only,
        psi=population_stability(expected, counts, n_training),
        psi_limit=stability_limit(expected.size, finite.size, n_training),
        ks=ks,
        p_value=p_value,
    )
