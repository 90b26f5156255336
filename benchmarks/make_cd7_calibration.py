"""Make features/measures/cd7_calibration.json from T cells with measured CD7 protein and RNA.

python -m benchmarks.make_cd7_calibration
"""

import json

import numpy as np

from benchmarks.cells import eccite
from features.arrays import Bools, Floats, Ints
from features.atomic_write import replacing
from features.celltypes.cell_types import type_cells
from features.genes.panels import CD7
from features.measures.cd7 import CALIBRATION
from features.measures.mixture import ComponentRate, calibrate

# A cell lacks CD7 protein when CD7 makes under 6 in 1,000 of its antibody counts: what all 12 B
# cells (at most 5.2) and nine in ten monocytes show, which have none. A gate on the count alone
# (fewer than 7) took cells with few antibody counts for negative, and missed cells with many.
NEGATIVE_BELOW = 0.006
SPREAD = 0.25  # log-SD of healthy T cells' CD7 rate between data sets
# Log-SD of the CD7 rate between samples in cells that lack CD7: 0.52 in monocytes of pbmc3k and
# three CARPALL samples (those with 5 UMIs or more; 0.18 of it sampling).
NEGATIVE_SPREAD = 0.5


def t_cells() -> tuple[Ints, Floats, Bools]:
    """CD7 UMIs, depth in 10,000 UMIs, and whether CD7 protein is absent, of ECCITE's T cells."""
    counts, proteins = eccite()
    cells = type_cells(counts).lineage_mask("t")
    negative = (proteins["CD7"] / proteins.sum(axis=1)).to_numpy() < NEGATIVE_BELOW
    return counts.gene_umis(CD7)[cells].astype(np.int64), counts.depth[cells] / 1e4, negative[cells]


def _entry(kind: ComponentRate, cells: int) -> dict[str, float]:
    return {
        "rate_per_10k": round(kind.rate, 4),
        "size": round(kind.size, 3),
        "log_rate_sd": round(kind.log_rate_sd, 4),
        "cells": cells,
    }


def main() -> None:
    """Write the calibration and print it."""
    k, depth, negative = t_cells()
    data = {
        "origin": (
            "T cells of ECCITE-seq healthy PBMC (Mimitou et al., Nat Methods 2019, GSE126310); "
            f"negative: CD7 under {1000 * NEGATIVE_BELOW:.0f} in 1,000 antibody counts"
        ),
        "negative": _entry(calibrate(k[negative], depth[negative]), int(negative.sum())),
        "positive": _entry(calibrate(k[~negative], depth[~negative]), int((~negative).sum())),
        "spread_between_samples": SPREAD,
        "negative_spread_between_samples": NEGATIVE_SPREAD,
    }
    with replacing(CALIBRATION) as path:
        path.write_text(json.dumps(data, indent=2) + "\n")
    print(json.dumps(data, indent=2))


if __name__ == "__main__":
    main()
