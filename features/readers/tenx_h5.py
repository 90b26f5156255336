"""Reader of Cell Ranger's .h5: version 3 and later, and the older layout with a group a genome."""

import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import h5py  # type: ignore[import-untyped, unused-ignore]  # h5py ships no types
import numpy as np

from features.arrays import Ints
from features.errors import InputError
from features.genes.annotation import GeneReference, Kind, all_rna
from features.kernels.count_block import CountBlock
from features.readers.count_source import (
    MAX_CELLS,
    CountSource,
    check_indptr,
    refuse_column,
    vectors_to_blocks,
)
from features.readers.file_attributes import attribute_text, read_provenance
from features.readers.hdf5_chunks import DamagedFile, open_vector
from features.readers.hdf5_nodes import child_names, has_node, is_group, local_dataset, read_strings

RNA = "Gene Expression"
BARCODES = 100_000  # names in a block
KINDS: dict[str, Kind] = {RNA: "rna", "Antibody Capture": "protein"}
# The feature types that Cell Ranger writes. Other words in such a column (protein_coding, Gene,
# GRCh38) are biotypes or genomes and do not say what a row counts.
TENX_TYPES = frozenset(
    (*KINDS, "CRISPR Guide Capture", "Multiplexing Capture", "Peaks", "Antigen Capture", "Custom")
)
PARTS = ("indptr", "barcodes", "features")
OLDER_PARTS = frozenset(("genes", "gene_names", "indptr", "indices", "data"))
MOUSE_GENOMES = ("mm9", "mm10", "mm39", "GRCm", "mouse")


def read_tenx(path: Path, file: h5py.File) -> CountSource:
    """Describe a 10x .h5; its matrix is genes x barcodes, compressed by barcode.

    Of several genomes the human one is read. Raises `DamagedFile` when parts are missing or do not
    fit, `InputError` when none of its rows is gene expression.
    """
    group = matrix_group(file)
    indptr = _read_indptr(file, group)
    genes = _genes(file, group)
    n_genes, n_cells = (int(v) for v in local_dataset(file, f"{group}/shape")[:2])
    if n_genes != len(genes.ids) or n_cells != indptr.size - 1:
        raise DamagedFile("its shape, genes and barcodes do not agree")
    check_indptr(indptr, int(local_dataset(file, f"{group}/data").shape[0]), n_genes)
    return CountSource(
        path=path,
        reference=genes,
        n_cells=n_cells,
        provenance=read_provenance(file.attrs),
        major="cells",
        entries_per_cell=np.diff(indptr),
        read_blocks=lambda: _stream_rows(path, group, indptr, slice(None)),
        read_barcodes=lambda: _barcodes(path, group),
        read_barcode_blocks=lambda step: _barcode_blocks(path, group, step),
        read_column=refuse_column,
        read_cells=lambda first, last: _stream_rows(path, group, indptr, slice(first, last)),
        matrix=group,
        chemistry=attribute_text(file.attrs, "chemistry_description"),
    )


def matrix_group(file: h5py.File) -> str:
    """The group of the counts: `matrix`, or in Cell Ranger 2 the group of the human genome.

    Raises `InputError` when there is none, or several genomes might be human.
    """
    groups = tenx_groups(file)
    human = [name for name in groups if not name.startswith(MOUSE_GENOMES)] or groups
    if not human:
        raise DamagedFile("it has no group matrix")
    if len(human) > 1:
        raise InputError(
            f"a count file must hold one human genome, but it has the groups {', '.join(human)}; "
            "write the one of the patient's cells into a file of its own"
        )
    return human[0]


def tenx_groups(file: h5py.File) -> list[str]:
    """Groups of a file's root that hold counts as Cell Ranger writes them.

    Names of a group's entries are asked for one by one: to list a data set would read it.
    """
    if is_group(file, "matrix") and any(has_node(file, f"matrix/{part}") for part in PARTS):
        return ["matrix"]
    groups = [name for name in child_names(file) if is_group(file, name)]
    return [
        name for name in groups if all(has_node(file, f"{name}/{part}") for part in OLDER_PARTS)
    ]


def _stream_rows(path: Path, group: str, indptr: Ints, rows: slice) -> Iterator[CountBlock]:
    """Read group/indices and group/data in parallel, a block of whole rows at a time."""
    with h5py.File(path, "r") as file:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            indices = open_vector(local_dataset(file, f"{group}/indices"), descriptor)
            data = open_vector(local_dataset(file, f"{group}/data"), descriptor)
            if indices.length != data.length:
                raise DamagedFile("it has more values than indices, or fewer")
            yield from vectors_to_blocks(indptr, indices, data, rows=rows)
        finally:
            os.close(descriptor)


def _barcodes(path: Path, group: str) -> list[str]:
    return [name for names in _barcode_blocks(path, group, 1) for name in names]


def _barcode_blocks(path: Path, group: str, step: int) -> Iterator[list[str]]:
    """Names of the barcodes, not all at once: a raw matrix has millions, nearly all empty."""
    with h5py.File(path, "r") as file:
        dataset = local_dataset(file, f"{group}/barcodes")
        if dataset.ndim != 1 or dataset.dtype.kind not in "SO":
            raise DamagedFile("its barcodes are no column of text")
        for first in range(0, dataset.shape[0], BARCODES):
            values = dataset[first : first + BARCODES][::step].tolist()
            yield [v.decode("utf-8", "replace") if isinstance(v, bytes) else str(v) for v in values]


def _read_indptr(file: h5py.File, group: str) -> Ints:
    """Row pointers of a compressed matrix (8 bytes a cell)."""
    dataset = local_dataset(file, f"{group}/indptr")
    if dataset.ndim != 1 or dataset.dtype.kind not in "iu" or dataset.shape[0] > MAX_CELLS:
        raise DamagedFile("its row pointers are no row of whole numbers")
    return np.asarray(dataset[:], dtype=np.int64)


def _genes(file: h5py.File, group: str) -> GeneReference:
    if not has_node(file, f"{group}/features"):
        ids = read_strings(local_dataset(file, f"{group}/genes"))
        return make_reference(ids, read_strings(local_dataset(file, f"{group}/gene_names")), ())
    features = f"{group}/features"
    ids, names = (read_strings(local_dataset(file, f"{features}/{k}")) for k in ("id", "name"))
    types = _column(file, f"{features}/feature_type")
    genes = make_reference(ids, names, types)
    if "rna" not in genes.kinds and genes.kinds:
        raise InputError(
            f"a count file must hold {RNA}, but its rows are {', '.join(sorted(set(types)))[:80]}; "
            "give the file of the same run that holds gene expression"
        )
    return genes


def _column(file: h5py.File, name: str) -> tuple[str, ...]:
    return read_strings(local_dataset(file, name)) if has_node(file, name) else ()


@lru_cache(maxsize=8)
def make_reference(
    ids: tuple[str, ...], names: tuple[str, ...], feature_types: tuple[str, ...]
) -> GeneReference:
    """The rows of a matrix; every row is gene expression where no feature type is one of 10x's."""
    if len(ids) != len(names) or (feature_types and len(feature_types) != len(ids)):
        raise DamagedFile("its gene ids, names and types differ in number")
    tenx_types = TENX_TYPES.intersection(feature_types)
    if not tenx_types:
        return GeneReference(ids, names, all_rna(len(ids)))
    # Beside antibodies alone, words that are no type of 10x's are the biotypes of genes.
    others: Kind = "other" if RNA in tenx_types else "rna"
    kinds = tuple(
        KINDS.get(text, "other") if text in TENX_TYPES else others for text in feature_types
    )
    return GeneReference(ids, names, kinds)
