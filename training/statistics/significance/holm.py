"""Holm's step-down correction of p values for several tests."""

from collections.abc import Sequence

import numpy as np

from features.arrays import Floats

ALPHA = 0.05  # for the whole family of tests


def holm_adjusted(p_values: Sequence[float]) -> Floats:
    """Holm's step-down adjusted p values, shape (n,); NaN counts as 1.

    The i-th smallest p times (n - i + 1), never below its predecessors, at most 1. Rejecting at
    0.05 keeps the chance of any false rejection under 0.05 whatever the dependence.
    Reference: Holm, Scand J Stat 1979;6:65.

    >>> holm_adjusted([0.01, 0.04, 0.03, float("nan")]).round(2).tolist()
    [0.04, 0.09, 0.09, 1.0]
    """
    p = np.nan_to_num(np.array(p_values, float), nan=1.0)
    order = np.argsort(p, kind="stable")
    cumulative = np.maximum.accumulate(p[order] * np.arange(p.size, 0, -1))
    adjusted = np.empty(p.size)
    adjusted[order] = np.minimum(cumulative, 1.0)
    return adjusted


def holm(p_values: Sequence[float], alpha: float = ALPHA) -> list[bool]:
    """Which hypotheses Holm's step-down rejects; NaN is never rejected nor counted.

    >>> holm([0.001, 0.04, 0.03])
    [True, False, False]
    """
    p = np.array(p_values, float)
    defined = np.flatnonzero(np.isfinite(p))
    rejected = np.zeros(p.size, bool)
    rejected[defined] = holm_adjusted(p[defined].tolist()) <= alpha
    return rejected.tolist()
