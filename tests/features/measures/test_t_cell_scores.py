"""Scores of CD7-negative T cells: from one sample alone, robust to depth."""

import math
from pathlib import Path

import numpy as np
import pytest

from benchmarks.cells import eccite as read_eccite
from benchmarks.cells import thinned
from features.cells.cell_counts import CellCounts
from features.celltypes.cell_types import NAMES, Typing, type_cells
from features.genes.panels import ACTIVATION, HANDLING_STRESS, SCORE_PANELS
from features.measures.t_cell_scores import (
    activation_features,
    dropped_panels,
    panel_score,
    partial_panels,
)

GENES = tuple(
    sorted({gene for panel in SCORE_PANELS.values() for gene in panel} | {*HANDLING_STRESS})
)


def t_cells(n: int = 300, seed: int = 0) -> tuple[CellCounts, Typing, np.ndarray]:
    """T cells with all panels at 2 per 10,000, the first half CD7-negative with activation at 8."""
    rng = np.random.default_rng(seed)
    rates = np.full((n, len(GENES)), 2.0)
    rates[: n // 2, [GENES.index(gene) for gene in ACTIVATION]] = 8.0
    total = rng.integers(2000, 5000, n)
    panel = rng.poisson(total[:, None] / 1e4 * rates).astype(np.int32)
    counts = CellCounts(total, total, total * 0, panel, GENES)
    typing = Typing(np.full(n, NAMES.index("cd8_t"), np.int8), np.ones(n, np.float32))
    return counts, typing, (np.arange(n) < n // 2).astype(float)


def test_scores_are_of_the_weighted_cells() -> None:
    """Activation reads 8 per 10,000 in the CD7-negative half, the rest reads 2."""
    columns = activation_features(*t_cells(2000))
    assert columns["cd7neg_t_activation"] == pytest.approx(math.log(9), abs=0.05)
    assert columns["cd7neg_t_exhaustion"] == pytest.approx(math.log(3), abs=0.05)
    assert columns["handling_stress"] == pytest.approx(math.log(3), abs=0.05)


def test_order_and_company_change_nothing() -> None:
    """Permuting cells, or adding cells outside the group, leaves every score."""
    counts, typing, weights = t_cells()
    before = activation_features(counts, typing, weights)
    order = np.random.default_rng(1).permutation(counts.n_cells)
    again = activation_features(counts.select(order), typing.select(order), weights[order])
    assert again == pytest.approx(before, rel=1e-9)
    twice = np.concatenate([np.arange(counts.n_cells)] * 2)
    monocytes = np.where(np.arange(len(twice)) < counts.n_cells, typing.call[0], 0).astype(np.int8)
    company = Typing(monocytes, np.ones(len(twice), np.float32))
    more = activation_features(
        counts.select(twice), company, np.concatenate([weights, weights * 0])
    )
    assert more == pytest.approx(before, rel=1e-9)


def test_sixty_percent_of_a_panel() -> None:
    """Four of six genes are scored over those four; three of six are dropped and named."""
    counts, _, weights = t_cells(2000)
    genes = tuple(gene for gene in GENES if gene not in ACTIVATION[:2])
    columns = [GENES.index(gene) for gene in genes]
    four = CellCounts(counts.total, counts.n_genes, counts.mito, counts.panel[:, columns], genes)
    assert panel_score(four, ACTIVATION, weights).value == pytest.approx(math.log(9), abs=0.05)
    assert dropped_panels(four) == () and "cd7neg_t_activation" in partial_panels(four)
    three = CellCounts(
        counts.total, counts.n_genes, counts.mito,
        counts.panel[:, [i for i, g in enumerate(GENES) if g not in ACTIVATION[:3]]],
        tuple(g for g in GENES if g not in ACTIVATION[:3]),
    )  # fmt: skip
    assert math.isnan(panel_score(three, ACTIVATION, weights).value)
    assert dropped_panels(three) == ("cd7neg_t_activation",)
    assert "cd7neg_t_activation" not in (*partial_panels(three), *partial_panels(counts))


def test_unresolved_cd7_leaves_scores_missing_but_stress() -> None:
    """Without posteriors there is no CD7-negative score; handling stress is of all T cells."""
    counts, typing, weights = t_cells()
    columns = activation_features(counts, typing, weights * np.nan)
    assert all(math.isnan(columns[name]) for name in SCORE_PANELS)
    assert not math.isnan(columns["handling_stress"])


def test_fewer_than_fifty_cells_are_missing() -> None:
    """Posteriors that add up to under 50 cells carry no score."""
    counts, typing, weights = t_cells()
    columns = activation_features(counts, typing, weights * 0.3)
    assert math.isnan(columns["cd7neg_t_activation"])


def test_thinning_real_cells_hardly_moves_scores(eccite: Path) -> None:
    """A quarter of the reads moves each pooled score by under 0.1 on the log scale."""
    counts, _ = read_eccite()
    cells = counts.select(type_cells(counts).lineage_mask("t"))
    thin = thinned(cells, 0.25, np.random.default_rng(0))
    all_cells = np.ones(cells.n_cells)
    for panel in SCORE_PANELS.values():
        assert (
            abs(
                panel_score(thin, panel, all_cells).value
                - panel_score(cells, panel, all_cells).value
            )
            < 0.1
        )
