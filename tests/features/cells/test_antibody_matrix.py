"""Antibodies of a matrix beside RNA become columns of the scanned cells, RNA unchanged."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from features.cells.antibody_matrix import add_antibody_matrix
from features.cells.scan import scan_counts
from features.genes.annotation import assign_roles
from features.pipeline.sample import summarise
from features.readers.count_source import ProteinCounts
from features.readers.open_counts import open_counts
from features.settings import data_dir
from features.table.row import number
from features.table.sample_sheet import sheet_row


def test_columns_follow_the_good_cells(tenx: Path) -> None:
    """Counts of each good cell, over 255 too; genes and totals as before."""
    source = open_counts(tenx)
    scan = scan_counts(source, assign_roles(source.reference))
    counts = np.random.default_rng(0).integers(0, 3000, (source.n_cells, 2)).astype(np.int32)
    proteins = ProteinCounts(("CD7", "isotype"), counts)
    joined = add_antibody_matrix(scan, replace(source, read_proteins=lambda: proteins)).cells
    assert joined.proteins == ("CD7", "isotype")
    for column, name in enumerate(joined.proteins):
        np.testing.assert_array_equal(
            joined.protein_counts(name), counts[scan.barcode_index, column]
        )
    np.testing.assert_array_equal(joined.panel, scan.cells.panel)
    np.testing.assert_array_equal(joined.panel_sums(), scan.cells.panel_sums())


def test_nothing_beside_changes_nothing(tenx: Path) -> None:
    """A format without such a matrix, and cells that hold antibodies already."""
    source = open_counts(tenx)
    scan = scan_counts(source, assign_roles(source.reference))
    assert add_antibody_matrix(scan, source) is scan
    proteins = ProteinCounts(("CD7",), np.ones((source.n_cells, 1), np.int32))
    beside = replace(source, read_proteins=lambda: proteins)
    joined = add_antibody_matrix(scan, beside)
    assert joined is not scan
    assert add_antibody_matrix(joined, beside) is joined


def test_eccite_keeps_its_antibodies_in_obsm() -> None:
    """The public file as it is: CD7 by protein, monocytes and RNA as ever."""
    path = data_dir() / "eccite" / "eccite_pbmc_500.h5ad"
    if not path.exists():
        pytest.skip("the data set ECCITE is not there; set CD7WATCH_DATA to the data's folder")
    row = summarise(sheet_row(path, day=28, enrichment="none"))
    assert row["cd7_source"] == "protein"
    assert 0.07 < number(row, "cd7neg_t_fraction") < 0.15
    assert number(row, "cd7neg_t_fraction_rna") == pytest.approx(0.1382, abs=0.0005)
    assert number(row, "monocyte_fraction") == pytest.approx(0.061, abs=0.0005)
