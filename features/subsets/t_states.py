"""Naive, memory and effector T cells: shares of a mixture of states, not counted calls.

Naive cells show CCR7, LEF1, TCF7, SELL, NELL2, ACTN1 and MAL, effectors GZMB, GNLY and their like
without IL7R, memory cells S100A4, ANXA1, GZMK and KLRB1 with IL7R. They stand for definitions by
protein (`benchmarks.make_subset_rates`): effectors have little CD127 (CD4 ones no CD27 either),
naive cells CD27 and little CD2; memory cells, central and effector memory, are the others.
"""

import math

from features.cells.cell_counts import CellCounts
from features.celltypes.cell_types import Typing
from features.measures.pooled_expression import MIN_CELLS, MISSING, Estimate, estimate_columns
from features.subsets.component_rates import load_component_rates
from features.subsets.component_shares import Shares
from features.subsets.t_lineages import mixture_shares, part_of_all

PARTS = {
    "naive_t_fraction": ("naive",),
    "memory_t_fraction": ("cd4_memory", "cd8_memory"),
    "effector_t_fraction": ("cd4_effector", "cd8_effector"),
}
MAX_SE = 0.17  # a greater one leaves two thirds of the range
# By how much the definitions by protein and by RNA disagree: root mean square bias over true shares
# of 5 to 95 % in halves of ECCITE's cells that the rates were not made from.
DEFINITION_SE = 0.08


def state_features(
    counts: CellCounts, typing: Typing, ambient_share: float = 0.0
) -> dict[str, float]:
    """Naive, memory and effector share of T cells, of all lineages, with standard errors.

    The standard error is that of the mixture and that of the definition together. Missing under 50
    T cells, where a gene set is not in the reference, and each where its standard error exceeds
    0.17.
    """
    rates = load_component_rates("t_state")
    present = rates.within(counts.genes)
    n = int(typing.lineage_mask("t").sum())
    estimates = dict.fromkeys(PARTS, MISSING)
    if n >= MIN_CELLS and present.set_names() == rates.set_names() and counts.has_depth:
        estimates |= state_estimates(mixture_shares(present, counts, typing, ambient_share))
    return estimate_columns(estimates)


def state_estimates(shares: Shares) -> dict[str, Estimate]:
    """Estimates by column from the shares of the states among T cells."""
    estimates = {}
    for name, parts in PARTS.items():
        estimate = part_of_all(shares, parts)
        se = math.hypot(estimate.se, DEFINITION_SE)
        estimates[name] = Estimate(estimate.value, se) if se <= MAX_SE else MISSING
    return estimates
