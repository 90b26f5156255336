"""Plasmablasts: dividing plasma cells among leukocytes."""

import numpy as np
import pytest

from benchmarks._simulated_subsets import simulated_cells
from features.celltypes.cell_types import NAMES, Typing
from features.subsets.component_rates import load_component_rates
from features.subsets.plasmablasts import plasmablast_features

RATES = load_component_rates("division")


def leukocytes(n_plasma: int, n: int) -> Typing:
    """Plasma cells first, then T cells."""
    names = ["plasma"] * n_plasma + ["cd4_t"] * (n - n_plasma)
    return Typing(np.array([NAMES.index(x) for x in names], np.int8), np.ones(n, np.float32))


def test_only_dividing_plasma_cells_count() -> None:
    """60 % of 200 plasma cells among 1,000 leukocytes divide; dividing T cells add none."""
    rng = np.random.default_rng(0)
    cells = simulated_cells(RATES, np.array([0.4, 0.6]), 1000, rng)
    columns = plasmablast_features(cells, leukocytes(200, 1000), "none")
    assert columns["plasmablast_fraction"] == pytest.approx(0.12, abs=0.025)
    assert 0.005 < columns["plasmablast_fraction_se"] < 0.03


def test_resting_plasma_cells_are_none() -> None:
    """Resting ones read as almost none, and no plasma cells as exactly none."""
    cells = simulated_cells(RATES, np.array([1.0, 0.0]), 500, np.random.default_rng(1))
    assert plasmablast_features(cells, leukocytes(100, 500), "none")["plasmablast_fraction"] < 0.01
    assert plasmablast_features(cells, leukocytes(0, 500), "none")["plasmablast_fraction"] == 0


@pytest.mark.parametrize("enrichment", ["sorted", "product", None])
def test_missing_where_the_composition_is(enrichment: str | None) -> None:
    """Sorted cells and products say nothing of the blood's plasmablasts."""
    cells = simulated_cells(RATES, np.array([0.5, 0.5]), 100, np.random.default_rng(2))
    columns = plasmablast_features(cells, leukocytes(50, 100), enrichment)
    assert all(np.isnan(value) for value in columns.values())


def test_missing_without_the_genes_of_division() -> None:
    """A reference without them gives no share."""
    cells = simulated_cells(RATES, np.array([0.5, 0.5]), 100, np.random.default_rng(3))
    bare = type(cells)(
        cells.total, cells.n_genes, cells.mito, cells.panel[:, :1], ("LYZ",), depth=cells.depth
    )
    assert np.isnan(plasmablast_features(bare, leukocytes(50, 100), "none")["plasmablast_fraction"])
