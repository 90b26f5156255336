"""10x HDF5 count files in the layout of Cell Ranger 3 and later (feature-barcode matrix)."""

import functools
from dataclasses import dataclass
from pathlib import Path

import h5py  # type: ignore[import-untyped, unused-ignore]  # no stubs
import numpy as np
from isal import isal_zlib
from numpy.typing import NDArray

from features.arrays import Ints, Ints32
from features.atomic_write import replacing

CHUNK = 80_000  # entries of data and indices per chunk, as in Cell Ranger's files
COMPRESSION = {"compression": "gzip", "compression_opts": 1, "shuffle": True}


@dataclass(frozen=True)
class CountMatrix:
    """UMIs of one sample, cell by cell: cell i owns entries indptr[i]:indptr[i + 1].

    `genes` are rows of the gene list (ascending within a cell), `counts` their UMIs.
    """

    indptr: Ints
    genes: Ints32
    counts: Ints32
    barcodes: NDArray[np.bytes_]


@dataclass(frozen=True)
class GeneList:
    """The rows of a count file: Ensembl ids and symbols, and the genome's name."""

    ids: tuple[str, ...]
    names: tuple[str, ...]
    genome: str


def write_tenx(path: Path | str, matrix: CountMatrix, genes: GeneList, provenance: str) -> None:
    """Write one .h5 file; it appears whole or not at all, and equal input gives equal bytes.

    Layout: matrix/{data, indices, indptr, shape, barcodes} and matrix/features/{id, name,
    feature_type, genome, _all_tag_keys}; shape is (genes, cells). Integers are as wide as Cell
    Ranger's (data int32, indices and indptr int64). The root attribute `provenance` is ours:
    readers take "synthetic" from it.
    """
    with replacing(path) as draft:
        draft.write_bytes(_gene_list_file(genes, provenance))
        with h5py.File(draft, "r+") as file:
            group = file["matrix"]
            _write_chunks(group, "data", matrix.counts)
            _write_chunks(group, "indices", matrix.genes.astype(np.int64))
            group.create_dataset("indptr", data=matrix.indptr, **COMPRESSION)
            shape = np.array([len(genes.ids), len(matrix.barcodes)], dtype=np.int32)
            group.create_dataset("shape", data=shape)
            group.create_dataset("barcodes", data=matrix.barcodes, **COMPRESSION)


def _write_chunks(group: h5py.Group, name: str, values: NDArray[np.integer]) -> None:
    """Write a long column in shuffled gzip chunks; isal compresses at five times zlib's speed."""
    size = min(CHUNK, max(len(values), 1))
    column = group.create_dataset(
        name, shape=values.shape, dtype=values.dtype, chunks=(size,), **COMPRESSION
    )
    for start in range(0, len(values), size):
        chunk = np.zeros(size, dtype=values.dtype)  # HDF5 stores the last chunk at full length
        part = values[start : start + size]
        chunk[: len(part)] = part
        shuffled = chunk.view(np.uint8).reshape(size, -1).T.tobytes()
        column.id.write_direct_chunk((start,), isal_zlib.compress(shuffled, 1))


@functools.lru_cache(maxsize=4)
def _gene_list_file(genes: GeneList, provenance: str) -> bytes:
    """A file's bytes with everything but the counts: compressed once for a whole cohort."""
    with h5py.File("gene_list", "w", driver="core", backing_store=False) as file:
        file.attrs.update(
            {"filetype": "matrix", "version": 2, "provenance": provenance,
             "chemistry_description": "simulated", "software_version": "cd7watch-simulator"}
        )  # fmt: skip
        group = file.create_group("matrix/features")
        for name, column in _gene_columns(genes).items():
            group.create_dataset(name, data=column, compression="gzip", compression_opts=1)
        group.create_dataset("_all_tag_keys", data=np.array([b"genome"]))
        file.flush()
        image: bytes = file.id.get_file_image()
        return image


def _gene_columns(genes: GeneList) -> dict[str, NDArray[np.bytes_]]:
    n = len(genes.ids)
    return {
        "id": np.array(genes.ids, dtype=np.bytes_),
        "name": np.array(genes.names, dtype=np.bytes_),
        "feature_type": np.full(n, b"Gene Expression"),
        "genome": np.full(n, genes.genome.encode()),
    }
