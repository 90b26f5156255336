"""Percentile bootstrap: patients redrawn with replacement, and intervals from the redraws."""

from dataclasses import dataclass

import numpy as np

from features.arrays import Floats
from training.json_values import MeasureDocument

TAIL = 2.5  # percent on each side: 95 % intervals

DEFINED = 0.95  # an interval from fewer defined redraws would hide what it could not compute


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
    """How often each patient is drawn in each bootstrap sample, shape (draws, n)."""
    rng = np.random.default_rng(seed)
    return rng.multinomial(n, np.full(n, 1.0 / n), size=draws).astype(np.float64)


def measure(value: float, draws: Floats) -> Measure:
    """Value and percentile interval; the interval is None when too many redraws were undefined.

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
