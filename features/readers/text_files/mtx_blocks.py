"""Entries of a MatrixMarket file as blocks of whole cells or genes, whatever their order."""

from collections.abc import Iterator
from typing import Literal

import numpy as np

from features.errors import InputError
from features.kernels.count_block import CountBlock
from features.kernels.place_entries import place_entries
from features.readers.count_source import BLOCK_ENTRIES
from features.readers.text_files.mtx_file import Entries, MatrixFile, read_entries

Order = Literal["cells", "genes", "none"]
# Entries that are sorted in memory, at 8 bytes each: 1.6 GB.
MAX_SORTED_ENTRIES = 200_000_000


def entry_order(matrix: MatrixFile) -> Order:
    """Whether entries are ordered by cell, as Cell Ranger writes them, by gene, or neither.

    Judged by the first megabytes, and by more where both or all entries of them are of one gene.
    """
    last_cell = last_gene = -1
    by_cell = by_gene = True
    for genes, cells, _ in read_entries(matrix):
        if not genes.size:
            continue
        by_cell &= bool(cells[0] >= last_cell and (np.diff(cells) >= 0).all())
        by_gene &= bool(genes[0] >= last_gene and (np.diff(genes) >= 0).all())
        last_cell, last_gene = int(cells[-1]), int(genes[-1])
        if not (by_cell and by_gene):
            break
    return "cells" if by_cell else "genes" if by_gene else "none"


def stream_entries(matrix: MatrixFile, order: Order) -> Iterator[CountBlock]:
    """Blocks of whole cells, or of whole genes where entries are ordered so.

    A gene and cell may come twice, as in any format: the scan adds their counts up. Raises
    `InputError` when the order changes within the file, `DamagedFile` when entries are missing or
    point outside.
    """
    return _sorted_blocks(matrix) if order == "none" else _ordered_blocks(matrix, order)


def _ordered_blocks(matrix: MatrixFile, order: Order) -> Iterator[CountBlock]:
    """Blocks in file order; entries of a row that is not complete go into the next."""
    parts: list[Entries] = []
    first = n_entries = 0
    for part in read_entries(matrix):
        parts.append(part)
        n_entries += part.counts.size
        if n_entries >= BLOCK_ENTRIES:
            block, rest = _cut_block(parts, first, matrix, order, last=False)
            first = block.first + block.indptr.size - 1
            parts, n_entries = [rest], rest.counts.size
            yield block
    if parts:
        yield _cut_block(parts, first, matrix, order, last=True)[0]


def _cut_block(
    parts: list[Entries], first: int, matrix: MatrixFile, order: Order, *, last: bool
) -> tuple[CountBlock, Entries]:
    """A block of the cells (genes) from `first` that are complete, and the rest."""
    genes, cells, counts = (np.concatenate(column) for column in zip(*parts, strict=True))
    rows, columns = (cells, genes) if order == "cells" else (genes, cells)
    if (np.diff(rows) < 0).any() or (rows.size and rows[0] < first):
        raise InputError(
            "matrix.mtx must be ordered by barcode or by gene from start to end, but its order "
            "changes; write it again as scipy.io.mmwrite(path, scipy.io.mmread(path).tocsc())"
        )
    n_rows = matrix.n_cells if order == "cells" else matrix.n_genes
    end = n_rows if last or not rows.size else int(rows[-1])
    split = int(np.searchsorted(rows, end))
    indptr = np.searchsorted(rows[:split], np.arange(first, end + 1)).astype(np.int64)
    rest = Entries(genes[split:], cells[split:], counts[split:])
    return CountBlock(first, indptr, columns[:split].copy(), counts[:split].copy()), rest


def _sorted_blocks(matrix: MatrixFile) -> Iterator[CountBlock]:
    """Blocks of whole cells from entries in any order: one pass counts, a second one places."""
    if matrix.n_entries > MAX_SORTED_ENTRIES:
        raise InputError(
            f"matrix.mtx must be ordered by barcode or by gene above {MAX_SORTED_ENTRIES:,} "
            f"entries, but it is not and holds {matrix.n_entries:,}; write it again as "
            "scipy.io.mmwrite(path, scipy.io.mmread(path).tocsc())"
        )
    indptr = np.zeros(matrix.n_cells + 1, np.int64)
    for _, cells, _ in read_entries(matrix):
        indptr[1:] += np.bincount(cells, minlength=matrix.n_cells)
    np.cumsum(indptr, out=indptr)
    indices, data = (np.empty(int(indptr[-1]), np.int32) for _ in range(2))
    position = indptr[:-1].copy()
    for genes, cells, counts in read_entries(matrix):
        place_entries(cells, genes, counts, position, indices, data)
    first = 0
    while first < matrix.n_cells:
        fitting = int(np.searchsorted(indptr, indptr[first] + BLOCK_ENTRIES, side="right")) - 1
        last = max(first + 1, min(matrix.n_cells, fitting))
        start, stop = int(indptr[first]), int(indptr[last])
        yield CountBlock(
            first, indptr[first : last + 1] - start, indices[start:stop], data[start:stop]
        )
        first = last
