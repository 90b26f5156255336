"""T-cell subsets and plasmablasts of one sample, as columns."""

import math
from collections.abc import Sequence

import numpy as np

from features.arrays import Ints
from features.cells.cell_counts import CellCounts
from features.celltypes.cell_types import Typing
from features.columns import Feature
from features.further_columns import T_CELL_STATES
from features.measures.pooled_expression import MISSING, estimate_columns
from features.subsets.plasmablasts import plasmablast_features
from features.subsets.t_lineages import lineage_features
from features.subsets.t_states import state_features

# Typing warns above 0.35 (`features.measures.fit_limits.MAX_AMBIENT`). Above this share a
# lymphocyte shows more of other cells' RNA than of its own; leukaemic samples had 0.57 and 0.82
# (their "T cells" were blasts), others at most 0.20.
MAX_AMBIENT_SHARE = 0.5
# Median UMIs of the depth genes in T cells below which other cells are called T cells too: thinned
# to 280 to 420, three samples had 7 to 40 % more of them, and one's CD8 share fell by two errors.
MIN_MEDIAN_DEPTH = 500


def subset_features(
    counts: CellCounts, typing: Typing, enrichment: str | None, ambient_share: float = math.nan
) -> dict[str, float]:
    """Columns of `features.further_columns.T_CELL_STATES`, each with its standard error.

    Shares within T cells are given for sorted cells and products too, as the CD7-negative share is
    (a sort for CD3 or for the CAR leaves them; one for CD4 or CD8 shows as 0 or 1); plasmablasts
    only where `enrichment` is "none". `ambient_share`, NaN where it could not be estimated, is
    mixed into the rates; above 0.5 nothing is given, and below a median of 500 UMIs of the depth
    genes in T cells no share of T cells.
    """
    if ambient_share > MAX_AMBIENT_SHARE:
        return _missing(T_CELL_STATES)
    plasmablasts = plasmablast_features(counts, typing, enrichment)
    if _is_shallow(counts.depth[typing.lineage_mask("t")]):
        return _missing(T_CELL_STATES) | plasmablasts
    return {
        **lineage_features(counts, typing, ambient_share),
        **state_features(counts, typing, ambient_share),
        **plasmablasts,
    }


def _is_shallow(depth: Ints) -> bool:
    return depth.size == 0 or float(np.median(depth)) < MIN_MEDIAN_DEPTH


def _missing(features: Sequence[Feature]) -> dict[str, float]:
    return estimate_columns({feature.name: MISSING for feature in features})
