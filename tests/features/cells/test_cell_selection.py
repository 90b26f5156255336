"""Selectors applied to a file's columns and barcodes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import anndata
import numpy as np
import pandas as pd
import pytest

from features.cells.cell_selection import CellSelection, select_cells
from features.readers.count_source import CountSource
from features.readers.open_counts import open_counts
from tests.features.pooled import Pool, draw_pool, write_pool


@pytest.fixture(scope="module")
def pool(draw_sample: Callable[..., Any]) -> Pool:
    """A few cells of two donors, over few genes."""
    return draw_pool(draw_sample, 30, 1000)


@pytest.fixture(scope="module")
def source(pool: Pool, tmp_path_factory: pytest.TempPathFactory) -> CountSource:
    """The pool as .h5ad."""
    return open_counts(write_pool(tmp_path_factory.mktemp("pool"), "csr", pool))


def select(source: CountSource, *selectors: str | None) -> CellSelection:
    """The selection for samples a, b, c."""
    return select_cells(source, selectors, "abc"[: len(selectors)])


def cells_of(source: CountSource, selector: str) -> np.ndarray:
    """Positions of one selector's cells."""
    selection = select(source, selector)
    assert selection.faults == (None,)
    return np.flatnonzero(selection.sample_of_cell == 0)


@pytest.mark.parametrize("selector", [
    "donor_id=P1", "day=28", "day=28.0", "day = 28; donor_id=P1", "barcode=*-1", "barcode=?*-1",
    "barcode=A*-1|C*-1|[GT]*-1", "donor_id=P1|nobody|P1",
])  # fmt: skip
def test_a_donor_in_many_words(pool: Pool, source: CountSource, selector: str) -> None:
    """Columns as text or number, patterns at the ends or anywhere, alternatives."""
    if "nobody" in selector:
        (fault,) = select(source, selector).faults
        assert "a value of donor_id that no cell has" in str(fault)
        return
    np.testing.assert_array_equal(cells_of(source, selector), np.flatnonzero(pool.donors == "P1"))


def test_alternatives_and_terms_combine(pool: Pool, source: CountSource) -> None:
    """Either donor, and of those the barcodes that begin with A."""
    expected = [
        i for i, name in enumerate(pool.barcodes)
        if pool.donors[i] in ("P1", "P2") and name.startswith("A")
    ]  # fmt: skip
    selector = "donor_id=P1|P2;barcode=A*"
    np.testing.assert_array_equal(cells_of(source, selector), expected)


def test_a_table_of_another_tool_names_the_cells(
    pool: Pool, source: CountSource, tmp_path: Path
) -> None:
    """By exact barcodes, or by those without Cell Ranger's -1 where none is equal."""
    lines = [f"{n},{d}\n" for n, d in zip(pool.barcodes, pool.donors, strict=True)]
    (tmp_path / "t.csv").write_text("barcode,sample\n" + "".join(lines))
    selection = select(source, f"barcodes={tmp_path}/t.csv:P1", f"barcodes={tmp_path}/t.csv:P2")
    expected = np.select([pool.donors == "P1", pool.donors == "P2"], [0, 1], -1)
    np.testing.assert_array_equal(selection.sample_of_cell, expected)
    bare = [name[:-2] + "\n" for name, d in zip(pool.barcodes, pool.donors, strict=True)
            if d == "P1"]  # fmt: skip
    (tmp_path / "list.txt").write_text("".join(bare))
    listed = cells_of(source, f"barcodes={tmp_path}/list.txt")
    np.testing.assert_array_equal(listed, np.flatnonzero(expected == 0))


def test_another_runs_list_is_refused(pool: Pool, source: CountSource, tmp_path: Path) -> None:
    """Runs share a few barcodes by chance."""
    names = [name[::-1][2:] + "CCCC-1" for name in pool.barcodes] + pool.barcodes[:50]
    (tmp_path / "other.txt").write_text("\n".join(names))
    (fault,) = select(source, f"barcodes={tmp_path}/other.txt").faults
    assert "but 50 of 1,070 are; give the list of this run" in str(fault)


def test_a_barcode_of_two_runs_needs_the_run(tmp_path: Path, draw_sample: Any) -> None:
    """Two cells of one name are told apart by another term, and refused without."""
    blood = draw_sample(40, 1000)
    names = [f"{'ACGT'[i % 4]}{'ACGT'[i // 4 % 4]}{'ACGT'[i // 16]}AAACCCC-1" for i in range(20)]
    obs = pd.DataFrame({"run": ["r1"] * 20 + ["r2"] * 20}, index=names * 2)
    var = pd.DataFrame({"gene_ids": blood.ids}, index=blood.names)
    with pytest.warns(UserWarning, match="not unique"):
        anndata.AnnData(blood.counts, obs=obs, var=var).write_h5ad(tmp_path / "x.h5ad")
    source = open_counts(tmp_path / "x.h5ad")
    (tmp_path / "l.txt").write_text("\n".join(names[:5]))
    (fault,) = select(source, f"barcodes={tmp_path}/l.txt").faults
    assert "must name one cell, but one names several" in str(fault)
    listed = cells_of(source, f"run=r2;barcodes={tmp_path}/l.txt")
    np.testing.assert_array_equal(listed, np.arange(20, 25))


def test_shared_cells_are_a_fault_of_both(source: CountSource) -> None:
    """Whichever line comes first; a third sample is not touched."""
    selection = select(source, "donor_id=P1", "donor_id=P2", "day=28")
    first, second, third = selection.faults
    assert second is None
    assert str(first) == str(third)
    assert "pool.h5ad: samples of one file must not share cells, but a and c do" in str(first)
    assert set(np.unique(selection.sample_of_cell)) == {-1, 1}


@pytest.mark.parametrize(("selector", "sentence"), [
    ("donor=P1", "donor is none of them (donor_id, day)"),
    ("donor_id=P1;day=60", "its `cells` selects none"),
    ("barcode=*-7", "its `cells` selects none"),
    ("donor_id=P9", "a value of donor_id that no cell has"),
])  # fmt: skip
def test_a_selector_without_cells_is_a_fault(
    source: CountSource, selector: str, sentence: str
) -> None:
    """The columns are named, the values are not; the other sample has its cells."""
    good, bad = select(source, "donor_id=P2", selector).faults
    assert good is None
    assert str(bad).startswith("pool.h5ad: ") and sentence in str(bad)


def test_a_10x_file_has_no_columns(pool: Pool, tmp_path: Path) -> None:
    """Only barcodes tell its samples apart."""
    source = open_counts(write_pool(tmp_path, "tenx", pool))
    (fault,) = select(source, "donor_id=P1").faults
    assert "this file has no column donor_id" in str(fault)
    np.testing.assert_array_equal(
        cells_of(source, "barcode=*-2"), np.flatnonzero(pool.donors == "P2")
    )


def test_barcodes_that_do_not_fit_the_matrix(pool: Pool, tmp_path: Path) -> None:
    """A barcode more would shift every cell by one; a header is left out."""
    path = write_pool(tmp_path / "mtx", "mtx", pool)
    expected = cells_of(open_counts(path), "barcode=*-1")
    (path / "barcodes.tsv.gz").unlink()
    (path / "barcodes.tsv").write_text("\n".join(["barcode", *pool.barcodes]))
    np.testing.assert_array_equal(cells_of(open_counts(path), "barcode=*-1"), expected)
    (path / "barcodes.tsv").write_text("\n".join([pool.barcodes[0], *pool.barcodes]))
    (fault,) = select(open_counts(path), "barcode=*-1").faults
    assert "the file of barcodes must have a line for each" in str(fault)


def test_spaces_around_a_value_do_not_count(draw_sample: Any, tmp_path: Path) -> None:
    """A selector cannot hold them, so a column's are ignored too."""
    blood = draw_sample(40, 1000)
    obs = pd.DataFrame({"donor": [" P1 ", "P2"] * 20}, index=[f"c{i}" for i in range(40)])
    var = pd.DataFrame(index=blood.names)
    anndata.AnnData(blood.counts, obs=obs, var=var).write_h5ad(tmp_path / "x.h5ad")
    selection = select(open_counts(tmp_path / "x.h5ad"), "donor=P1", "donor=P2")
    assert selection.faults == (None, None)
    assert selection.sample_of_cell.tolist() == [0, 1] * 20
