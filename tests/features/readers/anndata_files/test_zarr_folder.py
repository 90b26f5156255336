""".zarr folders of both formats hold the same cells as the .h5."""

import shutil
import warnings
from pathlib import Path
from typing import Any

import anndata
import numpy as np
import pandas as pd
import pytest
import zarr
from scipy import sparse

from features.cells.scan import scan_counts
from features.errors import InputError
from features.genes.annotation import assign_roles
from features.readers.open_counts import count_file_errors, open_counts
from tests.features.readers.same_cells import assert_same_cells, frame


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("layout", ["csr", "csc", "dense"])
def test_zarr_gives_the_same_cells(
    blood: Any, tenx: Path, tmp_path: Path, version: int, layout: str
) -> None:
    """Every layout in formats 2 and 3, provenance and labels included."""
    matrix = {
        "csr": blood.counts,
        "csc": sparse.csc_matrix(blood.counts),
        "dense": blood.counts.toarray(),
    }[layout]
    names = [f"c{i}" for i in range(400)]
    data = anndata.AnnData(
        matrix,
        obs=pd.DataFrame({"type": blood.types}, index=names),
        var=pd.DataFrame({"gene_ids": blood.ids}, index=blood.names),
    )
    path = tmp_path / "blood.zarr"
    with (
        anndata.settings.override(zarr_write_format=version, auto_shard_zarr_v3=False),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")  # the writers announce their next defaults
        data.write_zarr(path)
    zarr.open_group(path, mode="r+").attrs["provenance"] = "synthetic"
    source = open_counts(path)
    expected = open_counts(tenx)
    assert source.provenance == "synthetic"
    assert source.read_column("type") == blood.types
    scan, expected_scan = (scan_counts(s, assign_roles(s.reference)) for s in (source, expected))
    np.testing.assert_array_equal(scan.cells.panel, expected_scan.cells.panel)
    np.testing.assert_array_equal(scan.cells.total, expected_scan.cells.total)


def test_a_foreign_zarr_is_refused(tmp_path: Path) -> None:
    """A group without a matrix gets its sentence."""
    zarr.open_group(tmp_path / "x.zarr", mode="w")
    with pytest.raises(InputError, match=r"x\.zarr: a \.zarr must hold an AnnData"):
        open_counts(tmp_path / "x.zarr")


def write_anndata(path: Path, blood: Any, version: int = 2) -> None:
    """The simulated cells as .zarr."""
    with (
        anndata.settings.override(zarr_write_format=version, auto_shard_zarr_v3=False),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")  # the writers announce their next defaults
        frame(blood, blood.counts).write_zarr(path)


def test_a_zip_archive_of_zarr_is_read(blood: Any, tenx: Path, tmp_path: Path) -> None:
    """A folder packed as it is."""
    write_anndata(tmp_path / "a.zarr", blood)
    archive = shutil.make_archive(str(tmp_path / "a.zarr"), "zip", tmp_path / "a.zarr")
    source = assert_same_cells(Path(archive), tenx)
    assert source.read_column("type") == blood.types


def test_an_archive_with_damage_is_called_damaged(blood: Any, tmp_path: Path) -> None:
    """A changed bit in a chunk of counts fails the archive's checksum."""
    write_anndata(tmp_path / "a.zarr", blood)
    path = Path(shutil.make_archive(str(tmp_path / "a.zarr"), "zip", tmp_path / "a.zarr"))
    raw = bytearray(path.read_bytes())
    raw[raw.index(b"X/data/0") + 200] ^= 16
    path.write_bytes(bytes(raw))
    with (
        pytest.raises(InputError, match=r"must be whole.*copy it again from its source"),
        count_file_errors(path),
    ):
        list(open_counts(path).blocks())


@pytest.mark.parametrize("place", ["tables", "tables/table", "table/table"])
@pytest.mark.parametrize("version", [2, 3])
def test_the_one_table_of_a_spatialdata_is_read(
    blood: Any, tenx: Path, tmp_path: Path, place: str, version: int
) -> None:
    """Where SpatialData keeps it, in the root's format of zarr or another."""
    root = zarr.open_group(tmp_path / "s.zarr", mode="w", zarr_format=3)
    if version == 3:
        root.require_group(place.partition("/")[0])
    else:
        zarr.open_group(tmp_path / "s.zarr" / place.partition("/")[0], mode="w", zarr_format=2)
    write_anndata(tmp_path / "s.zarr" / place, blood, version)
    assert_same_cells(tmp_path / "s.zarr", tenx)


def test_several_tables_are_named(blood: Any, tmp_path: Path) -> None:
    """The caller chooses."""
    zarr.open_group(tmp_path / "s.zarr", mode="w", zarr_format=2).require_group("tables")
    for name in ("first", "second"):
        write_anndata(tmp_path / "s.zarr/tables" / name, blood)
    with pytest.raises(InputError, match=r"one table of counts, but it has .*first.*second"):
        open_counts(tmp_path / "s.zarr")


def test_another_provenance_is_refused(blood: Any, tmp_path: Path) -> None:
    """As in HDF5 files."""
    write_anndata(tmp_path / "p.zarr", blood)
    zarr.open_group(tmp_path / "p.zarr", mode="r+").attrs["provenance"] = ["synthetic", "x"]
    with pytest.raises(InputError, match="provenance"):
        open_counts(tmp_path / "p.zarr")
