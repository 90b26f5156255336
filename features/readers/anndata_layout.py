"""AnnData's on-disk layout of matrix, genes and labels, the same in .h5ad and .zarr."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from features.arrays import Ints, Ints32
from features.errors import InputError
from features.genes.annotation import GeneReference
from features.kernels.count_block import CountBlock
from features.kernels.whole_numbers import copy_whole_numbers
from features.readers.count_source import (
    BLOCK_ENTRIES,
    MAX_CELLS,
    check_indptr,
    vectors_to_blocks,
)
from features.readers.hdf5_chunks import RAW_COUNTS, ChunkedVector, DamagedFile
from features.readers.tenx_h5 import make_reference

# Where raw counts may be, likeliest first. A layer of that name holds counts; X and raw/X may be
# normalised, so some of their values are checked.
MATRIX_PATHS = ("layers/counts", "layers/raw_counts", "X", "raw/X")
CHECKED_VALUES = 20_000
ID_COLUMNS = ("gene_ids", "gene_id", "ensembl_id", "feature_id", "ensembl")
NAME_COLUMNS = ("gene_symbols", "gene_symbol", "gene_name", "gene_names", "feature_name", "symbol")
TYPE_COLUMNS = ("feature_types", "feature_type")


@dataclass(frozen=True)
class Tree:
    """A hierarchical file: `get` returns a group or array by its path, `has` whether it exists.

    `vector` opens a vector for streaming. Groups and arrays of h5py and zarr are used alike.
    """

    get: Callable[[str], Any]
    has: Callable[[str], bool]
    vector: Callable[[str], ChunkedVector]


@dataclass(frozen=True)
class Matrix:
    """Path, shape and orientation of the counts; `indptr` is None for a dense matrix."""

    path: str
    major: Literal["cells", "genes"]
    n_cells: int
    n_genes: int
    indptr: Ints | None


def find_matrix(tree: Tree) -> Matrix:
    """The first matrix of whole numbers; the first matrix of any kind when none has them.

    Raises `DamagedFile` when there is no matrix. Fractions are refused later, while reading, by the
    check of every value.
    """
    paths = [path for path in MATRIX_PATHS if tree.has(path)]
    if not paths:
        raise DamagedFile("it has no matrix X")
    count_paths = [path for path in paths if _holds_whole_numbers(tree, path)]
    return _describe(tree, (count_paths or paths)[0])


def entries_per_cell(matrix: Matrix) -> Ints | None:
    """Stored entries of each cell where cells are the rows of a sparse matrix, otherwise None.

    Raises `DamagedFile` when the row pointers do not fit.
    """
    if matrix.indptr is None or matrix.major != "cells":
        return None
    check_indptr(matrix.indptr, int(matrix.indptr[-1]), matrix.n_genes)
    return np.diff(matrix.indptr)


def read_reference(tree: Tree, matrix: Matrix) -> GeneReference:
    """Ensembl ids, symbols and feature types from var (raw/var for raw/X)."""
    var = "raw/var" if matrix.path.startswith("raw/") else "var"
    index = column(tree, var, _index(tree, var))
    by_id = sum(name.startswith("ENSG") for name in index) > len(index) // 2
    ids = index if by_id else _first_column(tree, var, ID_COLUMNS) or index
    names = (_first_column(tree, var, NAME_COLUMNS) or index) if by_id else index
    if len(index) != matrix.n_genes:
        raise DamagedFile("its matrix and var do not agree")
    return make_reference(ids, names, _first_column(tree, var, TYPE_COLUMNS) or ())


def column_names(tree: Tree) -> tuple[str, ...]:
    """Names of the columns of obs, in the file's order; none where a file lacks obs."""
    if not tree.has("obs"):
        return ()
    return tuple(str(name) for name in tree.get("obs").attrs.get("column-order", ()))


def read_barcodes(tree: Tree) -> list[str]:
    """Names of the cells: the index of obs."""
    return list(column(tree, "obs", _index(tree, "obs")))


def read_column(tree: Tree, name: str) -> list[str]:
    """A column of obs as text, one value a cell.

    Raises `InputError` with the names of the columns when it is none of them.
    """
    columns = column_names(tree)
    if name not in columns:
        raise InputError(
            f"a column of cells must be one of obs, but {name} is none of them "
            f"({', '.join(columns[:20]) or 'obs has no columns'}); name another"
        )
    return list(column(tree, "obs", name))


def stream_matrix(tree: Tree, matrix: Matrix, rows: slice = slice(None)) -> Iterator[CountBlock]:
    """Blocks of whole cells (CSR, dense) or whole genes (CSC); `rows` for CSR alone."""
    if matrix.indptr is None:
        yield from _dense_blocks(tree.get(matrix.path), matrix)
        return
    indices = tree.vector(f"{matrix.path}/indices")
    data = tree.vector(f"{matrix.path}/data")
    if indices.length != data.length:
        raise DamagedFile("it has more values than indices, or fewer")
    width = matrix.n_genes if matrix.major == "cells" else matrix.n_cells
    check_indptr(matrix.indptr, data.length, width)
    yield from vectors_to_blocks(matrix.indptr, indices, data, rows=rows)


def column(tree: Tree, frame: str, name: str) -> tuple[str, ...]:
    """One column of a data frame as text: plain, categorical or nullable."""
    node = tree.get(f"{frame}/{name}")
    if hasattr(node, "shape"):
        return _texts(node)
    if "categories" in node:
        categories = _texts(tree.get(f"{frame}/{name}/categories"))
        codes = np.asarray(tree.get(f"{frame}/{name}/codes")[:])
        if codes.size and codes.max() >= len(categories):
            raise DamagedFile(f"{frame}/{name} points outside its categories")
        return tuple(categories[code] if code >= 0 else "unknown" for code in codes)
    if "values" in node:
        return _texts(tree.get(f"{frame}/{name}/values"))
    raise DamagedFile(f"{frame}/{name} is no column")


def _texts(node: Any) -> tuple[str, ...]:
    if len(node.shape) != 1 or node.shape[0] > MAX_CELLS:
        raise DamagedFile("a column is not one-dimensional")
    values = np.asarray(node[:]).tolist()
    if all(type(v) is bytes for v in values) and not any(b"\n" in v for v in values):
        return tuple(b"\n".join(values).decode("utf-8", "replace").split("\n")) if values else ()
    return tuple(v.decode("utf-8", "replace") if isinstance(v, bytes) else str(v) for v in values)


def _index(tree: Tree, frame: str) -> str:
    node = tree.get(frame)
    if hasattr(node, "shape"):
        raise InputError(
            "an .h5ad must be of AnnData 0.7 or later; open it there and save it again"
        )
    name = node.attrs.get("_index", "_index")
    return name.decode() if isinstance(name, bytes) else str(name)


def _first_column(tree: Tree, frame: str, names: Sequence[str]) -> tuple[str, ...] | None:
    for name in names:
        if tree.has(f"{frame}/{name}"):
            return column(tree, frame, name)
    return None


def _describe(tree: Tree, path: str) -> Matrix:
    node = tree.get(path)
    if hasattr(node, "shape"):
        if len(node.shape) != 2:
            raise DamagedFile(f"{path} is no matrix")
        return Matrix(path, "cells", int(node.shape[0]), int(node.shape[1]), None)
    kind = str(node.attrs.get("encoding-type", node.attrs.get("h5sparse_format", "csr")))
    shape = node.attrs.get("shape", node.attrs.get("h5sparse_shape", ()))
    if len(shape) != 2:
        raise DamagedFile(f"{path} does not state its shape")
    n_cells, n_genes = (int(n) for n in shape)
    indptr = np.asarray(tree.get(f"{path}/indptr")[:], dtype=np.int64)
    by_gene = kind.startswith("csc")
    if indptr.size - 1 != (n_genes if by_gene else n_cells) or n_cells > MAX_CELLS:
        raise DamagedFile(f"{path}: shape and row pointers do not agree")
    return Matrix(path, "genes" if by_gene else "cells", n_cells, n_genes, indptr)


def _holds_whole_numbers(tree: Tree, path: str) -> bool:
    node = tree.get(path)
    if hasattr(node, "shape"):
        values = np.asarray(node[: max(1, CHECKED_VALUES // max(1, node.shape[-1]))]).ravel()
    else:
        values = np.asarray(tree.get(f"{path}/data")[:CHECKED_VALUES])
    return bool(np.all(np.isfinite(values) & (values >= 0) & (values == np.floor(values))))


def _dense_blocks(node: Any, matrix: Matrix) -> Iterator[CountBlock]:
    step = max(1, 5 * BLOCK_ENTRIES // max(1, matrix.n_genes))
    if node.chunks is not None:
        step = max(node.chunks[0], step // node.chunks[0] * node.chunks[0])
    for first in range(0, matrix.n_cells, step):
        rows = np.ascontiguousarray(node[first : first + step])
        flat = rows.astype(rows.dtype.newbyteorder("="), copy=False).ravel()
        counts = np.empty(flat.size, np.int32)
        bad = copy_whole_numbers(flat, counts)
        if bad >= 0:
            raise InputError(
                f"counts must be whole numbers from 0 up, but {matrix.path} cell "
                f"{first + bad // matrix.n_genes} holds {flat[bad]}; {RAW_COUNTS}"
            )
        yield _compress(first, counts.reshape(rows.shape))


def _compress(first: int, dense: Ints32) -> CountBlock:
    nonzero = dense > 0
    indptr = np.concatenate([[0], np.cumsum(nonzero.sum(axis=1))]).astype(np.int64)
    return CountBlock(first, indptr, np.nonzero(nonzero)[1].astype(np.int32), dense[nonzero])
