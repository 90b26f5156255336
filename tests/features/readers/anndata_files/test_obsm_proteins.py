"""Antibodies in obsm of .h5ad and .zarr: named counts are read, normalised values are not."""

from pathlib import Path
from typing import Any

import anndata
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from features.errors import InputError
from features.readers.count_source import ProteinCounts
from features.readers.open_counts import open_counts

NAMES = ["CD7_TotalSeqC", "CD3", "IgG2a", "CD19", "HTO1"]


def data(proteins: Any, key: str = "protein_expression") -> anndata.AnnData:
    """Forty cells with a matrix in obsm."""
    counts = sparse.random(40, 30, 0.5, format="csr", rng=np.random.default_rng(0))
    counts.data = np.ceil(counts.data * 5).astype(np.float32)
    cells = pd.Index([f"c{i}" for i in range(40)])
    made = anndata.AnnData(counts.astype(np.float32), obs=pd.DataFrame(index=cells))
    if isinstance(proteins, pd.DataFrame):
        proteins.index = cells
    made.obsm[key] = proteins
    return made


def read(made: anndata.AnnData, tmp_path: Path, form: str) -> ProteinCounts | None:
    """Write and read back."""
    path = tmp_path / f"a.{form}"
    made.write_h5ad(path) if form == "h5ad" else made.write_zarr(path)
    return open_counts(path).read_proteins()


VALUES = np.random.default_rng(1).integers(0, 900, (40, 5))


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::UserWarning")
@pytest.mark.parametrize("form", ["h5ad", "zarr"])
@pytest.mark.parametrize("layout", ["frame", "array"])
def test_named_counts(tmp_path: Path, form: str, layout: str) -> None:
    """A data frame, or an array whose names stand in uns: columns summed, hashtags left out."""
    if layout == "frame":
        made = data(pd.DataFrame(VALUES, columns=NAMES))
    else:
        made = data(VALUES.astype(np.float32))
        made.uns["protein_names"] = np.array(NAMES, dtype=object)
    proteins = read(made, tmp_path, form)
    assert proteins is not None
    assert proteins.names == ("CD7", "isotype", "other_antibodies")
    expected = [VALUES[:, 0], VALUES[:, 2], VALUES[:, 1] + VALUES[:, 3]]
    np.testing.assert_array_equal(proteins.counts, np.stack(expected, axis=1))


def test_what_is_left_alone(tmp_path: Path) -> None:
    """Normalised values, names that are not told, and other matrices of obsm."""
    assert read(data(pd.DataFrame(VALUES / 7, columns=NAMES)), tmp_path, "h5ad") is None
    assert read(data(VALUES), tmp_path, "h5ad") is None
    assert read(data(pd.DataFrame(VALUES, columns=NAMES), "X_pca"), tmp_path, "h5ad") is None


def test_another_number_of_cells_is_damage(tmp_path: Path) -> None:
    """A matrix of other cells is refused."""
    import h5py

    path = tmp_path / "a.h5ad"
    data(pd.DataFrame(VALUES, columns=NAMES)).write_h5ad(path)
    with h5py.File(path, "a") as file:
        del file["obsm/protein_expression/CD3"]
        file["obsm/protein_expression/CD3"] = np.zeros(39)
    with pytest.raises(InputError, match="do not agree"):
        open_counts(path).read_proteins()
