"""Reader of Cell Ranger's .h5: version 3 and later, and the older layout with a group a genome."""

import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Literal

import h5py  # type: ignore[import-untyped, unused-ignore]  # h5py ships no types
import numpy as np

from features.arrays import Ints
from features.genes.annotation import GeneReference, Kind, all_rna
from features.kernels.count_block import CountBlock
from features.readers.count_source import (
    MAX_CELLS,
    CountSource,
    check_indptr,
    refuse_column,
    vectors_to_blocks,
)
from features.readers.hdf5_chunks import DamagedFile, open_vector

RNA = "Gene Expression"
BARCODES = 100_000  # names in a block
KINDS: dict[str, Kind] = {RNA: "rna", "Antibody Capture": "protein"}


def read_tenx(path: Path, file: h5py.File) -> CountSource:
    """Describe a 10x .h5; its matrix is genes x barcodes, compressed by barcode.

    Raises `DamagedFile` when parts are missing or do not fit.
    """
    group = _matrix_group(file)
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
        provenance=read_provenance(file),
        major="cells",
        entries_per_cell=np.diff(indptr),
        read_blocks=lambda: _stream_rows(path, group, indptr, slice(None)),
        read_barcodes=lambda: _barcodes(path, group),
        read_barcode_blocks=lambda: _barcode_blocks(path, group),
        read_column=refuse_column,
        read_cells=lambda first, last: _stream_rows(path, group, indptr, slice(first, last)),
    )


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
    return [name for names in _barcode_blocks(path, group) for name in names]


def _barcode_blocks(path: Path, group: str) -> Iterator[list[str]]:
    """Names of the barcodes, not all at once: a raw matrix has millions, nearly all empty."""
    with h5py.File(path, "r") as file:
        dataset = local_dataset(file, f"{group}/barcodes")
        if dataset.ndim != 1 or dataset.dtype.kind not in "SO":
            raise DamagedFile("its barcodes are no column of text")
        for first in range(0, dataset.shape[0], BARCODES):
            values = dataset[first : first + BARCODES].tolist()
            yield [v.decode("utf-8", "replace") if isinstance(v, bytes) else str(v) for v in values]


def _read_indptr(file: h5py.File, group: str) -> Ints:
    """Row pointers of a compressed matrix (8 bytes a cell)."""
    dataset = local_dataset(file, f"{group}/indptr")
    if dataset.ndim != 1 or dataset.dtype.kind not in "iu" or dataset.shape[0] > MAX_CELLS:
        raise DamagedFile("its row pointers are no row of whole numbers")
    return np.asarray(dataset[:], dtype=np.int64)


def local_node(file: h5py.File, name: str) -> h5py.Group | h5py.Dataset:
    """A group or data set that is stored in this file; links are not followed.

    An uploaded file must not make the reader open another file.
    """
    node: h5py.Group | h5py.Dataset = file
    for part in name.split("/"):
        if not isinstance(node, h5py.Group) or part not in node:
            raise DamagedFile(f"it has no {name}")
        if not isinstance(node.get(part, getlink=True), h5py.HardLink):
            raise DamagedFile(f"{name} is a link to somewhere else")
        node = node[part]
    if isinstance(node, h5py.Dataset) and (node.is_virtual or node.external):
        raise DamagedFile(f"{name} is not stored in the file")
    return node


def local_dataset(file: h5py.File, name: str) -> h5py.Dataset:
    """A data set that is stored in this file."""
    node = local_node(file, name)
    if not isinstance(node, h5py.Dataset):
        raise DamagedFile(f"{name} is no data set")
    return node


def read_provenance(file: h5py.File) -> Literal["real", "synthetic"]:
    """The file's attribute `provenance`: synthetic when it says so, else real."""
    value = file.attrs.get("provenance", "")
    value = value.decode() if isinstance(value, bytes) else str(value)
    return "synthetic" if value == "synthetic" else "real"


def read_strings(dataset: h5py.Dataset) -> tuple[str, ...]:
    """A column of text as Python strings.

    Raises `DamagedFile` when it is no text.
    """
    if dataset.ndim != 1 or dataset.dtype.kind not in "SO" or dataset.shape[0] > MAX_CELLS:
        raise DamagedFile(f"{dataset.name} is no column of text")
    values = dataset[:]
    if dataset.dtype.kind == "S":
        return _fixed_width(values.tobytes(), dataset.dtype.itemsize)
    return tuple(v.decode("utf-8", "replace") if isinstance(v, bytes) else str(v) for v in values)


@lru_cache(maxsize=16)
def _fixed_width(raw: bytes, width: int) -> tuple[str, ...]:
    # A cohort's files share a reference; decoding its 36,000 names once per file would take longer
    # than reading a small sample.
    return tuple(v.decode("utf-8", "replace") for v in np.frombuffer(raw, f"S{width}").tolist())


def _matrix_group(file: h5py.File) -> str:
    if "matrix" in file:
        return "matrix"
    older = [name for name in file if {"genes", "gene_names", "indptr"} <= set(file[name])]
    if len(older) != 1:
        raise DamagedFile("it has no group matrix")
    return str(older[0])


def _genes(file: h5py.File, group: str) -> GeneReference:
    if group != "matrix":
        ids = read_strings(local_dataset(file, f"{group}/genes"))
        return make_reference(ids, read_strings(local_dataset(file, f"{group}/gene_names")), ())
    ids, names = (read_strings(local_dataset(file, f"matrix/features/{k}")) for k in ("id", "name"))
    has_types = "feature_type" in file["matrix/features"]
    feature_types = (
        read_strings(local_dataset(file, "matrix/features/feature_type")) if has_types else ()
    )
    return make_reference(ids, names, feature_types)


@lru_cache(maxsize=8)
def make_reference(
    ids: tuple[str, ...], names: tuple[str, ...], feature_types: tuple[str, ...]
) -> GeneReference:
    """The rows of a matrix; `feature_types` as 10x has them, empty when all are gene expression."""
    if len(ids) != len(names) or (feature_types and len(feature_types) != len(ids)):
        raise DamagedFile("its gene ids, names and types differ in number")
    kinds = tuple(KINDS.get(feature_type, "other") for feature_type in feature_types)
    return GeneReference(ids, names, kinds or all_rna(len(ids)))
