"""How AnnData lays out a matrix, its genes and its labels; the same in .h5ad and .zarr."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from features.arrays import Ints, Ints32
from features.errors import InputError
from features.genes.annotation import Reference
from features.kernels.counting import whole_numbers
from features.readers.count_source import (
    BLOCK_ENTRIES,
    MOST_CELLS,
    Block,
    check_indptr,
    spans_to_blocks,
)
from features.readers.hdf5_chunks import Damaged, Span
from features.readers.tenx_h5 import make_reference

# Where raw counts are kept, likeliest first: a layer of that name says so, X and raw/X may be
# normalised and are looked into.
PLACES = ("layers/counts", "layers/raw_counts", "X", "raw/X")
PEEK = 20_000
ID_COLUMNS = ("gene_ids", "gene_id", "ensembl_id", "feature_id", "ensembl")
NAME_COLUMNS = ("gene_symbols", "gene_symbol", "gene_name", "gene_names", "feature_name", "symbol")
TYPE_COLUMNS = ("feature_types", "feature_type")


@dataclass(frozen=True)
class Tree:
    """A hierarchical file: `get` gives a group or array by its path, `has` says if it is there.

    `span` opens a vector for streaming. Groups and arrays of h5py and zarr are used alike.
    """

    get: Callable[[str], Any]
    has: Callable[[str], bool]
    span: Callable[[str], Span]


@dataclass(frozen=True)
class Matrix:
    """Where the counts are and how they lie; `indptr` is None for a dense matrix."""

    place: str
    major: Literal["cells", "genes"]
    n_cells: int
    n_genes: int
    indptr: Ints | None


def find_matrix(tree: Tree) -> Matrix:
    """The first place with whole numbers; the first place at all when none has them.

    Raises `Damaged` when there is no matrix. Fractions are refused later, while reading, by the
    check of every value.
    """
    there = [place for place in PLACES if tree.has(place)]
    if not there:
        raise Damaged("it has no matrix X")
    whole = [place for place in there if _looks_whole(tree, place)]
    return _describe(tree, (whole or there)[0])


def stored_per_cell(matrix: Matrix) -> Ints | None:
    """Stored entries of each cell where cells are the rows of a sparse matrix, otherwise None.

    Raises `Damaged` when the row pointers do not fit.
    """
    if matrix.indptr is None or matrix.major != "cells":
        return None
    check_indptr(matrix.indptr, int(matrix.indptr[-1]), matrix.n_genes)
    return np.diff(matrix.indptr)


def read_reference(tree: Tree, place: str, n_genes: int) -> Reference:
    """Ensembl ids, symbols and feature types from var (raw/var beside raw/X)."""
    var = "raw/var" if place.startswith("raw/") else "var"
    index = column(tree, var, _index(tree, var))
    by_id = sum(name.startswith("ENSG") for name in index) > len(index) // 2
    ids = index if by_id else _first_column(tree, var, ID_COLUMNS) or index
    names = (_first_column(tree, var, NAME_COLUMNS) or index) if by_id else index
    if len(index) != n_genes:
        raise Damaged("its matrix and var do not agree")
    return make_reference(ids, names, _first_column(tree, var, TYPE_COLUMNS) or ())


def read_labels(tree: Tree, name: str) -> list[str]:
    """A column of obs as text, one label a cell.

    Raises `InputError` naming the columns there are.
    """
    columns = [str(c) for c in tree.get("obs").attrs.get("column-order", ())]
    if name not in columns:
        raise InputError(
            f"--labels needs a column of obs, but {name} is none of them "
            f"({', '.join(columns[:20]) or 'obs has no columns'}); name another"
        )
    return list(column(tree, "obs", name))


def stream_matrix(
    tree: Tree,
    matrix: Matrix,
    rows: slice = slice(None),
) -> Iterator[Block]:
    """Blocks of whole cells (CSR, dense) or whole genes (CSC); `rows` of the former alone."""
    if matrix.indptr is None:
        yield from _dense_blocks(tree.get(matrix.place), matrix)
        return
    indices = tree.span(f"{matrix.place}/indices")
    data = tree.span(f"{matrix.place}/data")
    if indices.length != data.length:
        raise Damaged("it has more values than indices, or fewer")
    width = matrix.n_genes if matrix.major == "cells" else matrix.n_cells
    check_indptr(matrix.indptr, data.length, width)
    yield from spans_to_blocks(matrix.indptr, indices, data, rows=rows)


def column(tree: Tree, frame: str, name: str) -> tuple[str, ...]:
    """One column of a data frame as text: plain, categorical or nullable."""
    node = tree.get(f"{frame}/{name}")
    if hasattr(node, "shape"):
        return _texts(node)
    if "categories" in node:
        categories = _texts(tree.get(f"{frame}/{name}/categories"))
        codes = np.asarray(tree.get(f"{frame}/{name}/codes")[:])
        if codes.size and codes.max() >= len(categories):
            raise Damaged(f"{frame}/{name} points outside its categories")
        return tuple(categories[code] if code >= 0 else "unknown" for code in codes)
    if "values" in node:
        return _texts(tree.get(f"{frame}/{name}/values"))
    raise Damaged(f"{frame}/{name} is no column")


def _texts(node: Any) -> tuple[str, ...]:
    if len(node.shape) != 1 or node.shape[0] > MOST_CELLS:
        raise Damaged("a column is not one-dimensional")
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


def _describe(tree: Tree, place: str) -> Matrix:
    node = tree.get(place)
    if hasattr(node, "shape"):
        if len(node.shape) != 2:
            raise Damaged(f"{place} is no matrix")
        return Matrix(place, "cells", int(node.shape[0]), int(node.shape[1]), None)
    kind = str(node.attrs.get("encoding-type", node.attrs.get("h5sparse_format", "csr")))
    shape = node.attrs.get("shape", node.attrs.get("h5sparse_shape", ()))
    if len(shape) != 2:
        raise Damaged(f"{place} does not state its shape")
    n_cells, n_genes = (int(n) for n in shape)
    indptr = np.asarray(tree.get(f"{place}/indptr")[:], dtype=np.int64)
    by_gene = kind.startswith("csc")
    if indptr.size - 1 != (n_genes if by_gene else n_cells) or n_cells > MOST_CELLS:
        raise Damaged(f"{place}: shape and row pointers do not agree")
    return Matrix(place, "genes" if by_gene else "cells", n_cells, n_genes, indptr)


def _looks_whole(tree: Tree, place: str) -> bool:
    node = tree.get(place)
    if hasattr(node, "shape"):
        values = np.asarray(node[: max(1, PEEK // max(1, node.shape[-1]))]).ravel()
    else:
        values = np.asarray(tree.get(f"{place}/data")[:PEEK])
    return bool(np.all(np.isfinite(values) & (values >= 0) & (values == np.floor(values))))


def _dense_blocks(node: Any, matrix: Matrix) -> Iterator[Block]:
    step = max(1, 5 * BLOCK_ENTRIES // max(1, matrix.n_genes))
    if node.chunks is not None:
        step = max(node.chunks[0], step // node.chunks[0] * node.chunks[0])
    for first in range(0, matrix.n_cells, step):
        rows = np.ascontiguousarray(node[first : first + step])
        flat = rows.astype(rows.dtype.newbyteorder("="), copy=False).ravel()
        counts = np.empty(flat.size, np.int32)
        bad = whole_numbers(flat, counts)
        if bad >= 0:
            raise InputError(
                f"counts must be whole numbers from 0 up, but {matrix.place} cell "
                f"{first + bad // matrix.n_genes} holds {flat[bad]}; give raw UMI counts"
            )
        yield _compress(first, counts.reshape(rows.shape))


def _compress(first: int, dense: Ints32) -> Block:
    held = dense > 0
    indptr = np.concatenate([[0], np.cumsum(held.sum(axis=1))]).astype(np.int64)
    return Block(first, indptr, np.nonzero(held)[1].astype(np.int32), dense[held])
