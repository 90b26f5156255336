"""Ambient RNA: the share of each cell's UMIs that came from burst cells.

Without empty droplets it is estimated from transcripts that only monocytes make: T and NK cells
that show them took them up from ambient RNA. This is the pooled form of SoupX's method (Young &
Behjati, GigaScience 2020), with the sample's pooled profile in place of the ambient profile.
Tracers in T and NK cells are ambient RNA and not residual doublets: in six real samples the share
estimated from their zeros alone (which a rare doublet hardly moves) agrees within a tenth.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from features.arrays import Bools, Floats, Ints
from features.cells.cell_counts import CellCounts
from features.celltypes.cell_types import Typing
from features.celltypes.type_profiles import DOUBLET
from features.genes.panels import AMBIENT_TRACERS
from features.measures.composition import MONOCYTES
from features.measures.pooled_expression import MIN_CELLS, MISSING, Estimate, influence, rate
from features.measures.standard_errors import linearised_se

MAX_FRACTION = 0.9  # above it, little of the cell itself is left
MIN_UMIS = 10  # in T and NK cells, for a tracer to give a share of its own
MIN_TRACERS = 3


@dataclass(frozen=True)
class AmbientEstimate:
    """Ambient fraction `rho` and each cell's first-order influence on it, shape (n,).

    Where empty droplets were observed, `profile` holds each panel gene's UMIs per UMI in them, and
    `relative_sd` the SD of a single gene's share around rho, relative to it. Both are None where
    the pooled profile of the cells replaces that of the droplets.
    """

    rho: float
    influence: Floats
    profile: Mapping[str, float] | None = None
    relative_sd: float | None = None

    def fraction(self) -> Estimate:
        """The fraction with its standard error over cells."""
        if math.isnan(self.rho):
            return MISSING
        return Estimate(self.rho, linearised_se(self.influence))


def _tracer_share(
    tracer: Ints, counts: CellCounts, clean: Bools, pool: Bools
) -> tuple[float, Floats]:
    """Rate inside the clean cells over the pooled rate, and each cell's influence on it."""
    pooled_rate = rate(tracer[pool], counts.depth[pool])
    share = rate(tracer[clean], counts.depth[clean]) / pooled_rate
    clean_influence = influence(tracer, counts.depth, clean)
    return share, (clean_influence - share * influence(tracer, counts.depth, pool)) / pooled_rate


def median_share(shares: Sequence[tuple[float, Floats]]) -> tuple[float, Floats]:
    """Median share of tracers, and the mean influences of the middle tracers.

    >>> median_share([(0.3, np.zeros(1)), (0.1, np.ones(1)), (0.2, np.full(1, 0.5))])
    (0.2, array([0.5]))
    """
    ordered = sorted(shares, key=lambda pair: pair[0])
    middle = ordered[(len(ordered) - 1) // 2 : len(ordered) // 2 + 1]
    rho = float(np.mean([share for share, _ in middle]))
    return rho, np.mean([influences for _, influences in middle], axis=0)


def estimate_ambient(counts: CellCounts, typing: Typing) -> AmbientEstimate:
    """rho = tracers per UMI in T and NK cells over tracers per UMI in all cells but doublets.

    Each tracer gives one share; rho is their median, because ambient RNA is not the pooled profile:
    in four of six real samples LYZ gives 1.3 to 2.6 times the median, and it makes up most of the
    summed UMIs. A tracer is used with 10 UMIs in T and NK cells; with fewer than three such
    tracers all are summed. The influences are those of the middle tracers.

    Doublets are removed first, since T cells stuck to a monocyte dominate clean samples. NaN with
    under 50 monocytes (ambient RNA then holds too few tracer UMIs), under 50 T and NK cells,
    or no tracer in the reference. At most 0.9.
    """
    clean, pool = typing.lineage_mask("t", "nk"), ~typing.type_mask(DOUBLET)
    tracer_sum = counts.summed_umis(AMBIENT_TRACERS)
    n_monocytes = typing.type_mask(*MONOCYTES).sum()
    if n_monocytes < MIN_CELLS or clean.sum() < MIN_CELLS or tracer_sum[pool].sum() == 0:
        return AmbientEstimate(math.nan, np.zeros(counts.n_cells))
    tracers = [counts.gene_umis(gene).astype(np.int64) for gene in AMBIENT_TRACERS]
    tracers = [tracer for tracer in tracers if tracer[clean].sum() >= MIN_UMIS]
    if len(tracers) < MIN_TRACERS:
        tracers = [tracer_sum]
    rho, influences = median_share([_tracer_share(x, counts, clean, pool) for x in tracers])
    return AmbientEstimate(min(rho, MAX_FRACTION), influences)
