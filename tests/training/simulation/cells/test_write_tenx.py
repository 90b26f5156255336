"""The written file as h5py and scanpy read it."""

from pathlib import Path

import h5py
import numpy as np
import pytest
import scanpy

from training.simulation.cells.write_tenx import CHUNK, CountMatrix, GeneList, write_tenx

IDS, NAMES = tuple(f"E{i}" for i in range(300)), tuple(f"G{i}" for i in range(300))
GENES = GeneList(IDS, NAMES, "SIMULATED")


def matrix(cells: int) -> tuple[CountMatrix, np.ndarray]:
    """Random counts and the same as a dense array, cells x genes."""
    rng = np.random.default_rng(cells)
    dense = rng.poisson(1.5, size=(cells, len(IDS))).astype(np.int32)
    cell, gene = np.nonzero(dense)
    indptr = np.concatenate([[0], np.cumsum(np.bincount(cell, minlength=cells))])
    barcodes = np.array([f"{i:016d}-1" for i in range(cells)], dtype="S18")
    return CountMatrix(indptr, gene.astype(np.int32), dense[cell, gene], barcodes), dense


@pytest.mark.parametrize("cells", [1, 40, 900])
def test_scanpy_reads_back_what_was_written(cells: int, tmp_path: Path) -> None:
    """Counts, genes, ids and barcodes survive, in one chunk and in several."""
    counts, dense = matrix(cells)
    write_tenx(tmp_path / "a.h5", counts, GENES, "synthetic")
    data = scanpy.read_10x_h5(tmp_path / "a.h5")
    np.testing.assert_array_equal(data.X.toarray(), dense)
    assert tuple(data.var_names) == NAMES
    assert tuple(data.var["gene_ids"]) == IDS
    assert list(data.obs_names) == [b.decode() for b in counts.barcodes]
    assert (len(counts.genes) > CHUNK) == (cells == 900)


def test_layout_and_attributes_are_cell_rangers(tmp_path: Path) -> None:
    """Widths, shape (genes, cells), gzip with shuffle, and our provenance at the root."""
    counts, dense = matrix(40)
    write_tenx(tmp_path / "a.h5", counts, GENES, "synthetic")
    with h5py.File(tmp_path / "a.h5") as file:
        group = file["matrix"]
        assert file.attrs["filetype"] == "matrix"
        assert file.attrs["provenance"] == "synthetic"
        assert int(file.attrs["version"]) == 2
        assert group["shape"][:].tolist() == [300, 40]
        assert (group["data"].dtype, group["indices"].dtype) == (np.int32, np.int64)
        assert (group["data"].compression, group["data"].shuffle) == ("gzip", True)
        assert group["data"][:].sum() == dense.sum()
        assert set(group["features"]) == {"id", "name", "feature_type", "genome", "_all_tag_keys"}
        assert set(group["features/feature_type"][:]) == {b"Gene Expression"}


def test_equal_counts_give_equal_bytes(tmp_path: Path) -> None:
    """Nothing of the moment of writing enters the file."""
    counts, _ = matrix(40)
    for name in ("a.h5", "b.h5"):
        write_tenx(tmp_path / name, counts, GENES, "synthetic")
    assert (tmp_path / "a.h5").read_bytes() == (tmp_path / "b.h5").read_bytes()


def test_a_failure_leaves_no_file(tmp_path: Path) -> None:
    """Indices that cannot be written leave the folder empty."""
    counts, _ = matrix(40)
    broken = CountMatrix(counts.indptr, counts.genes, np.array(["x"] * 3), counts.barcodes)  # type: ignore[arg-type]
    with pytest.raises((TypeError, ValueError)):
        write_tenx(tmp_path / "a.h5", broken, GENES, "synthetic")
    assert list(tmp_path.iterdir()) == []
