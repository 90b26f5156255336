"""Shares with exact intervals, and means with standard errors, as the tables print them."""

from collections.abc import Sequence

import numpy as np

from training.statistics.significance.proportions import clopper_pearson


def share(part: int, whole: int) -> str:
    """Share with its exact 95 % interval.

    >>> share(1, 20), share(0, 0)
    ('5.0% (0.1% to 24.9%)', '-')
    """
    if not whole:
        return "-"
    low, high = clopper_pearson(part, whole)
    return f"{part / whole:.1%} ({low:.1%} to {high:.1%})"


def mean_and_error(values: Sequence[float], digits: int = 3, sign: str = "") -> str:
    """Mean of the finite values with its standard error in brackets.

    >>> mean_and_error([0.1, 0.3, float("nan")], sign="+")
    '+0.200 (0.100)'
    """
    finite = np.array([value for value in values if np.isfinite(value)])
    if not len(finite):
        return "-"
    error = finite.std(ddof=1) / np.sqrt(len(finite)) if len(finite) > 1 else np.nan
    return f"{finite.mean():{sign}.{digits}f} ({error:.{digits}f})"
