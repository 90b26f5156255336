"""Move of every feature of a sample when it is sequenced to half the depth, in its standard errors.

Cells of real samples are thinned to half their UMIs and typed again. A feature's move is the mean
over thinnings, in which counting noise averages out, over the standard error at full depth; goal:
at most 1. Features whose sample lacks what they need have no line, and neither has one that is
withheld at either depth.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from benchmarks.cells import thinned
from features import schema
from features.cells.cell_counts import CellCounts
from features.celltypes.cell_types import type_cells
from features.pipeline.cell_features import cell_features
from features.schema import CATEGORIES, standard_error

# A sheet with which every feature can be computed that needs one: a male patient, a female donor.
TEXTS: Mapping[str, str | None] = {
    **dict.fromkeys(category.name for category in CATEGORIES),
    "enrichment": "none", "tissue": "PB", "patient_sex": "male", "donor_sex": "female",
}  # fmt: skip
NUMBERS: Mapping[str, float] = {"alc": 1.0, "amc": 0.3, "wbc": 5.0}
KEEP = 0.5


def features_with_errors() -> tuple[str, ...]:
    """Features of a sample's cells that carry a standard error."""
    return tuple(feature.name for feature in schema.SAMPLE_FEATURES if feature.has_se)


def features_of(counts: CellCounts) -> dict[str, float]:
    """All features of the cells, typed anew."""
    return cell_features(counts, type_cells(counts), TEXTS, numbers=NUMBERS)


def moves(counts: CellCounts, draws: int, rng: np.random.Generator) -> dict[str, float]:
    """Each feature's mean move by thinning to half, in standard errors at full depth."""
    full = features_of(counts)
    half = pd.DataFrame([features_of(thinned(counts, KEEP, rng)) for _ in range(draws)])
    in_errors = {
        name: (half[name].mean(skipna=False) - full[name]) / full[standard_error(name)]
        for name in features_with_errors()
        if name in full and full[standard_error(name)] > 0
    }
    return {name: move for name, move in in_errors.items() if np.isfinite(move)}


def half_depth(
    counts_by_name: Mapping[str, CellCounts], draws: int, rng: np.random.Generator
) -> pd.DataFrame:
    """One line per feature: samples, share of them that move by at most an error, and the moves."""
    table = pd.DataFrame(
        {name: moves(counts, draws, rng) for name, counts in counts_by_name.items()}
    ).abs()
    return pd.DataFrame(
        {
            "samples": table.notna().sum(axis=1),
            "within 1": (table <= 1).sum(axis=1) / table.notna().sum(axis=1),
            "median": table.median(axis=1),
            "greatest": table.max(axis=1),
            "in sample": table.idxmax(axis=1),
        }
    )
