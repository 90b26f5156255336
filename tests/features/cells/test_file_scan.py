"""One pass over a pooled file against each sample's cells in a file of their own."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from features.cells.file_scan import scan_file
from features.cells.scan import Scan
from features.errors import InputError
from features.table.file_samples import FileSamples
from features.table.sample_sheet import SheetRow, sheet_row
from tests.features.pooled import DONORS, FORMATS, Pool, draw_pool, select, write_pool


@pytest.fixture(scope="module")
def pool(draw_sample: Callable[..., Any]) -> Pool:
    """Two donors, their empty droplets and cells of neither."""
    return draw_pool(draw_sample)


def scans(samples: list[SheetRow]) -> list[Scan | InputError]:
    """The scans of a file's samples."""
    return list(scan_file(FileSamples(tuple(samples), tuple(samples))).scans)


def check_equal(scan: Scan | InputError, alone: Scan | InputError) -> None:
    """Every figure and array but the barcodes' numbers in the file."""
    assert isinstance(scan, Scan) and isinstance(alone, Scan)
    for field in dataclasses.fields(Scan):
        if field.name not in ("cells", "barcode_index"):
            np.testing.assert_array_equal(getattr(scan, field.name), getattr(alone, field.name))
    for name in ("total", "n_genes", "mito", "depth", "panel"):
        np.testing.assert_array_equal(getattr(scan.cells, name), getattr(alone.cells, name))


@pytest.mark.parametrize("form", FORMATS)
def test_a_sample_of_a_pool_is_that_of_its_own_file(pool: Pool, tmp_path: Path, form: str) -> None:
    """Good cells, medians and empty droplets, to the bit, in every format."""
    path = write_pool(tmp_path / "pool", form, pool)
    cells = ["barcode=*-1", "barcode=*-2"]
    if form not in ("tenx", "mtx"):
        cells = [f"donor_id={donor}" for donor in DONORS]
    pooled = scans([sheet_row(path, sample_id=c, cells=c) for c in cells])
    for donor, scan in zip(DONORS, pooled, strict=True):
        own_cells = np.flatnonzero(pool.donors == donor)
        (alone,) = scans([sheet_row(write_pool(tmp_path / donor, form, select(pool, own_cells)))])
        check_equal(scan, alone)
        assert isinstance(scan, Scan) and isinstance(alone, Scan)
        assert scan.n_empty == 400
        np.testing.assert_array_equal(scan.barcode_index, own_cells[alone.barcode_index])


def test_several_processes_split_the_same(
    pool: Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Parts of the file that forked copies read hold cells of both donors."""
    monkeypatch.setattr("features.cells.scan.LARGE_FILE_ENTRIES", 0)
    path = write_pool(tmp_path, "csr", pool)
    samples = tuple(sheet_row(path, sample_id=d, cells=f"donor_id={d}") for d in DONORS)
    file = FileSamples(samples, samples)
    for one, several in zip(scan_file(file, 1).scans, scan_file(file, 3).scans, strict=True):
        check_equal(several, one)


def test_a_faulty_selector_costs_its_own_sample(pool: Pool, tmp_path: Path) -> None:
    """The other sample has its scan."""
    path = write_pool(tmp_path, "csr", pool)
    good, bad = scans([
        sheet_row(path, sample_id="a", cells="donor_id=P1"),
        sheet_row(path, sample_id="b", cells="donor=P2"),
    ])  # fmt: skip
    assert isinstance(good, Scan)
    assert isinstance(bad, InputError)
    assert "donor is none of them (donor_id, day)" in str(bad)


def test_lines_that_are_not_read_are_compared(pool: Pool, tmp_path: Path) -> None:
    """A sample that shares cells with a line whose row a resumed run has already is at fault."""
    path = write_pool(tmp_path, "csr", pool)
    one = sheet_row(path, sample_id="a", cells="donor_id=P1")
    other = sheet_row(path, sample_id="b", cells="day=28")
    (fault,) = scan_file(FileSamples((one,), (one, other))).scans
    assert isinstance(fault, InputError)
    assert "must not share cells, but a and b do" in str(fault)
