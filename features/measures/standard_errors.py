"""Standard errors of one sample's numbers, conditional on the cell types called.

They answer: drawing as many cells again from the same blood, how far would this number move?
Each formula is tested against 200 bootstraps over cells.
"""

import math

import numpy as np

from features.arrays import Floats


def binomial_se(count: float, of: float) -> float:
    """Standard error of the fraction count / of: sqrt(p (1 - p) / n); NaN when `of` is 0.

    >>> round(binomial_se(20, 100), 3)
    0.04
    """
    if of <= 0:
        return math.nan
    share = count / of
    return math.sqrt(share * (1 - share) / of)


def log_ratio_se(count: float, other: float) -> float:
    """Standard error of ln((a + 0.5) / (b + 0.5)), two counts of one multinomial draw.

    sqrt(1 / (a + 0.5) + 1 / (b + 0.5)): their covariance cancels (Gart & Zweifel, Biometrika
    1967), and half a cell keeps it finite when either is absent.

    >>> round(log_ratio_se(100, 400), 3)
    0.112
    """
    return math.sqrt(1 / (count + 0.5) + 1 / (other + 0.5))


def spread_of_sums(parts: Floats) -> float:
    """Standard error of a sum over cells whose linearised parts are given, shape (n,).

    sqrt(n / (n - 1) sum e^2), for parts that sum to zero; NaN under two cells. Woodruff's
    linearisation (J Am Stat Assoc 1971): an estimate that is a function of sums over cells moves
    by the sum of each cell's first-order influence e.

    >>> round(spread_of_sums(np.array([1.0, -1.0])), 3)
    2.0
    """
    n = parts.shape[0]
    if n < 2:
        return math.nan
    return math.sqrt(n / (n - 1) * float(np.square(parts).sum()))


def median_se(values: Floats) -> float:
    """Standard error of a median, from order statistics; NaN under five values.

    Half the distance of the order statistics at n/2 -+ sqrt(n)/2, about one standard error apart
    from the middle (Price & Bonett, J Stat Comput Simul 2001, without small-sample terms).

    >>> median_se(np.arange(100.0))
    5.0
    """
    n = values.shape[0]
    if n < 5:
        return math.nan
    ordered = np.sort(values)
    half = math.sqrt(n) / 2
    low = max(0, round(n / 2 - half))
    high = min(n - 1, round(n / 2 + half))
    return float(ordered[high] - ordered[low]) / 2
