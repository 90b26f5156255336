"""Checks of fit on healthy and leukaemic samples, and the ambient RNA that typing survives.

    python -m benchmarks.fit_checks

1. T-cell genes of the cells called T, the share of them that makes none, ambient RNA and doublets
   in every sample at full and half depth, with the warnings. The limits were chosen on the samples
   marked so; the leukaemic files (CAR-T10484034 and 036) must be flagged, and no healthy one at
   full depth. CAR-T10484042 is flagged at half depth, where a fifth more cells are called T.
2. Ambient RNA of the sample's pooled profile replaces 10 to 90 % of every cell's UMIs: cells whose
   lineage changes, and the greatest change of a fraction. The limit is the greatest estimate up to
   which none of monocytes, T, NK and B cells moves by more than `TOLERANCE`.
"""

import warnings
from collections.abc import Iterator

import numpy as np
import pandas as pd

from benchmarks.cells import carpall, carpall_samples, eccite, pbmc3k, thinned
from benchmarks.s100 import with_ambient
from features.cells.cell_counts import CellCounts
from features.celltypes.cell_types import NAMES, Typing, type_cells
from features.celltypes.type_profiles import DOUBLET, LINEAGES, UNKNOWN
from features.measures.ambient import estimate_ambient
from features.measures.composition import composition_features
from features.measures.fit_checks import (
    expected_t_gene_rate,
    fit_features,
    fit_warnings,
)
from features.measures.fit_limits import MAX_AMBIENT

CHOSEN_ON = (
    "CAR-T10310322", "CAR-T10310323", "CAR-T10310324", "CAR-T10310325", "CAR-T10484040",
    "CAR-T10484042", "CAR-T10593342",
)  # fmt: skip
WITH_COMPOSITION = (
    "CAR-T10310324", "CAR-T10310325", "CAR-T10484040", "CAR-T10484042", "CAR-T10593342", "pbmc3k",
    "eccite",
)  # fmt: skip
FRACTIONS = ("monocyte_fraction", "t_fraction", "nk_fraction", "b_fraction")
TOLERANCE = 0.03
SHARES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
LINEAGE_OF_NAME = np.array(
    [next(i for i, types in enumerate(LINEAGES.values()) if name in types) for name in NAMES]
)


def samples() -> Iterator[tuple[str, CellCounts]]:
    """Samples with 100 good cells or more."""
    for sample in carpall_samples()["sample_id"]:
        counts, _ = carpall(sample)
        if counts.n_cells >= 100:
            yield sample, counts
    yield "pbmc3k", pbmc3k()[0]
    yield "eccite", eccite()[0]


def checks(counts: CellCounts, typing: Typing) -> dict[str, float]:
    """The columns that the checks read."""
    return {
        **composition_features(typing, "none"),
        **estimate_ambient(counts, typing).fraction().columns("ambient_fraction"),
        **fit_features(counts, typing),
    }


def on_samples() -> None:
    """Print the checks of every sample at full and at half depth, and its warnings."""
    rows, rng = [], np.random.default_rng(0)
    for sample, counts in samples():
        for depth, cells in (("full", counts), ("half", thinned(counts, 0.5, rng))):
            typing = type_cells(cells)
            columns = checks(cells, typing)
            rows.append(
                {
                    "sample": sample, "limits chosen on it": sample in CHOSEN_ON, "depth": depth,
                    "T cells": int(typing.lineage_mask("t").sum()),
                    "T genes": columns["t_gene_rate"], "error": columns["t_gene_rate_se"],
                    "by the table": expected_t_gene_rate(cells, typing),
                    "without": columns["t_without_t_genes_fraction"],
                    "its error": columns["t_without_t_genes_fraction_se"],
                    "ambient": columns["ambient_fraction"],
                    "doublets": columns["doublet_fraction"],
                    "warnings": " ".join(fit_warnings(cells, typing, columns)),
                }
            )  # fmt: skip
    print(pd.DataFrame(rows).round(3).fillna("").to_string(index=False))


def ambient_row(counts: CellCounts, clean: Typing, share: float) -> dict[str, object]:
    """What ambient RNA added to a sample does to its calls."""
    cells = with_ambient(counts, share, np.random.default_rng(0))
    typing = type_cells(cells)
    before, after = composition_features(clean, "none"), checks(cells, typing)
    is_typed = ~clean.type_mask(UNKNOWN, DOUBLET)
    is_same = LINEAGE_OF_NAME[clean.call] == LINEAGE_OF_NAME[typing.call]
    moves = {name: after[name] - before[name] for name in FRACTIONS}
    furthest = max(moves, key=lambda name: abs(moves[name]))
    return {
        "added": share, "estimate": after["ambient_fraction"],
        "error": after["ambient_fraction_se"],
        "other lineage": 1 - is_same[is_typed].mean(),
        "unsure": typing.unsure_fraction(), "doublets": after["doublet_fraction"],
        "moves most": furthest.removesuffix("_fraction"), "by": moves[furthest],
        "warnings": " ".join(fit_warnings(cells, typing, after)),
    }  # fmt: skip


def on_ambient() -> None:
    """Print calls and composition as ambient RNA is added, and what no warning tells."""
    rows = []
    for sample, counts in samples():
        if sample in WITH_COMPOSITION:
            clean = type_cells(counts)
            rows += [{"sample": sample} | ambient_row(counts, clean, share) for share in SHARES]
    table = pd.DataFrame(rows)
    print(f"\nAmbient RNA added (limit {MAX_AMBIENT}, tolerance {TOLERANCE})")
    print(table.round(3).fillna("").to_string(index=False))
    is_beyond, is_flagged = table["by"].abs() > TOLERANCE, table["warnings"] != ""
    print(
        f"beyond the tolerance {is_beyond.sum()} of {len(table)}, flagged {is_flagged.sum()}; "
        f"beyond and not flagged {(is_beyond & ~is_flagged).sum()}, "
        f"flagged within it {(is_flagged & ~is_beyond).sum()}"
    )


def main() -> None:
    """Print all tables."""
    warnings.simplefilter("ignore")
    on_samples()
    on_ambient()


if __name__ == "__main__":
    main()
