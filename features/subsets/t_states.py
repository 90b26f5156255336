"""Naive, memory and effector T cells: shares of a mixture of states, not counted calls.

Naive cells show CCR7, LEF1, TCF7, SELL, NELL2, ACTN1 and MAL, effectors GZMB, GNLY and their like
without IL7R, memory cells S100A4, ANXA1, GZMK and KLRB1 with IL7R. Effectors are cells without CD27
and CD127 protein, naive ones those with CD27 and little CD2 (`benchmarks.make_subset_rates`).
"""

from features.cells.cell_counts import CellCounts
from features.celltypes.cell_types import Typing
from features.measures.pooled_expression import MIN_CELLS, MISSING, Estimate
from features.subsets.component_rates import load_component_rates
from features.subsets.component_shares import Shares
from features.subsets.t_lineages import mixture_shares, part_of_all

PARTS = {
    "naive_t_fraction": ("naive",),
    "memory_t_fraction": ("cd4_memory", "cd8_memory"),
    "effector_t_fraction": ("cd4_effector", "cd8_effector"),
}
MAX_SE = 0.15


def state_features(
    counts: CellCounts, typing: Typing, ambient_share: float = 0.0
) -> dict[str, float]:
    """Naive, memory and effector share of T cells, of all lineages, with standard errors.

    Missing under 50 T cells, where a gene set is not in the reference, and each where its standard
    error exceeds 0.15.
    """
    rates = load_component_rates("t_state")
    present = rates.within(counts.genes)
    n = int(typing.lineage_mask("t").sum())
    estimates = dict.fromkeys(PARTS, MISSING)
    if n >= MIN_CELLS and present.set_names() == rates.set_names() and counts.has_depth:
        estimates |= state_estimates(mixture_shares(present, counts, typing, ambient_share))
    columns: dict[str, float] = {}
    for name, estimate in estimates.items():
        columns |= estimate.columns(name)
    return columns


def state_estimates(shares: Shares) -> dict[str, Estimate]:
    """Estimates by column from the shares of the states among T cells."""
    return {name: part_of_all(shares, parts, MAX_SE) for name, parts in PARTS.items()}
