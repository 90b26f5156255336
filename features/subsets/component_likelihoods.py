"""Likelihood of each cell under each component of a mixture, tabulated by depth."""

from typing import NamedTuple

import numpy as np

from features.arrays import Floats, Ints, Ints32
from features.subsets.share_kernel import fill_likelihoods

KNOTS = 256  # depths of the tables: each cell takes the nearest, within 1.5 %
LOWEST_DEPTH, HIGHEST_DEPTH = 0.01, 15.0  # in 10,000 UMIs; depths outside are read at the ends
MOST_UMIS = 255


class CellLikelihoods(NamedTuple):
    """Cells with their likelihoods, and what the derivative by the rates needs.

    `counts` (n, sets), `knot` (n,), `saturation` m / (size + m) (knots, sets, components), `sizes`
    (sets, components), `densities` (n, components): relative likelihoods, the best of a cell 1.
    """

    counts: Ints32
    knot: Ints
    saturation: Floats
    sizes: Floats
    densities: Floats


def cell_likelihoods(
    counts: Ints32, depth: Floats, rates: Floats, sizes: Floats
) -> CellLikelihoods:
    """Likelihoods of cells with `counts` (n, sets) and `depth` (n,) in 10,000 UMIs.

    `rates` and `sizes` (sets, components). Depths are read at the nearest of 256 tabulated ones.
    """
    depths = np.geomspace(LOWEST_DEPTH, HIGHEST_DEPTH, KNOTS)
    mean = depths[:, None, None] * rates
    saturation = mean / (sizes + mean)
    at_zero = (sizes * np.log1p(-saturation)).sum(axis=1)
    counts, knot = np.minimum(counts, MOST_UMIS), _nearest_knot(depth)
    constants = _constants(sizes, int(counts.max(initial=0)))
    densities = np.empty((counts.shape[0], rates.shape[1]))
    fill_likelihoods(counts, knot, np.log(saturation), at_zero, constants, densities)
    return CellLikelihoods(counts, knot, saturation, sizes, densities)


def _nearest_knot(depth: Floats) -> Ints:
    step = np.log(HIGHEST_DEPTH / LOWEST_DEPTH) / (KNOTS - 1)
    position = np.log(np.maximum(depth, LOWEST_DEPTH) / LOWEST_DEPTH) / step
    return np.asarray(np.minimum(np.rint(position).astype(np.int64), KNOTS - 1))


def _constants(sizes: Floats, most: int) -> Floats:
    """log Gamma(k + s) / Gamma(s) / k! for each set, count and component."""
    counts = np.arange(1, most + 1)[:, None]
    steps = np.log(sizes[:, None, :] + counts - 1) - np.log(counts)
    zero = np.zeros((sizes.shape[0], 1, sizes.shape[1]))
    return np.ascontiguousarray(np.concatenate([zero, np.cumsum(steps, axis=1)], axis=1))
