"""Proportion of patients: exact interval (Clopper-Pearson), exact binomial and sign tests."""

import math
from dataclasses import dataclass

import numpy as np
from scipy.stats import beta, binom  # type: ignore[import-untyped, unused-ignore]  # no stubs

from features.arrays import Floats

HALF = 0.5  # "most patients" means more than this proportion


@dataclass(frozen=True)
class Proportion:
    """`n_with` of `n` patients, the proportion with its exact 95 % interval, and two-sided p.

    `smallest_p` is the least p that n patients could have given. Undefined quantities are NaN.
    """

    n_with: int
    n: int
    estimate: float = math.nan
    low: float = math.nan
    high: float = math.nan
    p: float = math.nan
    smallest_p: float = 1.0


def proportion_test(n_with: int, n: int) -> Proportion:
    """Test whether most of the patients have something; exactly one half gives p = 1.

    Two-sided exact binomial (sign) test against one half; interval of Clopper and Pearson.
    Patients are independent of one another.

    >>> round(proportion_test(7, 7).p, 4), proportion_test(0, 0).smallest_p
    (0.0156, 1.0)
    """
    if not n:
        return Proportion(0, 0)
    low, high = clopper_pearson(n_with, n)
    p = min(1.0, 2 * float(binom.cdf(min(n_with, n - n_with), n, HALF)))
    return Proportion(n_with, n, n_with / n, low, high, p, 2 * HALF**n)


def sign_test(before: Floats, after: Floats) -> Proportion:
    """Test whether a value rises in most patients; (n,) each, ties left out.

    >>> sign_test(np.array([1.0, 2.0, 3.0]), np.array([2.0, 3.0, 3.0])).n
    2
    """
    change = after - before
    return proportion_test(int(np.sum(change > 0)), int(np.sum(change != 0)))


def clopper_pearson(events: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Exact interval of a proportion. Reference: Clopper and Pearson, Biometrika 1934;26:404.

    >>> [round(x, 4) for x in clopper_pearson(0, 10)]
    [0.0, 0.3085]
    """
    tail = (1 - level) / 2
    low = 0.0 if events == 0 else float(beta.ppf(tail, events, n - events + 1))
    high = 1.0 if events == n else float(beta.ppf(1 - tail, events + 1, n - events))
    return low, high
