"""Ambient RNA: what share of each cell's UMIs came from the soup of burst cells.

Without empty droplets the soup is judged by transcripts that only monocytes make: T and NK cells
that show them took them up from the soup. This is the pooled form of SoupX's idea (Young &
Behjati, GigaScience 2020), the soup's profile approximated by the sample's pooled profile.
What T and NK cells show of the tracers is soup, not residual doublets: in six real samples the
share that their zeros alone give (which a rare doublet hardly moves) is the same to a tenth.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from features.arrays import Bools, Floats, Ints
from features.cells.cell_counts import CellCounts
from features.celltypes.cell_types import Typing
from features.celltypes.type_profiles import DOUBLET
from features.genes.panels import AMBIENT_TRACERS
from features.measures.composition import MONOCYTES
from features.measures.pooled_expression import MIN_CELLS, MISSING, Level, influence, rate
from features.measures.standard_errors import spread_of_sums

MOST = 0.9
MIN_UMIS = 10  # in T and NK cells, for a tracer to give a share of its own


@dataclass(frozen=True)
class Ambient:
    """Ambient fraction `rho` and each cell's first-order influence on it, shape (n,).

    Where empty droplets were seen, `soup` holds each panel gene's UMIs per UMI in them, and `doubt`
    how far a single gene's share strays from rho, relative to it; None where the pooled profile of
    the cells stands for the soup.
    """

    rho: float
    influence: Floats
    soup: Mapping[str, float] | None = None
    doubt: float | None = None

    def level(self) -> Level:
        """The fraction with its standard error over cells."""
        if math.isnan(self.rho):
            return MISSING
        return Level(self.rho, spread_of_sums(self.influence))


def _share(
    tracer: Ints,
    counts: CellCounts,
    clean: Bools,
    pool: Bools,
) -> tuple[float, Floats]:
    """Rate inside the clean cells over the pooled rate, and each cell's influence on it."""
    pooled = rate(tracer[pool], counts.total[pool])
    share = rate(tracer[clean], counts.total[clean]) / pooled
    inside = influence(tracer, counts.total, clean)
    return share, (inside - share * influence(tracer, counts.total, pool)) / pooled


def estimate_ambient(counts: CellCounts, typing: Typing) -> Ambient:
    """rho = tracers per UMI in T and NK cells over tracers per UMI in all cells but doublets.

    Each tracer gives one share; rho is their median, since the soup is not the pooled profile:
    in four of six real samples LYZ gives 1.3 to 2.6 times the median, and summed UMIs are mostly
    its. A tracer takes part with 10 UMIs in T and NK cells; with fewer than three such
    tracers all are summed. The influences are those of the middle tracers.

    Doublets are removed first, since T cells stuck to a monocyte dominate clean samples. NaN with
    under 50 monocytes (the soup then holds too little of the tracers), under 50 T and NK cells,
    or no tracer in the reference. At most 0.9, where little of the cell itself is left.
    """
    clean, pool = typing.lineage("t", "nk"), ~typing.are(DOUBLET)
    summed = counts.sum_of(AMBIENT_TRACERS)
    enough = typing.are(*MONOCYTES).sum() >= MIN_CELLS and clean.sum() >= MIN_CELLS
    if not enough or summed[pool].sum() == 0:
        return Ambient(math.nan, np.zeros(counts.n_cells))
    tracers = [counts.sum_of((gene,)) for gene in AMBIENT_TRACERS]
    used = [tracer for tracer in tracers if tracer[clean].sum() >= MIN_UMIS]
    found = [_share(x, counts, clean, pool) for x in (used if len(used) >= 3 else [summed])]
    found.sort(key=lambda pair: pair[0])
    middle = found[(len(found) - 1) // 2 : len(found) // 2 + 1]
    rho = float(np.mean([share for share, _ in middle]))
    return Ambient(min(rho, MOST), np.mean([parts for _, parts in middle], axis=0))


def ambient_fraction(counts: CellCounts, typing: Typing) -> dict[str, float]:
    """Columns `ambient_fraction` and its standard error, see `estimate_ambient`."""
    return estimate_ambient(counts, typing).level().columns("ambient_fraction")
