"""Plasmablasts: plasma cells that divide, as a share of leukocytes.

Whether a plasma cell divides is a mixture of resting and dividing cells by MKI67, TOP2A, TYMS, PCNA
and STMN1 (not TUBA1B, which resting plasma cells show), with the rates of T cells, because no
plasmablasts are at hand.
"""

import math

from features.cells.cell_counts import CellCounts
from features.celltypes.cell_types import Typing
from features.measures.composition import leukocytes
from features.measures.pooled_expression import MISSING, Estimate
from features.subsets.component_rates import load_component_rates
from features.subsets.component_shares import component_shares


def plasmablast_features(
    counts: CellCounts, typing: Typing, enrichment: str | None
) -> dict[str, float]:
    """Dividing plasma cells among good leukocytes, with its standard error.

    Missing unless `enrichment` is "none", as the composition is, where the reference lacks the
    genes of division or of depth, and without leukocytes. 0 where no cell is a plasma cell.
    """
    return _estimate(counts, typing, enrichment).columns("plasmablast_fraction")


def _estimate(counts: CellCounts, typing: Typing, enrichment: str | None) -> Estimate:
    rates = load_component_rates("division").within(counts.genes)
    n = int(leukocytes(typing).sum())
    if enrichment != "none" or n == 0 or not rates.gene_sets or not counts.has_depth:
        return MISSING
    plasma = typing.type_mask("plasma")
    share = float(plasma.sum()) / n
    if share == 0:
        return Estimate(0.0, 0.0)
    cells = counts.select(plasma)
    shares = component_shares(rates, rates.set_counts(cells), cells.depth / 1e4)
    dividing, error = shares.sum("dividing"), shares.se(shares.weights("dividing"))
    se = math.hypot(share * error, dividing * math.sqrt(share * (1 - share) / n))
    return Estimate(share * dividing, se)
