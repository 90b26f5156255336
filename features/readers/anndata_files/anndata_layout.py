"""AnnData on disk, the same in .h5ad, .zarr and each modality of .h5mu: matrix, genes, cells."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from features.genes.annotation import GeneReference
from features.readers.anndata_files.data_frames import Tree, column_names, text_column
from features.readers.anndata_files.gene_columns import read_reference
from features.readers.anndata_files.matrix_choice import MatrixChoice, choose_matrix, matrix_paths
from features.readers.anndata_files.matrix_layout import Matrix
from features.readers.file_attributes import attribute_text, single_text

# Columns of obs and entries of uns that name the kit: CELLxGENE's schema requires `assay`.
CHEMISTRY_COLUMNS = ("assay", "chemistry", "chemistry_description", "library_chemistry")


@dataclass(frozen=True)
class AnnDataLayout:
    """The matrix of raw counts, its genes, and what the file says of its cells."""

    matrix: Matrix
    other_matrices: tuple[str, ...]
    reference: GeneReference
    column_names: tuple[str, ...]
    chemistry: str | None


def read_layout(tree: Tree) -> AnnDataLayout:
    """Find the raw counts, their genes and the columns of obs.

    Raises `InputError` when there are no counts, `DamagedFile` when parts do not fit.
    """
    choice: MatrixChoice = choose_matrix(tree, matrix_paths(tree))
    matrix = choice.matrix
    return AnnDataLayout(
        matrix,
        choice.others,
        read_reference(tree, _var_of(tree, matrix.path), matrix.n_genes),
        column_names(tree, "obs"),
        read_chemistry(tree),
    )


def is_anndata(tree: Tree) -> bool:
    """Whether a group holds an AnnData: genes, and a matrix or layers."""
    return tree.has("var") and any(tree.has(name) for name in ("X", "layers", "raw", "raw.X"))


def read_chemistry(tree: Tree) -> str | None:
    """The kit that a column of obs or an entry of uns names; None where none or several do."""
    names = column_names(tree, "obs")
    for name in CHEMISTRY_COLUMNS:
        if name in names and (text := _only_value(tree, name)):
            return text
        if tree.has(f"uns/{name}") and (text := _scalar_text(tree.get(f"uns/{name}"))):
            return text
    return attribute_text(tree.get("uns").attrs, "chemistry") if tree.has("uns") else None


def _only_value(tree: Tree, name: str) -> str | None:
    values = set(text_column(tree, "obs", name) or ())
    return values.pop()[:200] if len(values) == 1 else None


def _scalar_text(node: Any) -> str | None:
    if getattr(node, "shape", None) not in ((), (1,)):
        return None
    return single_text(np.asarray(node[...]))


def _var_of(tree: Tree, path: str) -> str:
    if path.startswith("raw."):
        return "raw.var"  # AnnData 0.6
    return "raw/var" if path.startswith("raw/") else "var"
