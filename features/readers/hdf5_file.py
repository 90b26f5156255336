"""HDF5 count files (10x .h5, .h5ad, .h5mu, .loom): the reader by content, or a sentence."""

from pathlib import Path

import h5py  # type: ignore[import-untyped, unused-ignore]  # h5py ships no types

from features.errors import InputError
from features.readers.anndata_files.anndata_layout import is_anndata
from features.readers.anndata_files.h5ad import hdf5_tree, read_h5ad
from features.readers.count_source import CountSource
from features.readers.foreign_formats import R_COUNTS
from features.readers.hdf5_nodes import child_names, has_node, is_group
from features.readers.loom import is_loom, read_loom
from features.readers.multimodal import read_h5mu
from features.readers.tenx_h5 import read_tenx, tenx_groups


def read_hdf5(path: Path) -> CountSource:
    """Describe an HDF5 file of any kind that holds a count matrix.

    Raises `InputError` with the kind and the way out for files that hold none.
    """
    with h5py.File(path, "r") as file:
        if is_loom(file):
            return read_loom(path, file)
        if is_group(file, "mod"):
            return read_h5mu(path, file)
        if is_anndata(hdf5_tree(file)):
            return read_h5ad(path, file)
        if tenx_groups(file):
            return read_tenx(path, file)
        raise InputError(_foreign_sentence(file))


def _foreign_sentence(file: h5py.File) -> str:
    """What an intact HDF5 file of another kind is, and how to come to one that is read."""
    if has_node(file, "barcode_idx") or all(has_node(file, n) for n in ("barcode", "umi", "gene")):
        return (
            "a count file must hold a matrix, but this is Cell Ranger's molecule_info.h5, one line "
            "a molecule; give filtered_feature_bc_matrix.h5 of the same run"
        )
    if is_group(file, "assays") and (has_node(file, "cell.names") or has_node(file, "meta.data")):
        return (
            "a count file must be of a kind that Python reads, but this is SeuratDisk's .h5seurat; "
            f'write it in R: x <- SeuratDisk::LoadH5Seurat("FILE"); {R_COUNTS}'
        )
    if has_node(file, "assay001"):
        return (
            "a count file must hold its genes and cells, but this is assays.h5 of R's HDF5Array, "
            "whose se.rds names them; write it in R: "
            'zellkonverter::writeH5AD(HDF5Array::loadHDF5SummarizedExperiment("FOLDER"), '
            '"sample.h5ad")'
        )
    names = ", ".join(child_names(file)[:8]) or "nothing"
    return (
        "a count file in HDF5 must be Cell Ranger's .h5 (matrix), .h5ad (X or layers), .h5mu (mod) "
        f"or .loom (matrix, row_attrs), but this one holds {names[:200]}; write its raw UMI counts "
        "as .h5ad with AnnData"
    )
