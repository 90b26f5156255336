"""Matrices of every layout streamed whole and in ranges, against scipy."""

from pathlib import Path

import anndata
import h5py
import numpy as np
import pytest
from scipy import sparse

from features.errors import InputError
from features.readers.anndata_files import matrix_layout
from features.readers.anndata_files.h5ad import hdf5_tree, stream_hdf5
from features.readers.anndata_files.matrix_layout import Matrix, describe_matrix, entries_per_cell

RNG = np.random.default_rng(6)
ONE, TWO = (sparse.csr_matrix(RNG.poisson(0.4, (90, 40)).astype(np.int32)) for _ in range(2))


@pytest.fixture
def file(tmp_path: Path) -> h5py.File:
    """Two matrices in three layouts."""
    path = tmp_path / "m.h5ad"
    layers = {
        "csr": ONE, "csc": ONE.tocsc(), "dense": ONE.toarray(),
        "csr2": TWO, "csc2": TWO.tocsc(), "dense2": TWO.toarray(),
    }  # fmt: skip
    anndata.AnnData(ONE, layers=layers).write_h5ad(path)
    return h5py.File(path, "r")


def rebuilt(file: h5py.File, matrix: Matrix, rows: slice = slice(None)) -> np.ndarray:
    """Cells x genes from a matrix's blocks, with rows outside the range at zero."""
    shape = (matrix.n_cells, matrix.n_genes)
    table = np.zeros(shape if matrix.major == "cells" else shape[::-1], np.int64)
    for block in stream_hdf5(Path(file.filename), "", matrix, rows):
        n = block.indptr.size - 1
        part = sparse.csr_matrix((block.data, block.indices, block.indptr), (n, table.shape[1]))
        table[block.first : block.first + n] += part.toarray()
    return table if matrix.major == "cells" else table.T


def combined(file: h5py.File, names: tuple[str, str], side_by_side: bool) -> Matrix:
    """Two layers as their sum, or one beside the other."""
    parts = tuple(describe_matrix(hdf5_tree(file), f"layers/{name}") for name in names)
    n_genes = sum(p.n_genes for p in parts) if side_by_side else parts[0].n_genes
    return Matrix("both", parts[0].major, parts[0].n_cells, n_genes, None, 0, parts, side_by_side)


@pytest.mark.parametrize("layer", ["csr", "csc", "dense"])
def test_every_layout_is_the_matrix(file: h5py.File, layer: str) -> None:
    """Cells x genes whatever the order on disk."""
    matrix = describe_matrix(hdf5_tree(file), f"layers/{layer}")
    np.testing.assert_array_equal(rebuilt(file, matrix), ONE.toarray())


@pytest.mark.parametrize(
    "names", [("csr", "csr2"), ("csc", "csc2"), ("dense", "dense2"), ("csr", "dense2")]
)
def test_sums_and_pairs_of_layers(
    file: h5py.File, names: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In blocks much smaller than the matrices, by cell and by gene."""
    monkeypatch.setattr(matrix_layout, "BLOCK_ENTRIES", 60)
    total = rebuilt(file, combined(file, names, False))
    np.testing.assert_array_equal(total, (ONE + TWO).toarray())
    pair = rebuilt(file, combined(file, names, True))
    np.testing.assert_array_equal(pair, sparse.hstack([ONE, TWO]).toarray())


def test_a_range_of_cells_is_read_alone(file: h5py.File) -> None:
    """Of one matrix and of a pair."""
    single = describe_matrix(hdf5_tree(file), "layers/csr")
    for matrix in (single, combined(file, ("csr", "csr2"), True)):
        whole, part = rebuilt(file, matrix), rebuilt(file, matrix, slice(20, 55))
        np.testing.assert_array_equal(part[20:55], whole[20:55])
        assert not part[:20].any() and not part[55:].any()


def test_entries_of_cells_are_known_where_cells_are_sparse_rows(file: h5py.File) -> None:
    """They bound what a cell can hold; a pair's are the sum of both."""
    tree = hdf5_tree(file)
    sizes = [np.diff(matrix.indptr) for matrix in (ONE, TWO)]
    np.testing.assert_array_equal(
        entries_per_cell(combined(file, ("csr", "csr2"), True)), sizes[0] + sizes[1]
    )
    for layer in ("csc", "dense"):
        assert entries_per_cell(describe_matrix(tree, f"layers/{layer}")) is None


def test_what_is_no_matrix_is_refused(tmp_path: Path) -> None:
    """A cube, a group of something else, and a sparse matrix without its shape."""
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["cube"] = np.zeros((2, 2, 2))
        file["group/a"] = np.zeros(3)
        file["sparse/indptr"] = np.arange(3)
        file["empty"] = h5py.Empty("f4")
        for name, sentence in (
            ("cube", "two dimensions"), ("group", "dense, CSR or CSC"),
            ("sparse", "state its shape"), ("empty", "dense, CSR or CSC"),
        ):  # fmt: skip
            with pytest.raises(InputError, match=sentence):
                describe_matrix(hdf5_tree(file), name)
