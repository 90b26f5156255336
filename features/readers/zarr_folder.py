"""AnnData's .zarr folders, format 2 and 3."""

from pathlib import Path
from typing import Any

import zarr

from features.readers.anndata_layout import (
    Tree,
    find_matrix,
    read_labels,
    read_reference,
    stored_per_cell,
    stream_matrix,
)
from features.readers.count_source import CountSource
from features.readers.hdf5_chunks import Damaged, array_span


def read_zarr(path: Path) -> CountSource:
    """Describe a .zarr folder; its matrix may be CSR, CSC or dense, as in .h5ad.

    Raises `Damaged` when it is no AnnData group or parts do not fit.
    """
    root = zarr.open_group(path, mode="r")
    tree = _tree(root)
    matrix = find_matrix(tree)
    stored = stored_per_cell(matrix)
    return CountSource(
        path, read_reference(tree, matrix.place, matrix.n_genes), matrix.n_cells,
        "synthetic" if root.attrs.get("provenance") == "synthetic" else "real",
        matrix.major, stored,
        lambda: stream_matrix(tree, matrix), lambda column: read_labels(tree, column),
    )  # fmt: skip


def _tree(root: zarr.Group) -> Tree:
    def get(name: str) -> Any:
        if name not in root:
            raise Damaged(f"it has no {name}")
        return root[name]

    return Tree(get, lambda name: name in root, lambda name: array_span(get(name)))
