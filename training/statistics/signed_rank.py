"""Did a value change in the same patients? Exact signed-rank test, shift and interval."""

import math
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata  # type: ignore[import-untyped, unused-ignore]  # no stubs

from features.arrays import Floats, Ints

LEVEL = 0.95
# Below, even the clearest change among n patients gives p = 2^(1 - n) > 0.05.
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

    Assumes that, were there no change, each patient's might as well have had the other sign.
    Exact at any n: the distribution of the sum of ranks over all 2^n signs, ties by mid-ranks;
    changes of 0 are left out. Shift: median of all means of two changes (Walsh averages); its
    interval inverts the test (Hodges & Lehmann, Ann Math Stat 1963;34:598), NaN where n is too
    small for 95 %.

    >>> found = signed_rank(np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]))
    >>> found.shift, found.low, found.high, found.p
    (3.5, 1.0, 6.0, 0.03125)
    """
    moved = change[change != 0]
    n = int(change.size)
    if n == 0:
        return Shift(0, math.nan, math.nan, math.nan, math.nan, 1.0)
    i, j = np.triu_indices(n)
    walsh = np.sort((change[i] + change[j]) / 2)
    low, high = _interval(walsh, n)
    return Shift(n, float(np.median(walsh)), low, high, _p(moved), min(1.0, 2.0 ** (1 - n)))


def _p(moved: Floats) -> float:
    if moved.size == 0:
        return 1.0
    doubled = np.rint(2 * rankdata(np.abs(moved))).astype(np.int64)
    chance = sum_distribution(doubled)
    positive = int(doubled[moved > 0].sum())
    tail = min(positive, int(doubled.sum()) - positive)
    return min(1.0, 2 * float(chance[: tail + 1].sum()))


def sum_distribution(ranks: Ints) -> Floats:
    """Chance of each sum of a random half of whole ranks, shape (sum + 1,): one fair coin a rank.

    >>> sum_distribution(np.array([1, 2])).tolist()
    [0.25, 0.25, 0.25, 0.25]
    """
    chance = np.zeros(int(ranks.sum()) + 1)
    chance[0] = 1.0
    for rank in ranks:
        with_it = np.zeros_like(chance)
        with_it[rank:] = chance[: chance.size - rank]
        chance = (chance + with_it) / 2
    return chance


def _interval(walsh: Floats, n: int) -> tuple[float, float]:
    cumulative = np.cumsum(sum_distribution(np.arange(1, n + 1)))
    below = int(np.searchsorted(cumulative, (1 - LEVEL) / 2, side="right"))
    if below == 0:  # not even all signs alike is rare enough
        return math.nan, math.nan
    return float(walsh[below - 1]), float(walsh[walsh.size - below])
