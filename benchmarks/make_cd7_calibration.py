"""Make features/measures/cd7/cd7_calibration.json from T cells with measured CD7 protein and RNA.

python -m benchmarks.make_cd7_calibration
"""

import json

import numpy as np

from benchmarks.cells import eccite, pbmc3k
from features.arrays import Bools, Floats, Ints
from features.atomic_write import replacing
from features.celltypes.cell_types import type_cells
from features.genes.panels import CD7
from features.measures.cd7.component_rates import ComponentRate, calibrate
from features.measures.cd7.rna_share import CALIBRATION

# A cell lacks CD7 protein when CD7 makes under 6 in 1,000 of its antibody counts: what all 12 B
# cells (at most 5.2) and nine in ten monocytes show, which have none. A gate on the count alone
# (fewer than 7) took cells with few antibody counts for negative, and missed cells with many.
NEGATIVE_BELOW = 0.006
SPREAD = 0.25  # log-SD of healthy T cells' CD7 rate between data sets
# Log-SD of the CD7 rate between samples in cells that lack CD7 protein, about the 35 cells of one
# donor, whose own error (0.42) makes it 0.9 in all. A second donor, with lymphoma, shows 4 times
# their rate beside its CD7-positive cells (CTCL: 0.32 of these against 0.08). Monocytes of four
# samples, whose CD7 is ambient RNA, spread by 0.52. Narrower only with more donors.
NEGATIVE_SPREAD = 0.8
NEGATIVE_SPREAD_REASON = (
    "35 cells of one donor; a second donor (CTCL, same study) shows 4 times their rate relative to "
    "its CD7-positive cells (log 1.4, log-SD 1.0 of two values), hence 0.8, which with log_rate_sd "
    "makes 0.9 in all, until more donors are measured"
)


def t_cells() -> tuple[Ints, Floats, Bools]:
    """CD7 UMIs, depth in 10,000 UMIs, and whether CD7 protein is absent, of ECCITE's T cells."""
    counts, proteins = eccite()
    cells = type_cells(counts).lineage_mask("t")
    negative = (proteins["CD7"] / proteins.sum(axis=1)).to_numpy() < NEGATIVE_BELOW
    return counts.gene_umis(CD7)[cells].astype(np.int64), counts.depth[cells] / 1e4, negative[cells]


def nk_cells() -> tuple[Ints, Floats]:
    """CD7 UMIs and depth in 10,000 UMIs of the NK cells of two healthy donors."""
    donors = [eccite()[0], pbmc3k()[0]]
    masks = [type_cells(counts).lineage_mask("nk") for counts in donors]
    pairs = list(zip(donors, masks, strict=True))
    k = np.concatenate([counts.gene_umis(CD7)[cells] for counts, cells in pairs])
    depth = np.concatenate([counts.depth[cells] for counts, cells in pairs])
    return k.astype(np.int64), depth / 1e4


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
    nk_k, nk_depth = nk_cells()
    data = {
        "origin": (
            "T cells of ECCITE-seq healthy PBMC (Mimitou et al., Nat Methods 2019, GSE126310); "
            f"negative: CD7 under {1000 * NEGATIVE_BELOW:.0f} in 1,000 antibody counts"
        ),
        "negative": _entry(calibrate(k[negative], depth[negative]), int(negative.sum())),
        "positive": _entry(calibrate(k[~negative], depth[~negative]), int((~negative).sum())),
        "nk": _entry(calibrate(nk_k, nk_depth), nk_k.size),
        "nk_origin": "NK cells of the same PBMC and of pbmc3k (10x Genomics)",
        "spread_between_samples": SPREAD,
        "negative_spread_between_samples": NEGATIVE_SPREAD,
        "negative_spread_reason": NEGATIVE_SPREAD_REASON,
    }
    with replacing(CALIBRATION) as path:
        path.write_text(json.dumps(data, indent=2) + "\n")
    print(json.dumps(data, indent=2))


if __name__ == "__main__":
    main()
