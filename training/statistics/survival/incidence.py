"""Cumulative incidence with competing events (Aalen-Johansen estimate)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import numpy as np

from features.arrays import Floats, Ints
from models.endpoints import CENSORED

Z = 1.96  # 97.5 % quantile of the standard normal: 95 % intervals


@dataclass(frozen=True)
class Incidence:
    """A step function: probability that the cause has happened by each time, and its variance."""

    time: Floats
    probability: Floats
    variance: Floats

    def at(self, time: float) -> tuple[float, float]:
        """Probability and standard error at a time; 0 and 0 before the first."""
        index = int(np.searchsorted(self.time, time, side="right")) - 1
        if index < 0:
            return 0.0, 0.0
        return float(self.probability[index]), float(np.sqrt(self.variance[index]))

    def probabilities_at(self, times: Iterable[float]) -> Floats:
        """Probability at each time, (k,)."""
        return np.array([self.at(time)[0] for time in times], dtype=np.float64)


def cumulative_incidence(time: Floats, code: Ints, cause: int | Collection[int]) -> Incidence:
    """Aalen-Johansen estimate of the probability of `cause` in the presence of the others.

    `cause` is one code or several that count as one event.

    F(t) = sum over event times u <= t of S(u-) d_cause(u) / n(u), S the survival free of any
    event. Codes: 0 censored, anything else an event. Shapes (n,). Variance by the delta method of
    Marubini and Valsecchi (1995, equation 10.12), as lifelines gives it.

    >>> cumulative_incidence(np.array([1., 2., 3.]), np.array([1, 2, 1]), 1).probability.round(3)
    array([0.333, 0.333, 0.667])
    """
    distinct, position = np.unique(time, return_inverse=True)
    of_cause, of_any = np.zeros(len(distinct)), np.zeros(len(distinct))
    causes = [cause] if isinstance(cause, int) else list(cause)
    np.add.at(of_cause, position, np.isin(code, causes))
    np.add.at(of_any, position, code != CENSORED)
    leaving = np.bincount(position)
    n = np.asarray(len(time) - np.concatenate([[0], np.cumsum(leaving)[:-1]]), dtype=np.float64)
    before = np.concatenate([[1.0], np.cumprod(1 - of_any / n)[:-1]])
    probability = np.cumsum(before * of_cause / n)
    return Incidence(distinct, probability, _variance(probability, before, of_cause, of_any, n))


def _variance(
    probability: Floats, before: Floats, of_cause: Floats, of_any: Floats, n: Floats
) -> Floats:
    """Variance by the delta method, its sums expanded so that one pass over time is enough."""
    rest = np.maximum(n - of_any, 0)
    greenwood = np.divide(of_any, n * rest, out=np.zeros(len(n)), where=rest > 0)
    binomial = before**2 * of_cause * (n - of_cause) / n**3
    mixed = before * of_cause / n**2
    f, g = probability, np.cumsum
    first = f**2 * g(greenwood) - 2 * f * g(greenwood * f) + g(greenwood * f**2)
    cross = f * g(mixed) - g(mixed * f)
    return np.asarray(np.maximum(first + g(binomial) - 2 * cross, 0.0), dtype=np.float64)


def loglog_interval(probability: Floats, error: Floats) -> tuple[Floats, Floats]:
    """95 % interval of a cumulative incidence, symmetric in log(-log F), so within 0 and 1.

    F^exp(z) and F^exp(-z) with z = 1.96 se / (F |ln F|); at 0 and 1 both ends are the value itself.
    Shapes (n,) from (n,), (n,). Reference: Kalbfleisch and Prentice, The Statistical Analysis of
    Failure Time Data, 2002.

    >>> low, high = loglog_interval(np.array([0.2, 0.0]), np.array([0.04, 0.0]))
    >>> low.round(2).tolist(), high.round(2).tolist()
    ([0.13, 0.0], [0.28, 0.0])
    """
    inside = (probability > 0) & (probability < 1)
    p = np.where(inside, probability, 0.5)
    z = np.where(inside, Z * error / (p * np.abs(np.log(p))), 0.0)
    low, high = p ** np.exp(z), p ** np.exp(-z)
    return np.where(inside, low, probability), np.where(inside, high, probability)
