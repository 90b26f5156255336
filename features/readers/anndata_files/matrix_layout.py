"""Matrices of AnnData and loom on disk (CSR, CSC, dense, sums of layers) as streams of blocks."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from features.arrays import Ints
from features.errors import InputError
from features.kernels.count_block import CountBlock
from features.readers.anndata_files.block_joins import add_blocks, join_columns
from features.readers.anndata_files.data_frames import Tree
from features.readers.anndata_files.dense_blocks import best_axis, dense_blocks, dense_rows
from features.readers.count_source import (
    BLOCK_ENTRIES,
    MAX_CELLS,
    check_indptr,
    vectors_to_blocks,
)
from features.readers.file_attributes import single_text
from features.readers.hdf5_chunks import DamagedFile, check_numbers, read_whole_numbers

# Reads the rows first:last of a matrix along its major axis.
RowReader = Callable[[int, int], CountBlock]


@dataclass(frozen=True)
class Matrix:
    """Path, shape and orientation of counts; `indptr` is None for a dense matrix.

    `cell_axis` is the stored axis of a dense matrix that holds cells: 1 in loom. A matrix with
    `parts` is their sum, or with `side_by_side` their columns one after another (RNA, proteins).
    """

    path: str
    major: Literal["cells", "genes"]
    n_cells: int
    n_genes: int
    indptr: Ints | None
    cell_axis: int = 0
    parts: tuple["Matrix", ...] = ()
    side_by_side: bool = False


def describe_matrix(tree: Tree, path: str, cell_axis: int = 0) -> Matrix:
    """Shape and layout of a matrix.

    Raises `DamagedFile` when its parts do not fit, `InputError` when it holds no numbers.
    """
    node = tree.get(path)
    if getattr(node, "shape", None) is not None:
        return _describe_dense(node, path, cell_axis)
    if not hasattr(node, "keys") or "indptr" not in node:
        raise InputError(
            f"a matrix must be dense, CSR or CSC, but {path} is neither; write it again with "
            "AnnData's write_h5ad"
        )
    attributes = node.attrs
    form = single_text(attributes.get("encoding-type", attributes.get("h5sparse_format"))) or "csr"
    shape = attributes.get("shape", attributes.get("h5sparse_shape", ()))
    if len(shape) != 2:
        raise InputError(
            f"a sparse matrix must state its shape, but {path} does not; write the file again with "
            "AnnData"
        )
    n_cells, n_genes = (int(n) for n in shape)
    indptr = np.asarray(tree.get(f"{path}/indptr")[:], dtype=np.int64)
    by_gene = form.startswith("csc")
    if indptr.size - 1 != (n_genes if by_gene else n_cells) or n_cells > MAX_CELLS:
        raise DamagedFile(f"{path}: shape and row pointers do not agree")
    return Matrix(path, "genes" if by_gene else "cells", n_cells, n_genes, indptr)


def entries_per_cell(matrix: Matrix) -> Ints | None:
    """Stored entries of each cell where cells are the rows of sparse matrices, otherwise None.

    Raises `DamagedFile` when the row pointers do not fit.
    """
    if matrix.parts:
        sizes = [entries_per_cell(part) for part in matrix.parts]
        sizes_stored = [size for size in sizes if size is not None]
        return np.sum(sizes_stored, axis=0) if len(sizes_stored) == len(sizes) else None
    if matrix.indptr is None or matrix.major != "cells":
        return None
    check_indptr(matrix.indptr, int(matrix.indptr[-1]), matrix.n_genes)
    return np.diff(matrix.indptr)


def stream_matrix(tree: Tree, matrix: Matrix, rows: slice = slice(None)) -> Iterator[CountBlock]:
    """Blocks of whole cells or whole genes in order; `rows` where cells are sparse rows."""
    if matrix.parts:
        yield from _stream_parts(tree, matrix, rows)
    elif matrix.indptr is None:
        yield from dense_blocks(tree.get(matrix.path), _major_axis(matrix), matrix.path)
    else:
        indices, data = _open_vectors(tree, matrix)
        yield from vectors_to_blocks(matrix.indptr, indices, data, rows=rows)


def _describe_dense(node: Any, path: str, cell_axis: int) -> Matrix:
    if len(node.shape) != 2:
        raise InputError(
            f"a matrix must have two dimensions, but {path} has {len(node.shape)}; write the file "
            "again with AnnData"
        )
    n_cells, n_genes = int(node.shape[cell_axis]), int(node.shape[1 - cell_axis])
    if n_cells > MAX_CELLS:
        raise DamagedFile(f"{path} states more cells than any capture makes")
    by_cell = best_axis(node, cell_axis) == cell_axis
    return Matrix(path, "cells" if by_cell else "genes", n_cells, n_genes, None, cell_axis)


def _major_axis(matrix: Matrix) -> int:
    return matrix.cell_axis if matrix.major == "cells" else 1 - matrix.cell_axis


def _open_vectors(tree: Tree, matrix: Matrix) -> Any:
    indices, data = tree.vector(f"{matrix.path}/indices"), tree.vector(f"{matrix.path}/data")
    if indices.length != data.length:
        raise DamagedFile("it has more values than indices, or fewer")
    width = matrix.n_genes if matrix.major == "cells" else matrix.n_cells
    assert matrix.indptr is not None
    check_indptr(matrix.indptr, data.length, width)
    return indices, data


def _stream_parts(tree: Tree, matrix: Matrix, rows: slice) -> Iterator[CountBlock]:
    if matrix.side_by_side and matrix.major == "genes":
        yield from _genes_in_turn(tree, matrix)
        return
    n, width = matrix.n_cells, matrix.n_genes
    if matrix.major == "genes":
        n, width = width, n
    readers = [_row_reader(tree, part) for part in matrix.parts]
    first, end, _ = rows.indices(n)
    ends = _cumulative_values(matrix, n)
    offsets = np.cumsum([0, *(part.n_genes for part in matrix.parts[:-1])]).tolist()
    least = max(_rows_at_once(tree, part) for part in matrix.parts)
    while first < end:
        fitting = int(np.searchsorted(ends, ends[first] + BLOCK_ENTRIES, side="right")) - 1
        last = min(end, first + least * max(1, (fitting - first) // least))
        blocks = [read(first, last) for read in readers]
        yield join_columns(blocks, offsets) if matrix.side_by_side else add_blocks(blocks, width)
        first = last


def _genes_in_turn(tree: Tree, matrix: Matrix) -> Iterator[CountBlock]:
    first = 0
    for part in matrix.parts:
        for block in stream_matrix(tree, part):
            yield block._replace(first=first + block.first)
        first += part.n_genes


def _cumulative_values(matrix: Matrix, n: int) -> Ints:
    """Values to be read up to each row (n + 1,): what bounds a block."""
    total = np.zeros(n + 1, np.int64)
    for part in matrix.parts:
        width = part.n_genes if part.major == "cells" else part.n_cells
        dense = np.arange(n + 1, dtype=np.int64) * width // 5
        total += dense if part.indptr is None else part.indptr
    return total


def _rows_at_once(tree: Tree, matrix: Matrix) -> int:
    """Rows of a dense matrix that share chunks, which would be decompressed again otherwise."""
    if matrix.indptr is not None:
        return 1
    return (check_numbers(tree.get(matrix.path), 2) or (1, 1))[_major_axis(matrix)]


def _row_reader(tree: Tree, matrix: Matrix) -> RowReader:
    if matrix.indptr is None:
        array, axis = tree.get(matrix.path), _major_axis(matrix)
        return lambda first, last: dense_rows(array, axis, (first, last), matrix.path)
    indices, data = _open_vectors(tree, matrix)
    indptr = matrix.indptr

    def read(first: int, last: int) -> CountBlock:
        start, stop = int(indptr[first]), int(indptr[last])
        pointers = indptr[first : last + 1] - start
        columns = read_whole_numbers(indices, start, stop)
        return CountBlock(first, pointers, columns, read_whole_numbers(data, start, stop))

    return read
