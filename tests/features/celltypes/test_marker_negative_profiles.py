"""Cells without the markers of the type they resemble are unknown where one is due."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.cells import carpall as read_carpall
from benchmarks.cells import pbmc3k as read_pbmc3k
from benchmarks.cells import thinned
from benchmarks.other_cells import no_marker_negative_profiles
from features.cells.cell_counts import CellCounts
from features.celltypes.cell_types import type_cells
from features.celltypes.marker_negative_profiles import MARKERS, marker_negative_rates
from features.celltypes.type_profiles import PRIORS, row_log_priors, row_names, row_rates
from features.genes.expression_rates import load_rates
from features.genes.panels import S100

TABLE = load_rates()


def cells_of(rates: np.ndarray, depth: int, n: int = 300) -> CellCounts:
    """Negative binomial cells of one profile, all at one depth."""
    rng = np.random.default_rng(0)
    mean = depth / 1e4 * np.tile(rates, (n, 1))
    panel = rng.poisson(mean * rng.gamma(1.0, 1.0, mean.shape)).astype(np.int32)
    total = np.full(n, depth)
    return CellCounts(total, total // 2, np.zeros(n, np.int64), panel, TABLE.genes)


def test_markers_are_genes_and_types_of_the_table() -> None:
    """Each marker is typed, and its types show it five times as strongly as background."""
    background = TABLE.rates.min(axis=1)
    for name, markers in MARKERS.items():
        rows = [TABLE.genes.index(gene) for gene in markers]
        assert np.median(TABLE.type_rates(name)[rows] / background[rows]) > 5, name


def test_a_marker_negative_row_differs_by_its_markers_alone() -> None:
    """Every other gene has the type's rate; the rows are named and weighted as unknown."""
    rates = marker_negative_rates(TABLE)
    for column, (name, markers) in enumerate(MARKERS.items()):
        is_marker = np.isin(TABLE.genes, markers)
        np.testing.assert_array_equal(rates[~is_marker, column], TABLE.type_rates(name)[~is_marker])
        np.testing.assert_array_equal(rates[is_marker, column], TABLE.rates[is_marker].min(axis=1))
        row = next(
            i for i in range(row_rates(TABLE).shape[1])
            if np.array_equal(row_rates(TABLE)[:, i], rates[:, column])
        )  # fmt: skip
        assert row_names(TABLE)[row] == "unknown"
        weight = np.exp(row_log_priors(TABLE)[row] - row_log_priors(TABLE)[TABLE.types.index("b")])
        assert weight == pytest.approx(PRIORS["unknown"] / PRIORS["b"])


def test_files_without_some_genes_name_the_rest() -> None:
    """In a table of half of the genes the markers are found by name, not by place."""
    half = TABLE.select(range(0, len(TABLE.genes), 2))
    np.testing.assert_array_equal(marker_negative_rates(half), marker_negative_rates(TABLE)[::2])


@pytest.mark.parametrize("name", list(MARKERS))
def test_without_markers_a_deep_cell_is_unknown(name: str) -> None:
    """At 3,000 UMIs 85 % of such cells are unknown, and under 2 % of cells of the real type."""
    marker_negative = marker_negative_rates(TABLE)[:, list(MARKERS).index(name)]
    assert type_cells(cells_of(marker_negative, 3000)).type_mask("unknown").mean() > 0.85
    assert type_cells(cells_of(TABLE.type_rates(name), 3000)).type_mask("unknown").mean() < 0.02


def test_a_shallow_t_cell_needs_no_marker() -> None:
    """At 250 UMIs most T cells without a T marker stay T cells: none is due."""
    counts = cells_of(TABLE.type_rates("cd4_t"), 250, 2000)
    t_markers = [TABLE.genes.index(gene) for gene in MARKERS["cd4_t"]]
    no_marker = counts.panel[:, t_markers].sum(axis=1) == 0
    assert no_marker.mean() > 0.2
    with no_marker_negative_profiles():
        before = type_cells(counts).lineage_mask("t")
    after = type_cells(counts).lineage_mask("t")
    assert after[before & no_marker].mean() > 0.9


def test_labelled_cells_of_pbmc3k_keep_their_type(pbmc3k: Path) -> None:
    """Of T, NK, B cells and monocytes by label, under two in a thousand become unknown."""
    counts, labels = read_pbmc3k()
    for cells in (counts, thinned(counts, 0.5, np.random.default_rng(0))):
        with no_marker_negative_profiles():
            before = type_cells(cells).type_mask("unknown")
        is_new = type_cells(cells).type_mask("unknown") & ~before & (labels != "unlabelled")
        assert is_new.mean() < 0.002


def test_former_monocytes_lack_s100(carpall: Path) -> None:
    """Monocytes that the rule sets aside show a tenth of the others' S100A8/A9."""
    counts, _ = read_carpall("CAR-T10593342")
    with no_marker_negative_profiles():
        monocytes = type_cells(counts).lineage_mask("monocyte")
    is_unknown = type_cells(counts).type_mask("unknown")
    umis = counts.summed_umis(S100)

    def level(cells: np.ndarray) -> float:
        return float(umis[cells].sum() / counts.depth[cells].sum())

    assert (monocytes & is_unknown).sum() > 5
    assert level(monocytes & is_unknown) < 0.15 * level(monocytes & ~is_unknown)
