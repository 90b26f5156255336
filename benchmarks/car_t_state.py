"""Scores of the CAR-T cells that show the CAR, against all CAR-T cells.

    python -m benchmarks.car_t_state

CARPALL's authors call CAR-T cells by more than the CAR's RNA. "all" are their T cells, "detected"
those in which we see the CAR, "bias" the difference in units of the detected cells' error.
Detection favours deep cells; pooled scores should not.
"""

import warnings

import numpy as np
import pandas as pd

from benchmarks.cells import car_t_cells, carpall, carpall_samples
from features.celltypes.cell_types import type_cells
from features.measures.pooled_expression import MIN_CELLS
from features.measures.t_cell_scores import panel_score
from features.sheet_measures.car_t_state import CAR_T_PANELS, car_t_state


def main() -> None:
    """Print cells, depth and scores of each sample with CAR-T cells."""
    warnings.simplefilter("ignore")
    rows = []
    for sample in carpall_samples()["sample_id"]:
        counts, barcodes = carpall(sample)
        typing = type_cells(counts)
        car_t = car_t_cells(sample, barcodes) & typing.lineage_mask("t")
        if counts.car is None or car_t.sum() < MIN_CELLS:
            continue
        shows_car = (counts.car > 0) & typing.lineage_mask("t")
        depths = (float(np.median(counts.depth[cells])) for cells in (car_t, shows_car))
        print(f"{sample}: {car_t.sum()} CAR-T cells of the authors, the CAR in {shows_car.sum()}; "
              "median depth {:.0f} and {:.0f}".format(*depths))  # fmt: skip
        detected = car_t_state(counts, typing)
        for name, panel in CAR_T_PANELS.items():
            level, error = detected[name], detected[f"{name}_se"]
            everything = panel_score(counts, panel, car_t.astype(np.float64)).value
            rows.append((sample, name, everything, level, error, (level - everything) / error))
    columns = ["sample", "score", "all", "detected", "error", "bias"]
    print(pd.DataFrame(rows, columns=columns).round(3).to_string(index=False))


if __name__ == "__main__":
    main()
