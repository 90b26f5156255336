"""Naive, memory and effector T cells: simulated, by protein, and withheld."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks._simulated_subsets import simulated_cells
from benchmarks._subset_mixtures import errors, mixtures
from benchmarks.make_subset_rates import gated_cells
from features.celltypes.cell_types import NAMES, Typing
from features.subsets.component_rates import load_component_rates
from features.subsets.t_states import DEFINITION_SE, PARTS, state_features

RATES = load_component_rates("t_state")


def t_cells(n: int) -> Typing:
    """Typing of `n` T cells."""
    return Typing(np.full(n, NAMES.index("other_t"), np.int8), np.ones(n, np.float32))


def test_shares_of_simulated_cells_come_back() -> None:
    """Each is within two standard errors, and they add up to 1."""
    shares = np.array([0.45, 0.20, 0.05, 0.05, 0.25])
    cells = simulated_cells(RATES, shares, 2000, np.random.default_rng(0))
    columns = state_features(cells, t_cells(2000))
    for name, true in zip(PARTS, (0.45, 0.25, 0.30), strict=True):
        assert abs(columns[name] - true) < 0.06, name
        assert columns[f"{name}_se"] >= DEFINITION_SE
    assert sum(columns[name] for name in PARTS) == pytest.approx(1)


def test_withheld_without_cells_or_gene_sets() -> None:
    """Under 50 T cells, or without IL7R, nothing is given; without MAL alone everything is."""
    shares = np.array([0.5, 0.2, 0.05, 0.05, 0.2])
    cells = simulated_cells(RATES, shares, 400, np.random.default_rng(1))
    assert np.isnan(state_features(cells.select(np.arange(49)), t_cells(49))["naive_t_fraction"])
    for absent, is_missing in (("IL7R", True), ("MAL", False)):
        kept = [i for i, gene in enumerate(cells.genes) if gene != absent]
        part = type(cells)(
            cells.total, cells.n_genes, cells.mito, cells.panel[:, kept],
            tuple(cells.genes[i] for i in kept), depth=cells.depth,
        )  # fmt: skip
        assert np.isnan(state_features(part, t_cells(400))["naive_t_fraction"]) == is_missing


def test_protein_in_the_same_cells(eccite: Path) -> None:
    """Naive and effector shares of cells outside the calibration: within ten points, covered."""
    del eccite
    table = errors(mixtures(gated_cells(), np.random.default_rng(2), n=6))
    for name in ("naive", "effector"):
        part = table[table.index.get_level_values("mixture") == name]
        assert part["|error|"].max() < 11
        assert part["covers %"].mean() > 85
