"""Reader of .h5ad files with h5py: importing anndata takes longer than reading a sample."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import h5py  # type: ignore[import-untyped, unused-ignore]  # h5py ships no types

from features.kernels.count_block import CountBlock
from features.readers.anndata_layout import (
    Matrix,
    Tree,
    column_names,
    entries_per_cell,
    find_matrix,
    read_barcodes,
    read_column,
    read_reference,
    stream_matrix,
)
from features.readers.count_source import CountSource
from features.readers.hdf5_chunks import open_vector
from features.readers.obsm_proteins import read_obsm_proteins
from features.readers.tenx_h5 import local_node, read_provenance

T = TypeVar("T")


def read_h5ad(path: Path, file: h5py.File) -> CountSource:
    """Describe an .h5ad: CSR, CSC or dense, in X, a counts layer or raw/X, whichever holds counts.

    Raises `DamagedFile` when parts are missing or do not fit.
    """
    tree = _tree(file)
    matrix = find_matrix(tree)
    entries = entries_per_cell(matrix)
    return CountSource(
        path=path,
        reference=read_reference(tree, matrix),
        n_cells=matrix.n_cells,
        provenance=read_provenance(file),
        major=matrix.major,
        entries_per_cell=entries,
        read_blocks=lambda: _stream(path, matrix, slice(None)),
        read_barcodes=lambda: _from_tree(path, read_barcodes),
        read_column=lambda name: _from_tree(path, lambda tree: read_column(tree, name)),
        read_cells=None if entries is None else lambda *cells: _stream(path, matrix, slice(*cells)),
        read_proteins=lambda: _from_tree(
            path, lambda tree: read_obsm_proteins(tree, matrix.n_cells)
        ),
        column_names=column_names(tree),
        matrix=matrix.path,
    )


def _tree(file: h5py.File, descriptor: int = -1) -> Tree:
    def get(name: str) -> Any:
        return local_node(file, name)

    return Tree(get, lambda name: name in file, lambda name: open_vector(get(name), descriptor))


def _stream(path: Path, matrix: Matrix, rows: slice) -> Iterator[CountBlock]:
    with h5py.File(path, "r") as file:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            yield from stream_matrix(_tree(file, descriptor), matrix, rows)
        finally:
            os.close(descriptor)


def _from_tree(path: Path, read: Callable[[Tree], T]) -> T:
    with h5py.File(path, "r") as file:
        return read(_tree(file))
