"""Ambient RNA added to real cells: a share of every cell's UMIs is replaced by soup."""

from dataclasses import replace

import numpy as np

from features.arrays import Floats
from features.cells.cell_counts import CellCounts
from features.celltypes.cell_types import Typing
from features.genes.panels import AMBIENT_TRACERS, S100
from features.measures.composition import LYMPHOCYTES


def with_ambient(
    counts: CellCounts, share: float, rng: np.random.Generator, *, richness: float = 1.0
) -> CellCounts:
    """Replace a share of every cell's UMIs by draws from the sample's pooled profile.

    `richness` multiplies S100A8/A9 in the profile, as where neutrophils burst.
    """
    profile = counts.panel_sums() / counts.depth.sum()
    profile[[counts.genes.index(gene) for gene in S100]] *= richness
    return add_ambient(counts, share, profile, rng)


def add_ambient(
    counts: CellCounts, share: float, profile: Floats, rng: np.random.Generator
) -> CellCounts:
    """Replace a share of every cell's UMIs by draws from a profile (UMIs per depth)."""
    own_umis = rng.binomial(counts.panel, 1 - share)
    ambient_umis = rng.poisson(share * counts.depth[:, None] * profile[None, :])
    return replace(counts, low=(own_umis + ambient_umis).astype(np.int32), high={})


def without_soup(
    counts: CellCounts, typing: Typing, level: float, rng: np.random.Generator
) -> CellCounts:
    """The cells with lymphocytes that hold no soup, as far as it can be told from their own RNA.

    Their monocyte transcripts (S100A8/A9 and the tracers of ambient RNA) are removed; then each
    makes S100A8 at a known `level`, in UMIs per 10,000.
    """
    lymphocytes, panel = typing.type_mask(*LYMPHOCYTES), counts.panel
    columns = [counts.genes.index(gene) for gene in (*S100, *AMBIENT_TRACERS)]
    panel[np.ix_(lymphocytes, columns)] = 0
    panel[lymphocytes, columns[0]] = rng.poisson(level * counts.depth[lymphocytes] / 1e4)
    return replace(counts, low=panel, high={})
