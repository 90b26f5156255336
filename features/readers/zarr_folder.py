"""Reader of AnnData's .zarr folders, formats 2 and 3."""

from pathlib import Path
from typing import Any

import zarr

from features.readers.anndata_layout import (
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
from features.readers.hdf5_chunks import DamagedFile, array_vector
from features.readers.obsm_proteins import read_obsm_proteins


def read_zarr(path: Path) -> CountSource:
    """Describe a .zarr folder; its matrix may be CSR, CSC or dense, as in .h5ad.

    Raises `DamagedFile` when it is no AnnData group or parts do not fit.
    """
    root = zarr.open_group(path, mode="r")
    tree = _tree(root)
    matrix = find_matrix(tree)
    entries = entries_per_cell(matrix)
    return CountSource(
        path=path,
        reference=read_reference(tree, matrix),
        n_cells=matrix.n_cells,
        provenance="synthetic" if root.attrs.get("provenance") == "synthetic" else "real",
        major=matrix.major,
        entries_per_cell=entries,
        read_blocks=lambda: stream_matrix(tree, matrix),
        read_barcodes=lambda: read_barcodes(tree),
        read_column=lambda name: read_column(tree, name),
        read_proteins=lambda: read_obsm_proteins(tree, matrix.n_cells),
        column_names=column_names(tree),
        matrix=matrix.path,
    )


def _tree(root: zarr.Group) -> Tree:
    def get(name: str) -> Any:
        if name not in root:
            raise DamagedFile(f"it has no {name}")
        return root[name]

    return Tree(get, lambda name: name in root, lambda name: array_vector(get(name)))
