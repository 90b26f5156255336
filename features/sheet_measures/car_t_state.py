"""State of CAR-T cells: gene panels in the T cells that show the CAR, where the reference has it.

Detection favours deep cells, and CAR RNA is seen in 13 to 86 % of sorted CAR-T cells, so these are
the scores of detected CAR-T cells. Pooled scores depend little on depth; `benchmarks.car_t_state`
shows how far detected cells differ from all CAR-T cells.
"""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from features.cells.cell_counts import CellCounts
from features.celltypes.cell_types import Typing
from features.genes.panels import (
    ACTIVATION,
    CYTOTOXICITY,
    EXHAUSTION,
    INTERFERON,
    PROLIFERATION,
)
from features.measures.pooled_expression import MISSING, estimate_columns
from features.measures.t_cell_scores import panel_score

CAR_T_PANELS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "car_t_activation": ACTIVATION,
        "car_t_cytotoxicity": CYTOTOXICITY,
        "car_t_exhaustion": EXHAUSTION,
        "car_t_proliferation": PROLIFERATION,
        "car_t_interferon": INTERFERON,
    }
)


def car_t_state(counts: CellCounts, typing: Typing) -> dict[str, float]:
    """Each panel's score over the T cells with a UMI of the CAR, with its standard error.

    Missing where the reference lacks the CAR or the sheet does not name it, under 50 such cells,
    under 60 % of the panel, or without the depth genes.
    """
    if counts.car is None:
        return estimate_columns(dict.fromkeys(CAR_T_PANELS, MISSING))
    shows_car = (typing.lineage_mask("t") & (counts.car > 0)).astype(np.float64)
    return estimate_columns(
        {name: panel_score(counts, panel, shows_car) for name, panel in CAR_T_PANELS.items()}
    )
