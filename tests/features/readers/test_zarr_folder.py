""".zarr folders of both formats hold the same cells as the .h5."""

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
from features.readers.open_counts import open_counts


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
