"""HLA-DR of monocytes: truth by protein, soup, and what it needs."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import spearmanr

from benchmarks._soup import with_ambient
from benchmarks.cells import carpall as read_carpall
from benchmarks.cells import eccite as read_eccite
from benchmarks.cells import pbmc3k as read_pbmc3k
from benchmarks.hla_dr import level_of, protein_share, without_hla_dr
from features.cells.cell_counts import CellCounts
from features.celltypes.cell_types import type_cells
from features.measures.ambient import estimate_ambient
from features.measures.composition import MONOCYTES
from features.measures.hla_dr import hla_dr_features


def features_of(counts: CellCounts) -> dict[str, float]:
    """The columns, cells typed by us."""
    typing = type_cells(counts)
    return hla_dr_features(counts, typing, estimate_ambient(counts, typing))


def test_rna_follows_the_antibody_in_the_same_cells(eccite: Path) -> None:
    """Groups of ten monocytes rank alike; the protein-rich third holds over twice the RNA."""
    counts, proteins = read_eccite()
    monocytes = np.flatnonzero(type_cells(counts).type_mask(*MONOCYTES))
    share, rng = protein_share(proteins)[monocytes], np.random.default_rng(2)
    x, depth = counts.gene_umis("HLA-DRA")[monocytes], counts.depth[monocytes]
    groups = [rng.choice(len(monocytes), 10) for _ in range(500)]
    levels = [x[group].sum() / depth[group].sum() for group in groups]
    assert spearmanr(levels, [share[group].mean() for group in groups])[0] > 0.4
    order = np.argsort(share)
    low, high = order[:10], order[-10:]
    assert x[high].sum() / depth[high].sum() > 2 * x[low].sum() / depth[low].sum()


def test_too_few_monocytes_are_missing(eccite: Path) -> None:
    """ECCITE's 30 monocytes give no number."""
    assert all(math.isnan(value) for value in features_of(read_eccite()[0]).values())


def test_loss_is_measured_through_soup(carpall: Path) -> None:
    """A level lost to a tenth shows as ln 10 less, and 20 % soup moves it within its error.

    Without correction soup lifts it by a third of a log unit.
    """
    counts, rng = read_carpall("CAR-T10310325")[0], np.random.default_rng(3)
    low = without_hla_dr(counts, type_cells(counts), rng)
    before, after = (features_of(c)["hla_dr_monocyte"] for c in (counts, low))
    assert math.expm1(after) == pytest.approx(math.expm1(before) / 10, rel=0.15)
    raw, corrected, _ = level_of(low)
    soupy_raw, soupy_corrected, se = level_of(with_ambient(low, 0.2, rng))
    assert abs(soupy_corrected - corrected) < se
    assert soupy_raw - raw > 0.25


def test_withheld_where_ambient_rna_decides(pbmc3k: Path) -> None:
    """Monocytes that lost HLA-DR in soup rich in B cells: the ends alone are given."""
    counts, rng = read_pbmc3k()[0], np.random.default_rng(3)
    low = without_hla_dr(counts, type_cells(counts), rng)
    columns = features_of(with_ambient(low, 0.2, rng))
    assert math.isnan(columns["hla_dr_monocyte"])
    assert columns["hla_dr_monocyte_low"] < 0 < columns["hla_dr_monocyte_high"]


def test_missing_without_the_gene(pbmc3k: Path) -> None:
    """A reference without HLA-DRA gives no number, not zero."""
    counts = read_pbmc3k()[0]
    typing = type_cells(counts)
    keep = [i for i, gene in enumerate(counts.genes) if gene != "HLA-DRA"]
    blank = replace(
        counts, low=counts.panel[:, keep], genes=tuple(counts.genes[i] for i in keep), high={}
    )
    columns = hla_dr_features(blank, typing, estimate_ambient(blank, typing))
    assert all(math.isnan(value) for value in columns.values())
