"""Cells of two components drawn at given rates of CD7 RNA, for tests of the CD7-negative share."""

import numpy as np

from features.arrays import Floats, Ints
from features.measures.cd7.component_rates import ComponentRate, TwoComponentRates

RATES = TwoComponentRates(ComponentRate(0.6, 1.0, 0.2), ComponentRate(4.6, 4.0, 0.05))


def draw_cells(
    share: float, n: int, seed: int, rates: TwoComponentRates = RATES
) -> tuple[Ints, Floats]:
    """Counts and depths of n cells of which a share is negative."""
    rng = np.random.default_rng(seed)
    depth = rng.lognormal(np.log(0.3), 0.4, n)
    negative = np.arange(n) < share * n
    k = np.empty(n, np.int64)
    for component, cells in ((rates.negative, negative), (rates.positive, ~negative)):
        mean = depth[cells] * component.rate
        k[cells] = rng.negative_binomial(component.size, component.size / (component.size + mean))
    return k, depth
