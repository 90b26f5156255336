"""Percentile bootstrap: patients drawn with replacement, and intervals from the draws."""

from dataclasses import dataclass

import numpy as np

from features.arrays import Floats
from models.disclosed_cohort import MeasureDocument

TAIL = 2.5  # percent on each side: 95 % intervals

DEFINED = 0.95  # an interval from fewer defined draws would hide what could not be computed


@dataclass(frozen=True)
class Measure:
    """A value with the 2.5 and 97.5 percentiles of its bootstrap; None where undefined."""

    value: float | None
    low: float | None
    high: float | None

    def as_dict(self) -> MeasureDocument:
        """The same as plain numbers."""
        return {"value": self.value, "low": self.low, "high": self.high}


def bootstrap_copies(n: int, draws: int, seed: int) -> Floats:
    """How often each bootstrap sample holds each of n patients, shape (draws, n)."""
    rng = np.random.default_rng(seed)
    return rng.multinomial(n, np.full(n, 1.0 / n), size=draws).astype(np.float64)


def measure(value: float, draws: Floats) -> Measure:
    """Value and percentile interval; no interval when over 5 % of the draws are undefined.

    >>> measure(0.5, np.linspace(0, 1, 1001)).low
    0.025
    """
    if not np.isfinite(value):
        return Measure(None, None, None)
    defined = draws[np.isfinite(draws)]
    if len(defined) < DEFINED * len(draws) or not len(defined):
        return Measure(float(value), None, None)
    low, high = np.percentile(defined, [TAIL, 100 - TAIL])
    return Measure(float(value), float(low), float(high))
