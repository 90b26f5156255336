"""Permutations of values within strata: all distinct ones, random ones, and how many there are."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np

from features.arrays import Floats, Ints


def site_members(site: Ints) -> list[Ints]:
    """Indices of each site's patients, sites in the order of their first patient."""
    _, first, position = np.unique(site, return_index=True, return_inverse=True)
    return [np.flatnonzero(position == k) for k in np.argsort(first)]


def n_arrangements(value: Floats, members: Sequence[Ints]) -> int:
    """Number of different ways to deal the values (n,) out among the patients of each site.

    The product over sites of n! / (product of m! over equal values). Equal means the same bits.

    >>> n_arrangements(np.array([1.0, 0.0, 0.0, 2.0, 2.0]), [np.arange(3), np.arange(3, 5)])
    3
    """
    return math.prod(_n_distinct(value[inside]) for inside in members)


def _n_distinct(value: Floats) -> int:
    repeats = (math.factorial(count) for count in Counter(value.tolist()).values())
    return math.factorial(len(value)) // math.prod(repeats)


def smallest_p(value: Floats, members: Sequence[Ints], count: int, permutations: int) -> float:
    """Least p that a two-sided permutation test of these values could give, whatever the features.

    1 / `count` arrangements, twice that where the values turned round (-value) are an arrangement
    too, because a two-sided statistic is the same for both; never under 1 / (permutations + 1)
    where arrangements are drawn at random.

    >>> smallest_p(np.array([0.5, 0.5, -0.5, -0.5]), [np.arange(4)], 6, 1999).__round__(3)
    0.333
    """
    turned = all(
        np.array_equal(np.sort(value[inside]), np.sort(-value[inside])) for inside in members
    )
    least = 2 / count if turned and count > 1 else 1 / count
    return least if count <= permutations + 1 else max(least, 1 / (permutations + 1))


def all_arrangements(value: Floats, members: Sequence[Ints]) -> Floats:
    """Every different arrangement within sites, the observed one first; shape (count, n)."""
    rows = [value]
    for parts in product(*(list(_distinct(value[inside].tolist())) for inside in members)):
        row = np.empty_like(value)
        for inside, part in zip(members, parts, strict=True):
            row[inside] = part
        if not np.array_equal(row, value):
            rows.append(row)
    return np.stack(rows)


def _distinct(values: Sequence[float]) -> Iterator[tuple[float, ...]]:
    """Each different order of the values once, ascending (Knuth, TAOCP 7.2.1.2, algorithm L)."""
    row = sorted(values)
    while True:
        yield tuple(row)
        rises = [i for i in range(len(row) - 1) if row[i] < row[i + 1]]
        if not rises:
            return
        i = rises[-1]
        j = max(k for k in range(i + 1, len(row)) if row[k] > row[i])
        row[i], row[j] = row[j], row[i]
        row[i + 1 :] = row[:i:-1]


def drawn_arrangements(
    value: Floats, members: Sequence[Ints], permutations: int, rng: np.random.Generator
) -> Floats:
    """The observed values, then random permutations within sites; (permutations + 1, n)."""
    rows = np.tile(value, (permutations + 1, 1))
    for inside in members:
        rows[1:, inside] = rng.permuted(rows[1:, inside], axis=1)
    return rows
