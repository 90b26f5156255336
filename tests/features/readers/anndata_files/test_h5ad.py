""".h5ad in every layout that AnnData writes, against AnnData itself."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import anndata
import hdf5plugin
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from features.cells.scan import Scan, scan_counts
from features.errors import InputError
from features.genes.annotation import assign_roles
from features.readers.count_source import CountSource
from features.readers.open_counts import count_file_errors, open_counts


def scan_file(source: CountSource) -> Scan:
    """One pass over a source."""
    return scan_counts(source, assign_roles(source.reference))


def frame(blood: Any, matrix: Any, **more: Any) -> anndata.AnnData:
    """The simulated cells as AnnData, genes by symbol with their ids beside."""
    var = pd.DataFrame({"gene_ids": blood.ids}, index=blood.names)
    obs = pd.DataFrame(
        {"type": pd.Categorical(blood.types)}, index=[f"c{i}" for i in range(len(blood.types))]
    )
    return anndata.AnnData(matrix, obs=obs, var=var, **more)


LAYOUTS: dict[str, Callable[[sparse.csr_matrix], Any]] = {
    "csr": lambda m: m.astype(np.float32),
    "csc": lambda m: sparse.csc_matrix(m).astype(np.float32),
    "dense": lambda m: m.toarray().astype(np.float32),
    "int64": lambda m: m.astype(np.int64),
}
PACKINGS = {"gzip": "gzip", "lzf": "lzf", "none": None}


@pytest.mark.parametrize("packing", PACKINGS)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_gives_the_same_cells(
    blood: Any, tenx: Path, tmp_path: Path, layout: str, packing: str
) -> None:
    """CSR, CSC, dense, whole or float, packed or not: the state of the .h5 to the last UMI."""
    path = tmp_path / "blood.h5ad"
    frame(blood, LAYOUTS[layout](blood.counts)).write_h5ad(path, compression=PACKINGS[packing])
    expected, scan = scan_file(open_counts(tenx)), scan_file(open_counts(path))
    assert scan.cells.genes == expected.cells.genes
    for name in ("total", "n_genes", "mito", "panel"):
        np.testing.assert_array_equal(getattr(scan.cells, name), getattr(expected.cells, name))
    np.testing.assert_array_equal(scan.barcode_index, expected.barcode_index)
    assert scan.mito_fraction == expected.mito_fraction


def test_zstd_is_read(blood: Any, tenx: Path, tmp_path: Path) -> None:
    """The filter of hdf5plugin that larger atlases use."""
    path = tmp_path / "z.h5ad"
    filters = dict(hdf5plugin.Zstd())
    frame(blood, blood.counts).write_h5ad(
        path, compression=filters["compression"], compression_opts=filters["compression_opts"]
    )
    np.testing.assert_array_equal(
        scan_file(open_counts(path)).cells.panel, scan_file(open_counts(tenx)).cells.panel
    )


def test_counts_are_found_beside_a_normalised_matrix(
    blood: Any, tenx: Path, tmp_path: Path
) -> None:
    """A layer counts wins; without it raw/X is used when X holds fractions."""
    normal = blood.counts.astype(np.float32).multiply(0.37).tocsr()
    layered = frame(blood, normal, layers={"counts": blood.counts})
    raw = frame(blood, blood.counts)
    raw.raw = raw.copy()
    raw.X = normal
    expected = scan_file(open_counts(tenx)).cells.panel
    for name, data in (("layer", layered), ("raw", raw)):
        data.write_h5ad(tmp_path / f"{name}.h5ad")
        scan = scan_file(open_counts(tmp_path / f"{name}.h5ad"))
        np.testing.assert_array_equal(scan.cells.panel, expected)


@pytest.mark.parametrize("layout", ["csr", "dense"])
def test_a_normalised_matrix_alone_is_refused(blood: Any, tmp_path: Path, layout: str) -> None:
    """Fractions are named with their place."""
    path = tmp_path / "n.h5ad"
    normal = LAYOUTS[layout](blood.counts) * np.float32(0.37)
    frame(blood, normal).write_h5ad(path)
    with (
        pytest.raises(InputError, match=r"n\.h5ad: counts must be whole numbers"),
        count_file_errors(path),
    ):
        scan_file(open_counts(path))


def test_genes_by_id_in_the_index(blood: Any, tenx: Path, tmp_path: Path) -> None:
    """cellxgene writes ids in the index and symbols in feature_name."""
    data = frame(blood, blood.counts)
    data.var = pd.DataFrame({"feature_name": pd.Categorical(blood.names)}, index=blood.ids)
    data.write_h5ad(tmp_path / "c.h5ad")
    source = open_counts(tmp_path / "c.h5ad")
    assert source.gene_ids == blood.ids
    assert source.gene_names == blood.names


def test_labels_are_read_by_column(blood: Any, tmp_path: Path) -> None:
    """The user's types come cell by cell; a column that is not there is named."""
    frame(blood, blood.counts).write_h5ad(tmp_path / "l.h5ad")
    source = open_counts(tmp_path / "l.h5ad")
    assert source.read_column("type") == blood.types
    with pytest.raises(InputError, match=r"louvain is none of them \(type\)"):
        source.read_column("louvain")


def test_real_h5ad_files_are_read(pbmc3k: Path, eccite: Path) -> None:
    """Totals of the public files are those of AnnData."""
    for path in (pbmc3k, eccite):
        truth = np.asarray(anndata.read_h5ad(path).X.sum(axis=1)).ravel()
        scan = scan_file(open_counts(path))
        np.testing.assert_array_equal(scan.cells.total, truth[scan.barcode_index])
