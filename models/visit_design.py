"""Design matrix of visits: features, and features times powers of the time of the visit.

Newton's method needs the sums over visits of m x x' for many masses m. A column is a feature times
a power of time, and visits share few times (landmarks), so the sums are made of the features alone,
time by time, from products that are formed once: a fifth of the work of x x' itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from features.arrays import Floats, Ints

MOST_TIMES = 32
"""Distinct times up to which sums are made time by time."""


@dataclass(frozen=True)
class VisitDesign:
    """n visits in the order `visit` (n,), by rising time; `matrix` (n, q) holds their columns.

    `products`: for each time the products (visits, pairs) of two features, the constant among them;
    `powers` (r, times): each time to the power 0, 1, ...; `position` (q, q): where the sum of
    columns i and j is among the sums by power and pair.
    """

    visit: Ints
    matrix: Floats
    products: tuple[Floats, ...]
    powers: Floats
    position: Ints

    def sums(self, masses: Floats) -> Floats:
        """Sums over visits of mass x x', (m, q, q), of `masses` (m, n) in the design's order."""
        by_time = np.empty((len(masses), len(self.products), self.products[0].shape[1]))
        start = 0
        for i, products in enumerate(self.products):
            by_time[:, i] = masses[:, start : start + len(products)] @ products
            start += len(products)
        by_power = (self.powers @ by_time).reshape(len(masses), -1)
        return np.take(by_power, self.position, axis=1)


def visit_design(z: Floats, time: Floats, powers: Sequence[int] = ()) -> VisitDesign:
    """Columns z, and for each power of time z t (power 1 alone) and t^power.

    z (n, p) are features, `time` (n,) of the visit. The order of columns is z, t z, t, t^2, ...

    >>> design = visit_design(np.array([[2.0], [3.0]]), np.array([1.0, 0.0]), (1, 2))
    >>> design.matrix.tolist(), design.visit.tolist()
    ([[3.0, 0.0, 0.0, 0.0], [2.0, 2.0, 1.0, 1.0]], [1, 0])
    >>> design.sums(np.ones((1, 2)))[0, 0].tolist()
    [13.0, 4.0, 2.0, 2.0]
    """
    visit = np.argsort(time, kind="stable")
    z, time = z[visit], time[visit]
    in_time = [time[:, None] * z, time[:, None] ** np.array(powers)] if powers else []
    matrix = np.concatenate([z, *in_time], axis=1)
    feature, power = _columns(z.shape[1], powers)
    times, starts = np.unique(time, return_index=True)
    if not powers or len(times) > MOST_TIMES:
        feature, power = np.arange(1, matrix.shape[1] + 1), np.zeros(matrix.shape[1], np.int64)
        times, starts, z = np.zeros(1), np.zeros(1, np.int64), matrix
    width = z.shape[1] + 1
    exponents = np.arange(2 * power.max(initial=0) + 1)
    return VisitDesign(
        visit=visit,
        matrix=matrix,
        products=tuple(_products(part) for part in np.split(z, starts[1:])),
        powers=times ** exponents[:, None],
        position=_positions(feature, power, width),
    )


def _columns(p: int, powers: Sequence[int]) -> tuple[Ints, Ints]:
    """Feature (0 for the constant) and power of time of each column."""
    features = np.arange(1, p + 1)
    if not powers:
        return features, np.zeros(p, dtype=np.int64)
    return (
        np.concatenate([features, features, np.zeros(len(powers), dtype=np.int64)]),
        np.concatenate([np.zeros(p, dtype=np.int64), np.ones(p, dtype=np.int64), powers]),
    )


def _products(z: Floats) -> Floats:
    """Products of two of (1, z), each pair once, (n, pairs)."""
    x = np.concatenate([np.ones((len(z), 1)), z], axis=1)
    first, second = np.triu_indices(x.shape[1])
    return np.asarray(x[:, first] * x[:, second])


def _positions(feature: Ints, power: Ints, width: int) -> Ints:
    """Position of (power of i + power of j, feature of i, feature of j) for columns i and j."""
    pair = np.zeros((width, width), dtype=np.int64)
    first, second = np.triu_indices(width)
    pair[first, second] = pair[second, first] = np.arange(len(first))
    exponent = power[:, None] + power[None, :]
    return np.asarray(exponent * len(first) + pair[np.ix_(feature, feature)])
