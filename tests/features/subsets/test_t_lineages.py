"""CD4, CD8, gamma-delta and regulatory T cells: simulated, by protein, and withheld."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks._simulated_subsets import simulated_cells
from benchmarks._subset_mixtures import errors, mixtures
from benchmarks.cells import carpall as read_carpall
from benchmarks.cells import pbmc3k as read_pbmc3k
from benchmarks.cells import thinned
from benchmarks.make_subset_rates import gated_cells
from features.celltypes.cell_types import NAMES, Typing, type_cells
from features.subsets.component_rates import load_component_rates
from features.subsets.t_lineages import (
    MIN_CD4_CELLS,
    lineage_features,
    usable_rates,
)

RATES = load_component_rates("t_lineage")
SHARES = np.array([0.55, 0.05, 0.15, 0.20, 0.03, 0.02])  # cd4 treg cd8_naive cd8_memory vd2 other


def t_cells(n: int, other: str | None = None) -> Typing:
    """Typing of `n` T cells, or of another type."""
    return Typing(np.full(n, NAMES.index(other or "cd8_t"), np.int8), np.ones(n, np.float32))


def test_shares_of_simulated_cells_come_back() -> None:
    """Each is within two standard errors; the calls given with the cells play no part."""
    cells = simulated_cells(RATES, SHARES, 3000, np.random.default_rng(0))
    columns = lineage_features(cells, t_cells(3000))
    expected = {
        "cd4_t_fraction": 0.60, "cd8_t_fraction": 0.35, "gamma_delta_t_fraction": 0.05,
        "log_cd4_cd8_ratio": np.log(0.60 / 0.35), "regulatory_t_fraction": 0.05 / 0.60,
    }  # fmt: skip
    for name, value in expected.items():
        assert abs(columns[name] - value) < 2 * columns[f"{name}_se"], name
    assert columns["cd4_t_fraction_se"] < 0.05


def test_ratio_is_finite_where_one_lineage_is_absent() -> None:
    """A sample of CD4 T cells alone has a ratio that is large or withheld, and never infinite."""
    cells = simulated_cells(RATES, np.array([1.0, 0, 0, 0, 0, 0]), 400, np.random.default_rng(1))
    columns = lineage_features(cells, t_cells(400))
    assert columns["cd4_t_fraction"] > 0.97
    assert not np.isinf(columns["log_cd4_cd8_ratio"])
    assert np.isnan(columns["log_cd4_cd8_ratio"]) or columns["log_cd4_cd8_ratio"] > 3


def test_withheld_without_cells_genes_or_depth() -> None:
    """Under 50 T cells, without CD8A, and where regulatory T cells are too few: missing."""
    cells = simulated_cells(RATES, SHARES, 300, np.random.default_rng(2))
    few = lineage_features(cells.select(np.arange(49)), t_cells(49))
    other = lineage_features(cells, t_cells(300, "nk"))
    assert all(np.isnan(value) for part in (few, other) for value in part.values())
    assert usable_rates(tuple(gene for gene in cells.genes if gene != "CD8A")) is None
    assert MIN_CD4_CELLS > 180
    assert np.isnan(lineage_features(cells, t_cells(300))["regulatory_t_fraction"])


def test_a_reference_without_receptors_gives_no_gamma_delta_share() -> None:
    """pbmc3k's kind of reference lacks TRDC: CD4 and CD8 are given, gamma-delta is not."""
    cells = simulated_cells(RATES, SHARES, 600, np.random.default_rng(3))
    kept = [i for i, gene in enumerate(cells.genes) if not gene.startswith("TR")]
    part = type(cells)(
        cells.total, cells.n_genes, cells.mito, cells.panel[:, kept],
        tuple(cells.genes[i] for i in kept), depth=cells.depth,
    )  # fmt: skip
    columns = lineage_features(part, t_cells(600))
    assert np.isnan(columns["gamma_delta_t_fraction"])
    assert columns["cd4_t_fraction"] + columns["cd8_t_fraction"] == pytest.approx(1)


def test_cytotoxic_genes_do_not_turn_cd4_into_cd8() -> None:
    """GZMB, GNLY and NKG7 in every cell change nothing."""
    cells = simulated_cells(RATES, SHARES, 500, np.random.default_rng(4))
    panel = np.hstack([cells.panel, np.full((500, 3), 20, np.int32)])
    more = type(cells)(
        cells.total, cells.n_genes, cells.mito, panel, (*cells.genes, "GZMB", "GNLY", "NKG7"),
        depth=cells.depth,
    )  # fmt: skip
    assert lineage_features(more, t_cells(500)) == lineage_features(cells, t_cells(500))


def test_protein_in_the_same_cells(eccite: Path) -> None:
    """Mixtures of cells outside the calibration: within 4 points, where calls are 20 off."""
    del eccite
    table = errors(mixtures(gated_cells(), np.random.default_rng(5), n=6))
    names = table.index.get_level_values("mixture")
    for name in ("CD4 among CD4 and CD8", "CD4 among CD4 and naive CD8"):
        part = table[names == name]
        assert part["|error|"].max() < 6
        assert part["|error|"].mean() < 0.35 * part["|error| of calls"].mean()
        assert part["covers %"].mean() > 85
    assert table[names == "gamma-delta (Vd2)"]["|error|"].max() < 2


def test_half_depth_stays_within_its_error(pbmc3k: Path, carpall: Path) -> None:
    """Half of the UMIs move CD4 and CD8 by no more than their standard error, mostly by less."""
    del pbmc3k, carpall
    rng, moves = np.random.default_rng(6), []
    for counts in (read_pbmc3k()[0], read_carpall("CAR-T10310324")[0]):
        typing = type_cells(counts)
        whole = lineage_features(counts, typing)
        half = lineage_features(thinned(counts, 0.5, rng), typing)
        moves += [
            abs(half[name] - whole[name]) / half[f"{name}_se"]
            for name in ("cd4_t_fraction", "cd8_t_fraction", "log_cd4_cd8_ratio")
        ]
    assert max(moves) < 1
