"""Standard errors of one sample's features, conditional on the cell types called.

They estimate how far a feature would vary if as many cells were drawn again from the same blood.
Each formula is tested against 200 bootstraps over cells.
"""

import math

import numpy as np

from features.arrays import Floats

Z_90 = 1.645  # standard errors from an estimate to either end of its 90 % interval
# UMIs: the 95 % upper limit of none is 3 (Hanley & Lippman-Hand 1983, JAMA 249:1743), 1.645 errors.
ERROR_OF_NONE = 3 / Z_90


def binomial_se(count: float, total: float) -> float:
    """Standard error of the fraction p = count / total: sqrt(p (1 - p) / n); NaN when `total` is 0.

    >>> round(binomial_se(20, 100), 3)
    0.04
    """
    if total <= 0:
        return math.nan
    share = count / total
    return math.sqrt(share * (1 - share) / total)


def log_ratio_se(count: float, other: float) -> float:
    """Standard error of ln((a + 0.5) / (b + 0.5)), two counts of one multinomial draw.

    sqrt(1 / (a + 0.5) + 1 / (b + 0.5)): their covariance cancels (Gart & Zweifel, Biometrika
    1967), and the added 0.5 keeps it finite when either is absent.

    >>> round(log_ratio_se(100, 400), 3)
    0.112
    """
    return math.sqrt(1 / (count + 0.5) + 1 / (other + 0.5))


def linearised_se(influences: Floats) -> float:
    """Linearised standard error: that of a sum over cells of their first-order influences, (n,).

    sqrt(n / (n - 1) sum e^2), for influences e that sum to zero; NaN under two cells. Woodruff's
    linearisation (J Am Stat Assoc 1971): an estimate that is a function of sums over cells moves
    by the sum of each cell's influence.

    >>> round(linearised_se(np.array([1.0, -1.0])), 3)
    2.0
    """
    n = influences.shape[0]
    if n < 2:
        return math.nan
    return math.sqrt(n / (n - 1) * float(np.square(influences).sum()))
