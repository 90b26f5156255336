"""A count file as a stream of compressed blocks, whatever its format."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from features.arrays import Ints
from features.errors import InputError
from features.genes.annotation import Reference
from features.kernels.counting import Block
from features.readers.hdf5_chunks import Damaged, Span, read_whole_numbers

__all__ = [
    "BLOCK_ENTRIES",
    "MOST_CELLS",
    "Block",
    "CountSource",
    "check_indptr",
    "no_labels",
    "spans_to_blocks",
]

# Entries in a block: large enough to amortise Python, small enough for the processor's cache
# (400,000 entries are 3 MB) and to bound memory whatever the file.
BLOCK_ENTRIES = 400_000
# More barcodes than any capture makes (Cell Ranger's largest whitelist holds 6.8 million).
MOST_CELLS = 50_000_000


@dataclass(frozen=True)
class CountSource:
    """What a count file holds, and a way to read it once from start to end.

    `major` says whether blocks are cells (CSR) or genes (CSC). `stored` (n_cells,) is the number
    of stored entries of each cell, None when only the whole file tells. `cells` reads a range of
    cells alone, None where the format does not allow it.
    """

    path: Path
    reference: Reference
    n_cells: int
    provenance: Literal["real", "synthetic"]
    major: Literal["cells", "genes"]
    stored: Ints | None
    blocks: Callable[[], Iterator[Block]]
    labels: Callable[[str], list[str]]
    cells: Callable[[int, int], Iterator[Block]] | None = None

    @property
    def gene_ids(self) -> list[str]:
        """Ensembl ids in file order; the names again where the file gives no ids."""
        return list(self.reference.ids)

    @property
    def gene_names(self) -> list[str]:
        """Symbols in file order."""
        return list(self.reference.names)

    def chunks(self, first: int = 0, last: int | None = None) -> Iterator[Block]:
        """The file's blocks in order, or those of cells first:last; every call reads it anew.

        Raises `InputError` when the file is damaged or a value is no count.
        """
        if last is None or self.cells is None:
            return self.blocks()
        return self.cells(first, last)


def check_indptr(indptr: Ints, entries: int, width: int) -> None:
    """Refuse row pointers that do not run from 0 to the number of entries without going back.

    >>> check_indptr(np.array([0, 2, 2]), 2, 10)
    """
    steps = np.diff(indptr)
    if indptr.size == 0 or indptr[0] != 0 or indptr[-1] != entries or (steps < 0).any():
        raise Damaged("its row pointers do not match its entries")
    if steps.size and steps.max() > width:
        raise Damaged("a cell holds more entries than there are genes")


def spans_to_blocks(
    indptr: Ints,
    indices: Span,
    data: Span,
    entries: int = BLOCK_ENTRIES,
    rows: slice = slice(None),
) -> Iterator[Block]:
    """Cut two parallel vectors into blocks of whole rows of about `entries` entries each."""
    first, end, _ = rows.indices(indptr.size - 1)
    while first < end:
        reach = int(np.searchsorted(indptr, indptr[first] + entries, side="right")) - 1
        last = min(end, max(first + 1, reach))
        start, stop = int(indptr[first]), int(indptr[last])
        yield Block(
            first,
            indptr[first : last + 1] - start,
            read_whole_numbers(indices, start, stop),
            read_whole_numbers(data, start, stop),
        )
        first = last


def no_labels(column: str) -> list[str]:
    """The answer of a format that carries no labels: a refusal."""
    raise InputError(
        f"Labels are read from a column of obs in .h5ad or .zarr, but this file has no column "
        f"{column}; leave --labels out or give an .h5ad file."
    )
