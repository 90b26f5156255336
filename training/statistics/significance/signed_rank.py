"""Wilcoxon's signed-rank test, exact at any number of patients, with Hodges-Lehmann shift."""

import math
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata  # type: ignore[import-untyped, unused-ignore]  # no stubs

from features.arrays import Floats, Ints

LEVEL = 0.95
# With fewer, even the clearest change among n patients gives p = 2^(1 - n) > 0.05.
LEAST_PATIENTS = 6


@dataclass(frozen=True)
class Shift:
    """The Hodges-Lehmann shift with its interval, and two-sided p; NaN where undefined.

    `n` patients took part; `smallest_p` is the least p that so many could have given.
    """

    n: int
    shift: float
    low: float
    high: float
    p: float
    smallest_p: float


def signed_rank(change: Floats) -> Shift:
    """Wilcoxon's signed-rank test of changes (n,), one a patient.

    Assumes that without a change in the cohort each patient's change would have either sign with
    equal probability. Exact at any n: the distribution of the sum of ranks over all 2^n signs,
    ties by mid-ranks; changes of 0 are left out. Shift: median of all means of two changes (Walsh
    averages); its interval inverts the test (Hodges & Lehmann, Ann Math Stat 1963;34:598), NaN
    where n is too small for 95 %.

    >>> result = signed_rank(np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]))
    >>> result.shift, result.low, result.high, result.p
    (3.5, 1.0, 6.0, 0.03125)
    """
    n = int(change.size)
    if n == 0:
        return Shift(0, math.nan, math.nan, math.nan, math.nan, 1.0)
    i, j = np.triu_indices(n)
    walsh = np.sort((change[i] + change[j]) / 2)
    low, high = _interval(walsh, n)
    p = _p_value(change[change != 0])
    return Shift(n, float(np.median(walsh)), low, high, p, min(1.0, 2.0 ** (1 - n)))


def _p_value(nonzero: Floats) -> float:
    if nonzero.size == 0:
        return 1.0
    doubled = np.rint(2 * rankdata(np.abs(nonzero))).astype(np.int64)
    probability = sum_distribution(doubled)
    positive = int(doubled[nonzero > 0].sum())
    tail = min(positive, int(doubled.sum()) - positive)
    return min(1.0, 2 * float(probability[: tail + 1].sum()))


def sum_distribution(ranks: Ints) -> Floats:
    """Probability of each sum when every rank counts with probability 1/2, shape (sum + 1,).

    >>> sum_distribution(np.array([1, 2])).tolist()
    [0.25, 0.25, 0.25, 0.25]
    """
    probability = np.zeros(int(ranks.sum()) + 1)
    probability[0] = 1.0
    for rank in ranks:
        with_rank = np.zeros_like(probability)
        with_rank[rank:] = probability[: probability.size - rank]
        probability = (probability + with_rank) / 2
    return probability


def _interval(walsh: Floats, n: int) -> tuple[float, float]:
    cumulative = np.cumsum(sum_distribution(np.arange(1, n + 1)))
    below = int(np.searchsorted(cumulative, (1 - LEVEL) / 2, side="right"))
    if below == 0:  # even n changes of one sign are not rare enough
        return math.nan, math.nan
    return float(walsh[below - 1]), float(walsh[walsh.size - below])
