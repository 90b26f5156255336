"""`CountSource`: a count file of any format as a stream of compressed sparse blocks."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from features.arrays import Ints, Ints32
from features.errors import InputError
from features.genes.annotation import GeneReference
from features.kernels.count_block import CountBlock
from features.readers.hdf5_chunks import ChunkedVector, DamagedFile, read_whole_numbers

# Entries in a block: enough to amortise Python, few enough for the processor's cache (400,000
# entries are 3 MB) and to bound memory for any file.
BLOCK_ENTRIES = 400_000
# Fewer where chunks are small: 1 MB stays in the nearer cache. Some chunks, because those that two
# blocks share are copied.
SMALL_BLOCK_ENTRIES, CHUNKS_IN_BLOCK = 100_000, 4
# More barcodes than any capture makes (Cell Ranger's largest whitelist holds 6.8 million).
MAX_CELLS = 50_000_000


@dataclass(frozen=True)
class ProteinCounts:
    """Counts of antibodies, (n_cells, p), in columns named as `features.genes.antibodies` does."""

    names: tuple[str, ...]
    counts: Ints32


@dataclass(frozen=True)
class CountSource:
    """What a count file holds, and functions that stream it from start to end.

    `major` says whether blocks are cells (CSR) or genes (CSC). `entries_per_cell` (n_cells,) is
    the number of stored entries of each cell, None when it is known only after reading the file.
    `read_cells` reads a range of cells alone, None where the format does not allow it.
    `read_barcodes` gives the cells' names in file order, `read_barcode_blocks` every n-th, some
    thousand at a time, in formats that hold millions of empty droplets. `read_column` gives a
    column of obs as text, one of `column_names` (none in formats without obs). `matrix` names the
    matrix that is read where a file has several, `other_matrices` those that hold whole numbers
    too. `chemistry` is what the file says of itself, None where it says nothing. `read_proteins`
    gives antibody counts of all cells where the file keeps them in a matrix of their own.
    """

    path: Path
    reference: GeneReference
    n_cells: int
    provenance: Literal["real", "synthetic"]
    major: Literal["cells", "genes"]
    entries_per_cell: Ints | None
    read_blocks: Callable[[], Iterator[CountBlock]]
    read_barcodes: Callable[[], list[str]]
    read_column: Callable[[str], list[str]]
    read_cells: Callable[[int, int], Iterator[CountBlock]] | None = None
    column_names: tuple[str, ...] = ()
    matrix: str = ""
    other_matrices: tuple[str, ...] = ()
    chemistry: str | None = None
    read_barcode_blocks: Callable[[int], Iterator[Sequence[str]]] | None = None
    read_proteins: Callable[[], ProteinCounts | None] = lambda: None

    @property
    def gene_ids(self) -> list[str]:
        """Ensembl ids in file order; names where the file has no ids."""
        return list(self.reference.ids)

    @property
    def gene_names(self) -> list[str]:
        """Symbols in file order."""
        return list(self.reference.names)

    def barcode_blocks(self) -> Iterator[Sequence[str]]:
        """The cells' names in file order, in pieces; every call reads them again.

        Raises `DamagedFile` when there are more or fewer names than cells.
        """
        n_names = 0
        for names in self.some_barcodes(1):
            n_names += len(names)
            if n_names > self.n_cells:
                break
            yield names
        if n_names != self.n_cells:
            raise DamagedFile("its matrix and barcodes do not agree")

    def some_barcodes(self, step: int) -> Iterator[Sequence[str]]:
        """About every step-th name, in pieces."""
        if self.read_barcode_blocks is None:
            yield self.read_barcodes()[::step]
        else:
            yield from self.read_barcode_blocks(step)

    def column(self, name: str) -> list[str]:
        """A column of obs as text, one value a cell; as `read_column`, whose length is checked."""
        values = self.read_column(name)
        if len(values) != self.n_cells:
            raise DamagedFile(f"its column {name} does not name every cell")
        return values

    def blocks(self, first: int = 0, last: int | None = None) -> Iterator[CountBlock]:
        """The file's blocks in order, or those of cells first:last; every call reads it again.

        Raises `InputError` when the file is damaged or a value is no count.
        """
        if last is None or self.read_cells is None:
            return self.read_blocks()
        return self.read_cells(first, last)


def check_indptr(indptr: Ints, entries: int, width: int) -> None:
    """Refuse row pointers that do not run from 0 to the number of entries without going back.

    >>> check_indptr(np.array([0, 2, 2]), 2, 10)
    """
    steps = np.diff(indptr)
    if indptr.size == 0 or indptr[0] != 0 or indptr[-1] != entries or (steps < 0).any():
        raise DamagedFile("its row pointers do not match its entries")
    if steps.size and steps.max() > width:
        raise DamagedFile("a cell holds more entries than there are genes")


def vectors_to_blocks(
    indptr: Ints,
    indices: ChunkedVector,
    data: ChunkedVector,
    entries: int | None = None,
    rows: slice = slice(None),
) -> Iterator[CountBlock]:
    """Cut two parallel vectors into blocks of whole rows of about `entries` entries each.

    Without a number, as many as stay in the processor's cache.
    """
    if entries is None:
        several_chunks = CHUNKS_IN_BLOCK * max(indices.chunk_length, data.chunk_length)
        entries = min(BLOCK_ENTRIES, max(SMALL_BLOCK_ENTRIES, several_chunks))
    first, end, _ = rows.indices(indptr.size - 1)
    while first < end:
        fitting = int(np.searchsorted(indptr, indptr[first] + entries, side="right")) - 1
        last = min(end, max(first + 1, fitting))
        start, stop = int(indptr[first]), int(indptr[last])
        yield CountBlock(
            first,
            indptr[first : last + 1] - start,
            read_whole_numbers(indices, start, stop),
            read_whole_numbers(data, start, stop),
        )
        first = last


def refuse_column(column: str) -> list[str]:
    """Refuse a column of obs, for formats that have none."""
    raise InputError(
        f"Columns of cells are read from obs in .h5ad or .zarr, but this file has no column "
        f"{column}; leave --labels and such selectors out or give an .h5ad file."
    )
