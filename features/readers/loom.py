"""Reader of .loom files: a dense matrix of genes x cells, layers, and attributes of both."""

from pathlib import Path

import h5py  # type: ignore[import-untyped, unused-ignore]  # h5py ships no types

from features.readers.anndata_files.data_frames import (
    Tree,
    column_names,
    read_barcodes,
    read_column,
)
from features.readers.anndata_files.gene_columns import read_reference
from features.readers.anndata_files.h5ad import hdf5_tree, stream_hdf5, with_tree
from features.readers.anndata_files.matrix_choice import choose_matrix
from features.readers.count_source import CountSource
from features.readers.file_attributes import attribute_text, read_provenance
from features.readers.hdf5_nodes import has_node, is_dataset

# Loom's words for AnnData's var and obs.
VAR, OBS = "row_attrs", "col_attrs"


def is_loom(file: h5py.File) -> bool:
    """Whether an HDF5 file is a loom: a data set `matrix` beside attributes of its rows."""
    return is_dataset(file, "matrix") and has_node(file, VAR)


def read_loom(path: Path, file: h5py.File) -> CountSource:
    """Describe a .loom; its counts may be in the main matrix or any layer.

    Raises `DamagedFile` when parts do not fit, `InputError` when there are no counts.
    """
    tree = hdf5_tree(file)
    choice = choose_matrix(tree, _matrices(tree), cell_axis=1)
    matrix = choice.matrix
    return CountSource(
        path=path,
        reference=read_reference(tree, VAR, matrix.n_genes),
        n_cells=matrix.n_cells,
        provenance=read_provenance(file.attrs),
        major=matrix.major,
        entries_per_cell=None,
        read_blocks=lambda: stream_hdf5(path, "", matrix),
        read_barcodes=lambda: with_tree(path, "", lambda tree: read_barcodes(tree, OBS)),
        read_column=lambda name: with_tree(path, "", lambda tree: read_column(tree, name, OBS)),
        column_names=column_names(tree, OBS) if tree.has(OBS) else (),
        matrix=matrix.path,
        other_matrices=choice.others,
        chemistry=attribute_text(file.attrs, "chemistry"),
    )


def _matrices(tree: Tree) -> list[str]:
    layers = tree.names("layers") if tree.has("layers") else []
    return ["matrix", *(f"layers/{name}" for name in layers)]
