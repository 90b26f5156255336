"""Reader of MuData's .h5mu: the RNA modality, with the antibodies of the same cells beside it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import h5py  # type: ignore[import-untyped, unused-ignore]  # h5py ships no types

from features.errors import InputError
from features.genes.annotation import GeneReference
from features.kernels.count_block import CountBlock
from features.readers.anndata_files.anndata_layout import is_anndata, read_layout
from features.readers.anndata_files.data_frames import Tree, read_barcodes, sub_tree
from features.readers.anndata_files.gene_columns import count_panel_ids, count_panel_symbols
from features.readers.anndata_files.h5ad import hdf5_tree, read_h5ad, stream_hdf5
from features.readers.anndata_files.matrix_layout import Matrix, entries_per_cell
from features.readers.count_source import CountSource

RNA_NAMES = ("rna", "gex", "gene_expression", "gene expression", "transcriptome")
PROTEIN_NAMES = ("prot", "protein", "proteins", "adt", "antibody", "antibody capture", "cite", "ab")


def read_h5mu(path: Path, file: h5py.File) -> CountSource:
    """Describe an .h5mu: RNA, and antibodies as rows of kind "protein" where they can be added.

    They can when the modality holds whole numbers of the same cells in the same order; else its
    matrix is named among `other_matrices`. Raises `InputError` when no modality is RNA.
    """
    tree = hdf5_tree(file)
    names = [name for name in tree.names("mod") if is_anndata(sub_tree(tree, f"mod/{name}"))]
    rna = _rna_name(tree, names)
    source = read_h5ad(path, file, f"mod/{rna}")
    protein = next((name for name in names if name.lower() in PROTEIN_NAMES), None)
    if protein is None or protein == rna:
        return source
    both = _side_by_side(tree, rna, protein)
    return (
        replace(source, other_matrices=(*source.other_matrices, f"mod/{protein}"))
        if (both is None)
        else _with_proteins(source, both)
    )


def _rna_name(tree: Tree, names: list[str]) -> str:
    """The modality of that name, else the one whose genes are those of our panels."""
    usual = [name for name in names if name.lower() in RNA_NAMES]
    others = [name for name in names if name not in usual and _holds_genes(tree, name)]
    if not usual and len(others) != 1:
        raise InputError(
            "a count file must hold one modality of RNA, but its modalities are "
            f"{', '.join(names)[:200] or 'none'}; write the RNA into an .h5ad of its own"
        )
    return (usual or others)[0]


def _holds_genes(tree: Tree, name: str) -> bool:
    try:
        reference = read_layout(sub_tree(tree, f"mod/{name}")).reference
    except InputError:
        return False  # a modality without counts is not the RNA
    return count_panel_ids(reference.ids) + count_panel_symbols(reference.names) >= 100


@dataclass(frozen=True)
class SideBySide:
    """RNA and antibodies of the same cells as one matrix, and the names of its rows."""

    matrix: Matrix
    reference: GeneReference


def _side_by_side(tree: Tree, rna: str, protein: str) -> SideBySide | None:
    """Both modalities as one matrix; None where the antibodies cannot be put beside the RNA."""
    trees = [sub_tree(tree, f"mod/{name}") for name in (rna, protein)]
    try:
        first, second = (read_layout(sub) for sub in trees)
    except InputError:
        return None  # normalised antibodies alone: the RNA is read without them
    parts = tuple(
        replace(layout.matrix, path=f"mod/{name}/{layout.matrix.path}")
        for name, layout in ((rna, first), (protein, second))
    )
    same_cells = read_barcodes(trees[0]) == read_barcodes(trees[1])
    if any(p.parts for p in parts) or parts[0].major != parts[1].major or not same_cells:
        return None
    n_genes = first.matrix.n_genes + second.matrix.n_genes
    path = " + ".join(part.path for part in parts)
    matrix = replace(
        parts[0], path=path, n_genes=n_genes, indptr=None, parts=parts, side_by_side=True
    )
    return SideBySide(matrix, first.reference.with_antibodies(second.reference))


def _with_proteins(source: CountSource, both: SideBySide) -> CountSource:
    matrix, path = both.matrix, source.path
    entries = entries_per_cell(matrix)

    def read_cells(first: int, last: int) -> Iterator[CountBlock]:
        return stream_hdf5(path, "", matrix, slice(first, last))

    return replace(
        source,
        reference=both.reference,
        entries_per_cell=entries,
        read_blocks=lambda: stream_hdf5(path, "", matrix),
        read_cells=None if entries is None else read_cells,
        matrix=matrix.path,
    )
