"""Ambient RNA when the matrix is unfiltered: the soup is then seen itself, in empty droplets.

The share of each T or NK cell's UMIs that came from the soup, by transcripts that only monocytes
make, as in `features.measures.ambient`; but the soup's own rate of them is known, not taken to be
that of all cells. After SoupX (Young & Behjati, GigaScience 2020) and EmptyDrops (Lun et al.,
2019).
"""

from typing import NamedTuple

import numpy as np

from features.arrays import Ints
from features.cells.cell_counts import CellCounts
from features.celltypes.cell_types import Typing
from features.genes.panels import AMBIENT_TRACERS
from features.measures.ambient import MIN_UMIS, MOST, Ambient
from features.measures.pooled_expression import MIN_CELLS, influence, rate

FEWEST_TRACERS = 3
# What the tracers' agreement may say of another gene's share: no better than a tenth, and no worse
# than a half, which is taken where no droplets were seen.
LEAST_DOUBT, MOST_DOUBT = 0.1, 0.5


class Droplets(NamedTuple):
    """UMIs of `n` empty droplets: of each panel gene, shape (p,), and of all genes."""

    panel: Ints
    total: int
    n: int

    def show_the_soup(self, counts: CellCounts) -> bool:
        """Whether there are more of them than cells, as only in an unfiltered matrix."""
        return self.n > counts.n_cells and self.total > 0


def ambient_from_droplets(counts: CellCounts, typing: Typing, droplets: Droplets) -> Ambient | None:
    """rho = median over tracers of their rate in T and NK cells over their rate in the soup.

    `droplets.panel` follows `counts.genes`. A tracer takes part with 10 UMIs in the soup. None
    with fewer than three such tracers, under 50 T and NK cells, or in a filtered matrix: the cells
    must then tell. Needs no monocytes among the cells. The soup's own sampling error is left out:
    it holds far more UMIs of a tracer than the T and NK cells do.
    """
    clean = typing.lineage("t", "nk")
    soup = {g: int(n) for g, n in zip(counts.genes, droplets.panel, strict=True)}
    used = [g for g in AMBIENT_TRACERS if soup.get(g, 0) >= MIN_UMIS]
    enough = len(used) >= FEWEST_TRACERS and clean.sum() >= MIN_CELLS
    if not (enough and droplets.show_the_soup(counts)):
        return None
    shares = []
    for gene in used:
        x, pooled = counts.sum_of((gene,)), soup[gene] / droplets.total
        share = rate(x[clean], counts.total[clean]) / pooled
        shares.append((share, influence(x, counts.total, clean) / pooled))
    shares.sort(key=lambda pair: pair[0])
    middle = shares[(len(shares) - 1) // 2 : len(shares) // 2 + 1]
    rho = float(np.mean([share for share, _ in middle]))
    rates = dict(zip(counts.genes, (droplets.panel / droplets.total).tolist(), strict=True))
    return Ambient(
        min(rho, MOST), np.mean([parts for _, parts in middle], axis=0), rates,
        _doubt([share for share, _ in shares], rho),
    )  # fmt: skip


def _doubt(shares: list[float], rho: float) -> float:
    """Relative SD of single tracers' shares around rho: so far may S100's own share be off.

    Counting noise of scarce tracers is in it, which errs on the safe side.
    """
    spread = float(np.std(shares, ddof=1)) / rho if rho > 0 else MOST_DOUBT
    return min(max(spread, LEAST_DOUBT), MOST_DOUBT)
