"""Ambient RNA: what share of each cell's UMIs came from the soup of burst cells.

Without empty droplets the soup is judged by transcripts that only monocytes make: T and NK cells
that show them took them up from the soup. This is the pooled form of SoupX's idea (Young &
Behjati, GigaScience 2020), the soup's profile approximated by the sample's pooled profile.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.celltypes import Typing
from features.composition import MONOCYTES
from features.counts import CellCounts
from features.errors import spread_of_sums
from features.panels import AMBIENT_TRACERS
from features.pooled import MIN_CELLS, MISSING, Level, influence, rate
from features.typing_rows import DOUBLET

MOST = 0.9


@dataclass(frozen=True)
class Ambient:
    """Ambient fraction `rho` and each cell's first-order influence on it, shape (n,)."""

    rho: float
    influence: NDArray[np.float64]

    def level(self) -> Level:
        """The fraction with its standard error over cells."""
        if math.isnan(self.rho):
            return MISSING
        return Level(self.rho, spread_of_sums(self.influence))


def estimate_ambient(counts: CellCounts, typing: Typing) -> Ambient:
    """rho = tracers per UMI in T and NK cells over tracers per UMI in all cells but doublets.

    Doublets are removed first, since T cells stuck to a monocyte dominate clean samples. NaN with
    under 50 monocytes (the soup then holds too little of the tracers), under 50 T and NK cells,
    or no tracer in the reference. At most 0.9, where little of the cell itself is left.
    """
    tracers = counts.sum_of(AMBIENT_TRACERS)
    clean = typing.lineage("t", "nk")
    pool = ~typing.are(DOUBLET)
    enough = typing.are(*MONOCYTES).sum() >= MIN_CELLS and clean.sum() >= MIN_CELLS
    if not enough or tracers[pool].sum() == 0:
        return Ambient(math.nan, np.zeros(counts.n_cells))
    inside, pooled = (
        rate(tracers[clean], counts.total[clean]),
        rate(tracers[pool], counts.total[pool]),
    )
    rho = inside / pooled
    parts = influence(tracers, counts.total, clean) - rho * influence(tracers, counts.total, pool)
    return Ambient(min(rho, MOST), parts / pooled)


def ambient_fraction(counts: CellCounts, typing: Typing) -> dict[str, float]:
    """Columns `ambient_fraction` and its standard error, see `estimate_ambient`."""
    return estimate_ambient(counts, typing).level().columns("ambient_fraction")
