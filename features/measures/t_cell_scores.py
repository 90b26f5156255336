"""Gene panel scores of T cells (activation, exhaustion, ...), computed from one sample alone."""

import numpy as np

from features.arrays import Floats
from features.cells.cell_counts import CellCounts
from features.celltypes.cell_types import Typing
from features.genes.panels import HANDLING_STRESS, SCORE_PANELS
from features.measures.pooled_expression import (
    MISSING,
    Estimate,
    estimate_columns,
    mean_log_expression,
)

PANELS = {**SCORE_PANELS, "handling_stress": HANDLING_STRESS}
MIN_PANEL_FRACTION = 0.60  # share of a panel's genes the reference must hold


def has_panel(counts: CellCounts, panel: tuple[str, ...]) -> bool:
    """Whether at least 60 % of the panel's genes are in the reference."""
    return sum(gene in counts.genes for gene in panel) >= MIN_PANEL_FRACTION * len(panel)


def panel_score(counts: CellCounts, panel: tuple[str, ...], weights: Floats) -> Estimate:
    """Mean over present genes of ln(1 + 10^4 sum w x / sum w t) over the weighted cells.

    `weights` (n,) is each cell's probability of belonging to the group. Missing under 50 cells of
    weight, under 60 % of the panel or without the depth genes. Uses no ranks, control genes or
    per-cell logarithms.
    """
    if not counts.has_depth or not has_panel(counts, panel):
        return MISSING
    columns = [i for i, gene in enumerate(counts.genes) if gene in panel]
    return mean_log_expression(counts.panel_columns(columns), counts.depth, weights)


def activation_features(
    counts: CellCounts, typing: Typing, cd7_negative: Floats
) -> dict[str, float]:
    """Scores of the CD7-negative T cells, and handling stress of all T cells, with errors.

    `cd7_negative` (n,) is each cell's posterior of being a CD7-negative T cell, as
    `features.measures.cd7.rna_share` returns it: 0 outside T cells, NaN everywhere when CD7 is
    unresolved; the scores are then missing.
    """
    t_cells = typing.lineage_mask("t").astype(np.float64)
    unresolved = bool(np.isnan(cd7_negative).any())
    scores = {
        name: MISSING if unresolved else panel_score(counts, panel, cd7_negative)
        for name, panel in SCORE_PANELS.items()
    }
    return estimate_columns(
        {"handling_stress": panel_score(counts, HANDLING_STRESS, t_cells), **scores}
    )


def dropped_panels(counts: CellCounts) -> tuple[str, ...]:
    """Scores left out because the reference holds under 60 % of their genes."""
    return tuple(name for name, panel in PANELS.items() if not has_panel(counts, panel))


def partial_panels(counts: CellCounts) -> tuple[str, ...]:
    """Scores that rest on 60 % of their genes or more, but not on all: their level is shifted."""
    return tuple(
        name
        for name, panel in PANELS.items()
        if has_panel(counts, panel) and not set(panel) <= set(counts.genes)
    )
