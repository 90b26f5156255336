"""Wilcoxon-Mann-Whitney rank-sum test of two groups of patients, exact and within sites.

Each patient gives one value. Where there are sites, only patients of the same site are compared,
so that a site with sicker patients and deeper sequencing makes no difference.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq  # type: ignore[import-untyped, unused-ignore]  # no stubs
from scipy.stats import norm  # type: ignore[import-untyped, unused-ignore]  # no stubs

from features.arrays import Bools, Floats, Ints, Objects

# Additions that the exact distribution may cost (under 0.1 s); beyond, both groups are so large
# that the normal approximation agrees to two digits of p.
EXACT_COST = 2e7
LARGEST_EXACT = 1000  # patients a site; beyond, binomial coefficients overflow
Z = 1.959964  # 97.5 % quantile: 95 % intervals


@dataclass(frozen=True)
class RankSumResult:
    """The group's values against the others'.

    `superiority` is the chance that a patient of the group has a higher value than another one
    of the same site (ties half; the AUC), with its 95 % interval; `shift` how much higher, in the
    value's unit (Hodges-Lehmann), with its interval. `smallest_p` is the least p that any values
    could have given with these numbers of patients. Undefined quantities are NaN.
    """

    n_group: int
    n_others: int
    superiority: float = math.nan
    low: float = math.nan
    high: float = math.nan
    shift: float = math.nan
    shift_low: float = math.nan
    shift_high: float = math.nan
    p: float = math.nan
    smallest_p: float = 1.0


def compare(value: Floats, group: Bools, site: Objects | None = None) -> RankSumResult:
    """Compare values (n,) of the patients in `group` with the others, within sites.

    Assumes that without a difference every patient of a site is equally likely to belong to the
    group. Two-sided p from the exact permutation distribution of the number of wins
    (Wilcoxon-Mann-Whitney, ties by mid-ranks), by the normal distribution where both groups are
    large. Values must not be missing.

    >>> compare(np.arange(7.0), np.arange(7) > 4).p.__round__(3)
    0.095
    """
    strata = [stratum for stratum in _strata(value, group, site) if stratum.m and stratum.n]
    pairs = sum(stratum.m * stratum.n for stratum in strata)
    n_group = int(group.sum())
    if not pairs:
        return RankSumResult(n_group, len(value) - n_group)
    wins = sum(stratum.wins for stratum in strata)
    share = wins / pairs
    low, high = superiority_interval(share, [(stratum.m, stratum.n) for stratum in strata])
    p, smallest = _p_values(strata, wins)
    return RankSumResult(
        n_group, len(value) - n_group, share, low, high, *_shift(strata), p=p, smallest_p=smallest
    )


@dataclass(frozen=True)
class _Stratum:
    """One site: values of the group (m,) and of the others (n,)."""

    group: Floats
    others: Floats

    @property
    def m(self) -> int:
        return len(self.group)

    @property
    def n(self) -> int:
        return len(self.others)

    @property
    def wins(self) -> float:
        """Pairs in which the group's patient is higher, ties half."""
        difference = self.group[:, None] - self.others
        return float(np.sum(difference > 0) + 0.5 * np.sum(difference == 0))

    @property
    def variance(self) -> float:
        """Permutation variance of the wins, ties included."""
        ranks = self.doubled_ranks() / 2
        return self.m * self.n / (self.m + self.n) * float(np.var(ranks, ddof=1))

    def doubled_ranks(self) -> Ints:
        """Twice the mid-ranks of all values, whole numbers, ascending."""
        _, position, count = np.unique(
            np.concatenate([self.group, self.others]), return_inverse=True, return_counts=True
        )
        last = np.cumsum(count)
        return np.sort((2 * last - count + 1)[position]).astype(np.int64)


def _strata(value: Floats, group: Bools, site: Objects | None) -> Iterator[_Stratum]:
    site_index = np.zeros(len(value), np.int64)
    if site is not None:
        site_index = np.unique(site.astype(str), return_inverse=True)[1]
    for number in np.unique(site_index):
        inside = site_index == number
        yield _Stratum(value[inside & group], value[inside & ~group])


def superiority_interval(share: float, sizes: list[tuple[int, int]]) -> tuple[float, float]:
    """95 % interval of the chance to be higher, from group sizes (m, n) per site.

    The values theta with |share - theta| <= z sqrt(V(theta)), V after Newcombe's method 5:
    theta (1 - theta) (1 + k (1 - theta)/(2 - theta) + k theta/(1 + theta)) / (m n) with
    k = (m + n)/2 - 1, sites weighted by their pairs. Never empty at 0 or 1, unlike DeLong's.
    Reference: Newcombe, Stat Med 2006;25:559.

    >>> [round(end, 2) for end in superiority_interval(1.0, [(2, 5)])]
    [0.49, 1.0]
    """
    weight = np.array([m * n for m, n in sizes], dtype=float)

    def spread(theta: float) -> float:
        k = np.array([(m + n) / 2 - 1 for m, n in sizes])
        inner = 1 + k * (1 - theta) / (2 - theta) + k * theta / (1 + theta)
        variance = float(np.sum(weight * theta * (1 - theta) * inner)) / float(weight.sum()) ** 2
        return Z * float(np.sqrt(variance))

    # Start slightly inside (0, 1), because both ends are roots.
    inside = min(max(share, 1e-9), 1 - 1e-9)
    low = 0.0 if share <= 0 else brentq(lambda t: share - t - spread(t), 0.0, inside)
    high = 1.0 if share >= 1 else brentq(lambda t: t - share - spread(t), inside, 1.0)
    return float(low), float(high)


def _shift(strata: list[_Stratum]) -> tuple[float, float, float]:
    """Hodges-Lehmann shift: median of all pairs' differences, with its 95 % interval.

    The ends are the differences at 1/2 -+ z times the standard deviation that the share of wins
    has without a difference (Lehmann 1975, chapter 2.6); NaN where the groups are so small that
    this lies outside (0, 1).
    """
    differences = np.sort(
        np.concatenate([(stratum.group[:, None] - stratum.others).ravel() for stratum in strata])
    )
    reach = Z * float(np.sqrt(_variance(strata))) / len(differences)
    if reach >= 0.5:
        return float(np.median(differences)), math.nan, math.nan
    below, middle, above = np.quantile(differences, [0.5 - reach, 0.5, 0.5 + reach])
    return float(middle), float(below), float(above)


def _variance(strata: list[_Stratum]) -> float:
    """Permutation variance of the number of wins over all sites."""
    return sum(stratum.variance for stratum in strata)


def _p_values(strata: list[_Stratum], wins: float) -> tuple[float, float]:
    """Two-sided p of the number of wins, and the smallest p these sizes and ties allow."""
    middle = sum(stratum.m * stratum.n for stratum in strata) / 2
    cost = sum(2 * stratum.m**2 * (stratum.m + stratum.n) ** 2 for stratum in strata)
    if cost > EXACT_COST or max(stratum.m + stratum.n for stratum in strata) > LARGEST_EXACT:
        return _normal_p(strata, wins - middle), 0.0
    support, probability = null_distribution(strata)
    distance = np.abs(support - middle)
    p = float(probability[distance >= abs(wins - middle) - 1e-9].sum())
    furthest = distance[probability > 0].max()
    return min(p, 1.0), float(probability[distance >= furthest - 1e-9].sum())


def null_distribution(strata: list[_Stratum]) -> tuple[Floats, Floats]:
    """Possible numbers of wins and their probabilities over all permutations of the groups.

    Per site by counting the subsets of m ranks with each sum (one rank at a time), sites combined
    by convolution.
    """
    total, offset = np.ones(1), 0.0
    for stratum in strata:
        ranks = stratum.doubled_ranks()
        sums = _subset_sums(ranks, stratum.m)
        least = stratum.m * (stratum.m + 1)  # twice the rank sum without any win
        total = np.convolve(total, sums / sums.sum())
        offset += least
    # The axis is twice the rank sums; a win is two steps.
    return (np.arange(len(total)) - offset) / 2, total


def _subset_sums(ranks: Ints, m: int) -> Floats:
    """How many subsets of m ranks add up to each sum, shape (largest sum + 1,)."""
    width = int(ranks[-m:].sum()) + 1
    ways = np.zeros((m + 1, width))
    ways[0, 0] = 1
    for rank in ranks:
        ways[1:, rank:] += ways[:-1, : width - rank].copy()
    return np.asarray(ways[m])


def _normal_p(strata: list[_Stratum], distance: float) -> float:
    """Two-sided p by the normal distribution, with continuity correction."""
    variance = _variance(strata)
    if variance == 0:
        return 1.0
    return float(2 * norm.sf(max(abs(distance) - 0.5, 0.0) / np.sqrt(variance)))
