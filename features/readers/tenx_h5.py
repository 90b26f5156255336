"""Cell Ranger's .h5 (version 2 and later, and the older one with a group per genome)."""

import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Literal

import h5py  # type: ignore[import-untyped, unused-ignore]  # h5py ships no types
import numpy as np

from features.arrays import Ints
from features.genes.annotation import Reference
from features.readers.count_source import (
    MOST_CELLS,
    Block,
    CountSource,
    check_indptr,
    no_labels,
    spans_to_blocks,
)
from features.readers.hdf5_chunks import Damaged, open_span

RNA = "Gene Expression"


def read_tenx(path: Path, file: h5py.File) -> CountSource:
    """Describe a 10x .h5; its matrix is genes x barcodes, compressed by barcode.

    Raises `Damaged` when parts are missing or do not fit.
    """
    group = _matrix_group(file)
    indptr = read_indptr(file, group)
    genes = _genes(file, group)
    n_genes, n_cells = (int(v) for v in local(file, f"{group}/shape")[:2])
    if n_genes != len(genes.ids) or n_cells != indptr.size - 1:
        raise Damaged("its shape, genes and barcodes do not agree")
    check_indptr(indptr, int(local(file, f"{group}/data").shape[0]), n_genes)
    return CountSource(
        path, genes, n_cells, provenance(file), "cells",
        np.diff(indptr), lambda: stream(path, group, indptr, slice(None)), no_labels,
        lambda first, last: stream(path, group, indptr, slice(first, last)),
    )  # fmt: skip


def stream(path: Path, group: str, indptr: Ints, rows: slice) -> Iterator[Block]:
    """Read group/indices and group/data side by side, a block of whole rows at a time."""
    with h5py.File(path, "r") as file:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            indices = open_span(local(file, f"{group}/indices"), descriptor)
            data = open_span(local(file, f"{group}/data"), descriptor)
            if indices.length != data.length:
                raise Damaged("it has more values than indices, or fewer")
            yield from spans_to_blocks(indptr, indices, data, rows=rows)
        finally:
            os.close(descriptor)


def read_indptr(file: h5py.File, group: str) -> Ints:
    """Row pointers of a compressed matrix, whole (8 bytes a cell)."""
    dataset = local(file, f"{group}/indptr")
    if dataset.ndim != 1 or dataset.dtype.kind not in "iu" or dataset.shape[0] > MOST_CELLS:
        raise Damaged("its row pointers are no row of whole numbers")
    return np.asarray(dataset[:], dtype=np.int64)


def local_node(file: h5py.File, name: str) -> h5py.Group | h5py.Dataset:
    """A group or data set that lies in this very file; links that lead out are not followed.

    An uploaded file must not make us read another one.
    """
    here: h5py.Group | h5py.Dataset = file
    for part in name.split("/"):
        if not isinstance(here, h5py.Group) or part not in here:
            raise Damaged(f"it has no {name}")
        if not isinstance(here.get(part, getlink=True), h5py.HardLink):
            raise Damaged(f"{name} is a link to somewhere else")
        here = here[part]
    if isinstance(here, h5py.Dataset) and (here.is_virtual or here.external):
        raise Damaged(f"{name} is not stored in the file")
    return here


def local(file: h5py.File, name: str) -> h5py.Dataset:
    """A data set that lies in this very file."""
    node = local_node(file, name)
    if not isinstance(node, h5py.Dataset):
        raise Damaged(f"{name} is no data set")
    return node


def provenance(file: h5py.File) -> Literal["real", "synthetic"]:
    """synthetic when the file's root says so, else real."""
    mark = file.attrs.get("provenance", "")
    mark = mark.decode() if isinstance(mark, bytes) else str(mark)
    return "synthetic" if mark == "synthetic" else "real"


def strings(dataset: h5py.Dataset) -> tuple[str, ...]:
    """A column of text as Python strings.

    Raises `Damaged` when it is no text.
    """
    if dataset.ndim != 1 or dataset.dtype.kind not in "SO" or dataset.shape[0] > MOST_CELLS:
        raise Damaged(f"{dataset.name} is no column of text")
    values = dataset[:]
    if dataset.dtype.kind == "S":
        return _fixed_width(values.tobytes(), dataset.dtype.itemsize)
    return tuple(v.decode("utf-8", "replace") if isinstance(v, bytes) else str(v) for v in values)


@lru_cache(maxsize=16)
def _fixed_width(raw: bytes, width: int) -> tuple[str, ...]:
    # A cohort's files share a reference; decoding its 36,000 names again takes longer than
    # reading a small sample.
    return tuple(v.decode("utf-8", "replace") for v in np.frombuffer(raw, f"S{width}").tolist())


def _matrix_group(file: h5py.File) -> str:
    if "matrix" in file:
        return "matrix"
    older = [name for name in file if {"genes", "gene_names", "indptr"} <= set(file[name])]
    if len(older) != 1:
        raise Damaged("it has no group matrix")
    return str(older[0])


def _genes(file: h5py.File, group: str) -> Reference:
    if group != "matrix":
        ids = strings(local(file, f"{group}/genes"))
        return make_reference(ids, strings(local(file, f"{group}/gene_names")), ())
    ids, names = (strings(local(file, f"matrix/features/{k}")) for k in ("id", "name"))
    typed = "feature_type" in file["matrix/features"]
    kinds = strings(local(file, "matrix/features/feature_type")) if typed else ()
    return make_reference(ids, names, kinds)


@lru_cache(maxsize=8)
def make_reference(
    ids: tuple[str, ...], names: tuple[str, ...], kinds: tuple[str, ...]
) -> Reference:
    """The rows of a matrix; `kinds` are 10x feature types, empty when all is gene expression."""
    if len(ids) != len(names) or (kinds and len(kinds) != len(ids)):
        raise Damaged("its gene ids, names and types differ in number")
    return Reference(ids, names, tuple(k == RNA for k in kinds) or (True,) * len(ids))
