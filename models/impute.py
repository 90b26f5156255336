"""Imputation of missing values by the training median, with a missing-value indicator.

Medians are learned per fold, from that fold's training patients only.
"""

import numpy as np
from numpy.typing import NDArray

from features.arrays import Bools, Floats


def weighted_medians(X: Floats, weights: Floats) -> Floats:
    """Median of each column among its observed values, for each set of weights.

    The median is the value at which half the weight is reached; when exactly half the weight
    lies at or below a value, it is the midpoint to the next. So weight 2 equals the row twice,
    and equal weights give the ordinary median. A column without any value gets 0.

    X: (n, p), NaN where missing. weights: (F, n), >= 0. Returns (F, p).

    >>> X = np.array([[1.0], [2.0], [3.0], [10.0]])
    >>> weighted_medians(X, np.array([[1, 1, 1, 1], [0, 1, 1, 1], [0, 0, 1, 2.0]])).ravel()
    array([ 2.5,  3. , 10. ])
    """
    order = np.argsort(X, axis=0)  # NaN sorts last
    values = np.take_along_axis(X, order, axis=0)
    observed = ~np.isnan(values)
    mass = np.where(observed, weights[:, order], 0.0)
    reached = np.cumsum(mass, axis=1)
    half = reached[:, -1:, :] / 2
    slack = 1e-9 * half  # so that sums of equal weights meet at exactly half
    lower = _first(values, (reached >= half - slack) & (mass > 0))
    upper = _first(values, (reached > half + slack) & (mass > 0))
    return np.where(half[:, 0, :] > 0, (lower + upper) / 2, 0.0)


def _first(values: Floats, holds: Bools) -> Floats:
    """Value of the first row where a condition holds; (n, p) and (F, n, p) give (F, p)."""
    row = holds.argmax(axis=1)
    columns: Floats = np.nan_to_num(np.take_along_axis(values, row, axis=0))
    return columns


def imputed_with_indicators(X: Floats, fills: Floats) -> tuple[Floats, NDArray[np.intp]]:
    """Design matrices of all folds and the columns that have an indicator.

    X: (n, p); fills: (F, p). Returns (F, n, p + m) and the (m,) columns that have a missing
    value: the indicator of a column that is never missing would be constant, so it is left out.

    >>> design, flagged = imputed_with_indicators(np.array([[1.0, np.nan]]), np.array([[5.0, 6.0]]))
    >>> design.tolist(), flagged.tolist()
    ([[[1.0, 6.0, 1.0]]], [1])
    """
    missing = np.isnan(X)
    flagged = np.flatnonzero(missing.any(axis=0))
    imputed_X = np.where(missing[None], fills[:, None, :], X[None])
    shape = (len(fills), len(X), len(flagged))
    indicators = np.broadcast_to(missing[:, flagged].astype(float), shape)
    return np.concatenate([imputed_X, indicators], axis=2), flagged
