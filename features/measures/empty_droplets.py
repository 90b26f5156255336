"""Ambient RNA from the empty droplets of an unfiltered matrix.

The share of each T or NK cell's UMIs that came from ambient RNA, by transcripts that only monocytes
make, as in `features.measures.ambient`; but the ambient rate of these is observed in the droplets
instead of taken from all cells. After SoupX (Young & Behjati, GigaScience 2020) and EmptyDrops
(Lun et al., 2019).
"""

from typing import NamedTuple

import numpy as np

from features.arrays import Ints
from features.cells.cell_counts import CellCounts
from features.celltypes.cell_types import Typing
from features.genes.panels import AMBIENT_TRACERS
from features.measures.ambient import (
    MAX_FRACTION,
    MIN_TRACERS,
    MIN_UMIS,
    AmbientEstimate,
    median_share,
)
from features.measures.pooled_expression import MIN_CELLS, influence, rate

# Bounds of the relative SD that the tracers give for another gene: at least a tenth, and at most a
# half, below the value without droplets (0.85), as S100A8/A9 itself is counted in them.
MIN_RELATIVE_SD, MAX_RELATIVE_SD = 0.1, 0.5


class EmptyDroplets(NamedTuple):
    """UMIs of `n` empty droplets: of each panel gene, shape (p,), and of the depth genes."""

    panel: Ints
    depth: int
    n: int

    def outnumber_cells(self, counts: CellCounts) -> bool:
        """Whether there are more of them than cells, as only in an unfiltered matrix."""
        return self.n > counts.n_cells and self.depth > 0


def ambient_from_droplets(
    counts: CellCounts, typing: Typing, droplets: EmptyDroplets
) -> AmbientEstimate | None:
    """rho = median over tracers of their rate in T and NK cells over their rate in the droplets.

    `droplets.panel` follows `counts.genes`. A tracer is used with 10 UMIs in the droplets. None
    with fewer than three such tracers, under 50 T and NK cells, or in a filtered matrix:
    `estimate_ambient` then takes over. Needs no monocytes among the cells. The sampling error of
    the droplets is left out: they hold far more UMIs of a tracer than the T and NK cells do.
    """
    clean = typing.lineage_mask("t", "nk")
    umis = {gene: int(n) for gene, n in zip(counts.genes, droplets.panel, strict=True)}
    tracers = [gene for gene in AMBIENT_TRACERS if umis.get(gene, 0) >= MIN_UMIS]
    if len(tracers) < MIN_TRACERS or clean.sum() < MIN_CELLS:
        return None
    if not droplets.outnumber_cells(counts):
        return None
    shares = []
    for gene in tracers:
        x, ambient_rate = counts.summed_umis((gene,)), umis[gene] / droplets.depth
        share = rate(x[clean], counts.depth[clean]) / ambient_rate
        shares.append((share, influence(x, counts.depth, clean) / ambient_rate))
    rho, influences = median_share(shares)
    profile = dict(zip(counts.genes, (droplets.panel / droplets.depth).tolist(), strict=True))
    relative_sd = _relative_sd(sorted(share for share, _ in shares), rho)
    return AmbientEstimate(min(rho, MAX_FRACTION), influences, profile, relative_sd)


def _relative_sd(shares: list[float], rho: float) -> float:
    """SD of single tracers' shares relative to rho: an estimate for the share of S100A8/A9.

    It includes the counting noise of scarce tracers and is therefore conservative.
    """
    spread = float(np.std(shares, ddof=1)) / rho if rho > 0 else MAX_RELATIVE_SD
    return min(max(spread, MIN_RELATIVE_SD), MAX_RELATIVE_SD)
