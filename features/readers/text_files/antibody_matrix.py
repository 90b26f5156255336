"""Antibody counts in a matrix of their own beside gene expression, added as rows of protein.

CITE-seq-Count, kallisto's kite and many of GEO's authors write them so (GSM1_RNA_matrix.mtx beside
GSM1_ADT_matrix.mtx). They are added only where every cell of the RNA has its antibodies, because a
cell without them would read as one without protein.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from features.arrays import Ints, Ints32
from features.errors import InputError
from features.kernels.count_block import CountBlock
from features.readers.count_source import CountSource
from features.readers.text_files.mtx_file import MatrixFile, read_entries, read_header
from features.readers.text_files.name_table import first_column, gene_reference, read_name_table
from features.readers.text_files.sample_files import Triple
from features.table.barcode_table import bare_barcode

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

# A panel has at most some hundred antibodies; more rows are genes.
MAX_ANTIBODIES = 1000
MAX_ENTRIES = 100_000_000  # held in memory, 8 bytes each


def add_antibodies(source: CountSource, folder: Path, files: Triple) -> CountSource:
    """The source with the antibodies of its cells as further rows; unchanged where they do not fit.

    They fit when the matrix holds no genes and its barcodes name every cell of the source, with or
    without Cell Ranger's "-1".
    """
    if files.genes is None or files.barcodes is None:
        return source
    matrix = read_header(folder / files.matrix)
    try:
        table = read_name_table(folder / files.genes, (matrix.n_rows, matrix.n_columns))
    except InputError:
        return source
    antibodies = gene_reference(table)
    if len(antibodies.ids) > MAX_ANTIBODIES or any("ENSG" in name for name in antibodies.ids):
        return source
    matrix = matrix._replace(cells_first=table.n_rows != matrix.n_rows)
    barcodes = [n for part in first_column(folder / files.barcodes, matrix.n_cells) for n in part]
    columns = _matching_cells(source.read_barcodes(), barcodes)
    if columns is None or not 0 < matrix.n_entries <= MAX_ENTRIES:
        return source
    return replace(
        source,
        reference=source.reference.with_antibodies(antibodies),
        read_blocks=lambda: _blocks(source, matrix, columns),
        other_matrices=tuple(name for name in source.other_matrices if name != files.matrix),
        matrix=f"{source.matrix} and {files.matrix}",
    )


def _matching_cells(cells: list[str], barcodes: list[str]) -> Ints | None:
    """The antibodies' column of each cell; None where a cell has none or a barcode is repeated."""
    for names, keys in (
        (cells, barcodes),
        ([bare_barcode(c) for c in cells], [bare_barcode(b) for b in barcodes]),
    ):
        column = {name: number for number, name in enumerate(keys)}
        is_unique = len(column) == len(keys) and len({*names}) == len({*cells})
        if is_unique and all(name in column for name in names):
            return np.array([column[name] for name in names], np.int64)
    return None


def _blocks(source: CountSource, matrix: MatrixFile, columns: Ints) -> Iterator[CountBlock]:
    """The source's blocks with the antibodies of each cell, or after all genes."""
    n_genes, counts = len(source.reference.ids), _antibody_counts(matrix)[columns]
    if source.major == "genes":
        yield from source.blocks()
        by_gene = counts.tocsc()
        yield _block(n_genes, by_gene.indptr, by_gene.indices, by_gene.data)
        return
    for block in source.blocks():
        last = block.first + block.indptr.size - 1
        part = counts[block.first : last]
        yield _with_columns(
            block, _block(block.first, part.indptr, part.indices + n_genes, part.data)
        )


def _antibody_counts(matrix: MatrixFile) -> "csr_matrix":
    """All antibody counts, cells x antibodies, in the order of their own barcodes."""
    from scipy.sparse import csr_matrix  # slow to import, and few samples come so

    parts = list(read_entries(matrix))
    genes, cells, counts = (np.concatenate(column) for column in zip(*parts, strict=True))
    return csr_matrix((counts, (cells, genes)), shape=(matrix.n_cells, matrix.n_genes))


def _block(first: int, indptr: Ints32, indices: Ints32, data: Ints32) -> CountBlock:
    return CountBlock(
        first, indptr.astype(np.int64), indices.astype(np.int32), data.astype(np.int32)
    )


def _with_columns(block: CountBlock, more: CountBlock) -> CountBlock:
    """A block of the same cells with the entries of both."""
    rows = [np.repeat(np.arange(b.indptr.size - 1), np.diff(b.indptr)) for b in (block, more)]
    order = np.argsort(np.concatenate(rows), kind="stable")
    return CountBlock(
        block.first,
        block.indptr + more.indptr,
        np.concatenate([block.indices, more.indices])[order],
        np.concatenate([block.data, more.data])[order],
    )
