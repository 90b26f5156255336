"""Cells given twice: the same barcode with the same counts, as in a file joined with itself."""

import re
from collections import Counter

import numpy as np

from features.arrays import Ints
from features.cells.cell_counts import CellCounts
from features.cells.scan import Scan
from features.errors import InputError
from features.readers.count_source import CountSource

MAX_REPEATED_SHARE = 0.01  # of good cells; less moves no feature
_SEQUENCE = re.compile(r"[ACGTN]{8,}")
_MULTIPLIER = 1_000_003  # of the hash, a prime


def check_repeated_cells(source: CountSource, scan: Scan) -> None:
    """Refuse a sample in which over 1 % of the good cells come again; raises `InputError`.

    A repeated barcode with other counts is another cell (of another lane) and is no fault. Barcodes
    are read only where counts repeat.
    """
    groups = same_counts(scan.cells)
    if groups.size == 0:
        return
    names = _names(source)
    if not names:  # the file does not name its cells
        return
    rows = np.flatnonzero(groups >= 0)
    twins = Counter(
        (group, _sequence(names[barcode]))
        for group, barcode in zip(
            groups[rows].tolist(), scan.barcode_index[rows].tolist(), strict=True
        )
    )
    n_repeated = sum(n - 1 for n in twins.values())
    if n_repeated > MAX_REPEATED_SHARE * scan.cells.n_cells:
        raise InputError(
            f"each cell of a sample must come once, but {n_repeated:,} of its "
            f"{scan.cells.n_cells:,} usable cells repeat another's barcode and counts, as in a "
            "file joined with itself; remove the repeats"
        )


def same_counts(counts: CellCounts) -> Ints:
    """Number of the group of cells with equal counts that each cell belongs to, -1 for none; (n,).

    Empty when no two cells are equal. Totals are compared first: few cells share them.

    >>> equal = CellCounts(*(np.array([9, 9, 8]) for _ in range(3)),
    ...                    np.array([[1, 0], [1, 0], [1, 0]], np.int32), ("CD3D", "LYZ"))
    >>> same_counts(equal)
    array([ 0,  0, -1])
    """
    digest = np.zeros(counts.n_cells, np.int64)
    for values in (counts.total, counts.n_genes, counts.mito, counts.depth):
        digest = digest * _MULTIPLIER + values  # wraps around, as a hash may
    rows = np.flatnonzero(_numbers_of_repeated(digest) >= 0)
    cells, part = counts.select(rows), digest[rows]
    for column in range(len(counts.genes)):  # one at a time: all cells of a file may be equal
        part = part * _MULTIPLIER + cells.panel_columns([column])[:, 0]
    numbers = _numbers_of_repeated(part)
    if not (numbers >= 0).any():
        return np.zeros(0, np.int64)
    groups = np.full(counts.n_cells, -1, np.int64)
    groups[rows] = numbers
    return groups


def _numbers_of_repeated(digest: Ints) -> Ints:
    """Number of each value among those that come more than once, -1 for the others; (n,)."""
    _, inverse, sizes = np.unique(digest, return_inverse=True, return_counts=True)
    return np.where(sizes[inverse] > 1, inverse, -1)


def _names(source: CountSource) -> list[str]:
    try:
        return source.read_barcodes()
    except InputError:  # an .h5ad may lack obs, and features do not need it
        return []


def _sequence(name: str) -> str:
    """A barcode without what tools put around it, such as -1 or a sample's name."""
    return "".join(_SEQUENCE.findall(name)) or name
