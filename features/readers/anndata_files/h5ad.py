"""Reader of .h5ad files with h5py: importing anndata takes longer than reading a sample."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import h5py  # type: ignore[import-untyped, unused-ignore]  # h5py ships no types

from features.kernels.count_block import CountBlock
from features.readers.anndata_files.anndata_layout import read_layout
from features.readers.anndata_files.data_frames import Tree, read_barcodes, read_column, sub_tree
from features.readers.anndata_files.matrix_layout import Matrix, entries_per_cell, stream_matrix
from features.readers.anndata_files.obsm_proteins import read_obsm_proteins
from features.readers.count_source import CountSource
from features.readers.file_attributes import read_provenance
from features.readers.hdf5_chunks import DamagedFile, open_vector
from features.readers.hdf5_nodes import child_names, has_node, local_node

T = TypeVar("T")


def read_h5ad(path: Path, file: h5py.File, group: str = "") -> CountSource:
    """Describe an .h5ad, or the AnnData in a group of another file.

    Its counts may be CSR, CSC or dense, in X, a layer or raw/X, whichever holds whole numbers.
    Raises `DamagedFile` when parts do not fit, `InputError` when there are no counts.
    """
    layout = read_layout(sub_tree(hdf5_tree(file), group))
    matrix = layout.matrix
    entries = entries_per_cell(matrix)

    def read_cells(first: int, last: int) -> Iterator[CountBlock]:
        return stream_hdf5(path, group, matrix, slice(first, last))

    return CountSource(
        path=path,
        reference=layout.reference,
        n_cells=matrix.n_cells,
        provenance=read_provenance(file.attrs),
        major=matrix.major,
        entries_per_cell=entries,
        read_blocks=lambda: stream_hdf5(path, group, matrix),
        read_barcodes=lambda: with_tree(path, group, read_barcodes),
        read_column=lambda name: with_tree(path, group, lambda tree: read_column(tree, name)),
        read_cells=None if entries is None else read_cells,
        read_proteins=lambda: with_tree(
            path, group, lambda tree: read_obsm_proteins(tree, matrix.n_cells)
        ),
        column_names=layout.column_names,
        matrix=matrix.path,
        other_matrices=layout.other_matrices,
        chemistry=layout.chemistry,
    )


def hdf5_tree(file: h5py.File, descriptor: int = -1) -> Tree:
    """An open HDF5 file as a tree; `descriptor` of the same file serves to read its vectors."""

    def get(name: str) -> Any:
        return local_node(file, name) if name else file

    def names(name: str) -> list[str]:
        node = get(name)
        if not isinstance(node, h5py.Group):
            raise DamagedFile(f"{name} is no group")
        return child_names(node)

    return Tree(
        get, lambda name: has_node(file, name), names,
        lambda name: open_vector(get(name), descriptor),
    )  # fmt: skip


def stream_hdf5(
    path: Path, group: str, matrix: Matrix, rows: slice = slice(None)
) -> Iterator[CountBlock]:
    """Open the file again and stream a matrix from one of its groups."""
    with h5py.File(path, "r") as file:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            yield from stream_matrix(sub_tree(hdf5_tree(file, descriptor), group), matrix, rows)
        finally:
            os.close(descriptor)


def with_tree(path: Path, group: str, read: Callable[[Tree], T]) -> T:
    """Open the file again and read something from one of its groups."""
    with h5py.File(path, "r") as file:
        return read(sub_tree(hdf5_tree(file), group))
