"""T-cell subsets and plasmablasts of one sample, as columns."""

import math

from features.cells.cell_counts import CellCounts
from features.celltypes.cell_types import Typing
from features.further_columns import T_CELL_STATES
from features.subsets.plasmablasts import plasmablast_features
from features.subsets.t_lineages import lineage_features
from features.subsets.t_states import state_features

# Above it a lymphocyte shows more of other cells' RNA than of its own; leukaemic samples had
# 0.57 and 0.82 (their "T cells" were blasts), others at most 0.20.
MAX_AMBIENT = 0.5


def subset_features(
    counts: CellCounts, typing: Typing, enrichment: str | None, ambient_share: float = math.nan
) -> dict[str, float]:
    """Columns of `features.further_columns.T_CELL_STATES`, each with its standard error.

    Shares within T cells are given for sorted cells and products too, as the CD7-negative share is
    (a sort for CD3 or for the CAR leaves them; one for CD4 or CD8 shows as 0 or 1); plasmablasts
    only where `enrichment` is "none". `ambient_share`, NaN where it could not be estimated, is
    mixed into the rates; above 0.5 nothing is given.
    """
    if ambient_share > MAX_AMBIENT:
        return {
            name: math.nan
            for feature in T_CELL_STATES
            for name in (feature.name, f"{feature.name}_se")
        }
    return {
        **lineage_features(counts, typing, ambient_share),
        **state_features(counts, typing, ambient_share),
        **plasmablast_features(counts, typing, enrichment),
    }
