"""Interval of a cumulative incidence that stays within 0 and 1."""

import numpy as np

from features.arrays import Floats

Z = 1.96


def interval(probability: Floats, error: Floats) -> tuple[Floats, Floats]:
    """95 % interval symmetric in log(-log F): F^exp(z), F^exp(-z), z = 1.96 se / (F |ln F|).

    At 0 and 1 both ends are the value itself. Shapes (n,) from (n,), (n,).

    >>> [end.round(2).tolist() for end in interval(np.array([0.2, 0.0]), np.array([0.04, 0.0]))]
    [[0.13, 0.0], [0.28, 0.0]]
    """
    inside = (probability > 0) & (probability < 1)
    p = np.where(inside, probability, 0.5)
    z = np.where(inside, Z * error / (p * np.abs(np.log(p))), 0.0)
    low, high = p ** np.exp(z), p ** np.exp(-z)
    return np.where(inside, low, probability), np.where(inside, high, probability)
