""".h5ad read by h5py alone: importing anndata takes longer than reading a sample."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py  # type: ignore[import-untyped, unused-ignore]  # h5py ships no types

from features.readers.anndata_layout import (
    Matrix,
    Tree,
    find_matrix,
    read_labels,
    read_reference,
    stored_per_cell,
    stream_matrix,
)
from features.readers.count_source import Block, CountSource
from features.readers.hdf5_chunks import open_span
from features.readers.tenx_h5 import local_node, provenance


def read_h5ad(path: Path, file: h5py.File) -> CountSource:
    """Describe an .h5ad: CSR, CSC or dense, in X, a counts layer or raw/X, whichever is whole.

    Raises `Damaged` when parts are missing or do not fit.
    """
    tree = _tree(file)
    matrix = find_matrix(tree)
    stored = stored_per_cell(matrix)
    return CountSource(
        path, read_reference(tree, matrix.place, matrix.n_genes), matrix.n_cells,
        provenance(file), matrix.major, stored,
        lambda: _stream(path, matrix, slice(None)), lambda column: _labels(path, column),
        None if stored is None else lambda *cells: _stream(path, matrix, slice(*cells)),
    )  # fmt: skip


def _tree(file: h5py.File, descriptor: int = -1) -> Tree:
    def get(name: str) -> Any:
        return local_node(file, name)

    return Tree(get, lambda name: name in file, lambda name: open_span(get(name), descriptor))


def _stream(path: Path, matrix: Matrix, rows: slice) -> Iterator[Block]:
    with h5py.File(path, "r") as file:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            yield from stream_matrix(_tree(file, descriptor), matrix, rows)
        finally:
            os.close(descriptor)


def _labels(path: Path, column: str) -> list[str]:
    with h5py.File(path, "r") as file:
        return read_labels(_tree(file), column)
