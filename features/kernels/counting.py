"""Per-cell totals and panel counts: compiled loops over the non-zeros of a count matrix.

A gene's `role` tells the loop what its counts add to: 0 or more is the panel column, whose
`column_kind` says what it counts as; the negative codes below say the rest.
"""

from typing import NamedTuple

import numba
import numpy as np
from numba import types
from numpy.typing import NDArray

from features.arrays import Bytes, Ints, Ints32, UInts16
from features.kernels.count_block import COUNT_BLOCK, CountBlock
from features.kernels.entries import all_below
from features.kernels.whole_numbers import MAX_INT32

NOT_RNA = -1  # antibody, CRISPR or another genome: not RNA of this patient
MITO = -2  # counts towards total, genes and the mitochondrial UMIs; outside depth
OUTSIDE_DEPTH = -3  # towards total and genes: RNA that some references lack
OTHER_GENE = -4  # towards total, genes and depth
# Kinds of panel columns: gene of the depth set, other RNA, antibody (neither total nor genes).
DEPTH_COLUMN, RNA_COLUMN, PROTEIN_COLUMN = 0, 1, 2
BAD_INDEX = -1  # what a loop returns when an index points outside
MAX_GENE_COUNT = (1 << 24) - 1  # greatest count of one gene in one cell: three bytes; more is cut


class CellSums(NamedTuple):
    """What the loops add to: `total`, `depth`, `n_genes` and `mito` (cells,), `car` (rows,).

    `ones` (cells,) are the counts of 1 of each cell in whatever rows (`add_cells` alone).

    `low` and `high` (width, rows) are the panel counts, low + 256 high: nearly all fit a byte, and
    pages of `high` that are never written cost nothing. `over_255` (width,) marks the genes whose
    `high` was written. `cell_of_row` (rows,) numbers the cell whose counts a row holds.
    """

    total: Ints32
    depth: Ints32
    n_genes: Ints32
    mito: Ints32
    ones: Ints32
    low: Bytes
    high: UInts16
    over_255: Bytes
    car: Ints32
    cell_of_row: Ints32


class RowRoles(NamedTuple):
    """Roles of a reference's rows for `add_cells`: `role` (rows,), `column_kind` (width + 1,).

    `row_class` (rows,) says in a byte what most entries need to know of the role, so that the table
    stays in the processor's nearest cache: _PLAIN, _OUTSIDE or _SPECIAL.
    """

    role: NDArray[np.int16]
    column_kind: Bytes
    row_class: Bytes


_PLAIN, _OUTSIDE, _SPECIAL = 0, 1, 2  # the bits are tested: outside depth; to be looked at


def row_roles(role: NDArray[np.int16], column_kind: Bytes) -> RowRoles:
    """The roles with the class of each row.

    >>> row_roles(np.array([OTHER_GENE, OUTSIDE_DEPTH, MITO, 0], np.int16),
    ...           np.zeros(2, np.uint8)).row_class.tolist()
    [0, 1, 2, 2]
    """
    row_class = np.where(role >= MITO, _SPECIAL, np.where(role == OUTSIDE_DEPTH, _OUTSIDE, _PLAIN))
    return RowRoles(role, column_kind, row_class.astype(np.uint8))


# Signatures are given so that numba compiles at import (or loads its cache) and never mid-sample.
_INTS, _LONGS, _ROLES = types.int32[::1], types.int64[::1], types.int16[::1]
_PANEL = (types.uint8[:, ::1], types.uint16[:, ::1])
_SUMS = types.NamedTuple((*[_INTS] * 5, *_PANEL, types.uint8[::1], _INTS, _INTS), CellSums)  # type: ignore[no-untyped-call, unused-ignore]  # numba has no types
_KINDS = types.uint8[::1]
_ROW_ROLES = types.NamedTuple((_ROLES, _KINDS, _KINDS), RowRoles)  # type: ignore[no-untyped-call, unused-ignore]  # numba has no types
_ADD_CELLS = types.int64(COUNT_BLOCK, _ROW_ROLES, _LONGS, _SUMS, types.int64[:, ::1], _INTS)
_ADD_GENES = types.int64(COUNT_BLOCK, _ROLES, _KINDS, _SUMS)


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator, unused-ignore]  # numba has no types
def _write_count(sums: CellSums, column: int, row: int, count: int) -> None:
    """Write one panel count as its low and high bytes."""
    count = min(count, MAX_GENE_COUNT)
    sums.low[column, row] = count & 255
    if count > 255:
        sums.high[column, row] = count >> 8
        sums.over_255[column] = 1


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator, unused-ignore]  # numba has no types
def _sum_counts(
    counts: Ints32, begin: np.uint64, end: np.uint64
) -> tuple[np.int64, np.int64, np.int64]:
    """Sum of a cell's counts, how many are over 0, and how many are 1; no branch: vectorised.

    `begin` and `end` are unsigned, because signed positions are tested for negative ones.
    """
    total, n_over_0, n_ones = np.int64(0), np.int64(0), np.int64(0)
    for k in range(begin, end):
        total += counts[k]
        n_over_0 += counts[k] > 0
        n_ones += counts[k] == 1
    return total, n_over_0, n_ones


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator, unused-ignore]  # numba has no types
def _list_special(
    block: CountBlock, begin: np.uint64, end: np.uint64, row_class: Bytes, special: Ints
) -> tuple[np.uint64, np.int64]:
    """List a cell's entries of special rows in `special`; their number, and UMIs outside depth.

    No branch, which for 60 of 2,000 entries would be predicted wrongly each time.
    """
    _, _, genes, counts = block
    n, outside = np.uint64(0), np.int64(0)
    for k in range(begin, end):
        of_row = row_class[np.uint32(genes[k])]
        outside += counts[k] * np.int64(of_row & _OUTSIDE)
        special[n] = k
        n += np.uint64(of_row >> 1)
    return n, outside


@numba.njit(_ADD_CELLS, cache=True, nogil=True)  # type: ignore[untyped-decorator, unused-ignore]  # numba has no types
def add_cells(
    block: CountBlock,
    roles: RowRoles,
    limits: Ints,
    sums: CellSums,
    empty_sums: Ints,
    sample_of_cell: Ints32,
) -> int:
    """Add whole cells (CSR rows) to `sums`; return the next free row.

    `limits` are (fewest UMIs, fewest genes, most mitochondrial UMIs per 100, most UMIs of an empty
    droplet, next free row). A cell within the limits is good: its panel counts go into the next
    row, whose values must be zero, its number into `sums.cell_of_row`. A role one past the panel
    is the CAR sequence, whose counts go into `sums.car`; `column_kind` (width + 1,) ends with it.
    `sample_of_cell` (cells,) numbers the sample of each cell, -1 for a cell of none, which is
    skipped. Barcodes up to the limit of empty droplets add to their sample's row of `empty_sums`
    (samples, width + 2): panel sums, CAR, then their depth. Returns BAD_INDEX when a gene index
    lies outside `role`.
    """
    min_umis, min_genes, max_mito, max_empty, row = limits
    first, indptr, genes, counts = block
    role, column_kind, row_class = roles
    width = sums.low.shape[0]
    if not all_below(genes, role.shape[0]):
        return BAD_INDEX
    longest = np.int64(0)
    for i in range(indptr.shape[0] - 1):
        longest = max(longest, indptr[i + 1] - indptr[i])
    special = np.empty(longest + 1, np.int64)  # entries of the cell's special rows
    column_sums = np.zeros(width + 1, np.int64)
    columns = np.empty(width + 2, np.int64)  # that the cell has counts of
    for i in range(indptr.shape[0] - 1):
        cell = first + i
        sample = sample_of_cell[cell]
        if sample < 0:
            continue
        begin, end = np.uint64(indptr[i]), np.uint64(indptr[i + 1])
        umis, n_genes, n_ones = _sum_counts(counts, begin, end)
        n_special, outside = _list_special(block, begin, end, row_class, special)
        mitochondrial, n_columns = np.int64(0), np.uint64(0)
        for k in special[:n_special]:
            column, count = role[np.uint32(genes[k])], np.int64(counts[k])
            if column == MITO:
                mitochondrial += count
                continue
            if column == NOT_RNA or column_kind[column] == PROTEIN_COLUMN:
                umis -= count
                n_genes -= np.int64(count > 0)
            elif column_kind[column] == RNA_COLUMN:
                outside += count
            if column != NOT_RNA:
                columns[n_columns] = column
                n_columns += np.uint64((column_sums[column] == 0) & (count > 0))
                column_sums[column] += count
        depth = umis - outside - mitochondrial
        sums.total[cell] = umis if umis < MAX_INT32 else MAX_INT32
        sums.depth[cell] = depth if depth < MAX_INT32 else MAX_INT32
        sums.n_genes[cell] = n_genes
        sums.ones[cell] = n_ones
        sums.mito[cell] = mitochondrial if mitochondrial < MAX_INT32 else MAX_INT32
        if umis >= min_umis and n_genes >= min_genes and 100 * mitochondrial <= max_mito * umis:
            for column in columns[:n_columns]:
                if column < width:
                    _write_count(sums, column, row, column_sums[column])
                else:
                    car = column_sums[width]
                    sums.car[row] = car if car < MAX_INT32 else MAX_INT32
            sums.cell_of_row[row] = cell
            row += 1
        elif umis <= max_empty:
            for column in columns[:n_columns]:
                empty_sums[sample, column] += column_sums[column]
            empty_sums[sample, width + 1] += depth
        for column in columns[:n_columns]:
            column_sums[column] = 0
    return int(row)


@numba.njit(_ADD_GENES, cache=True, nogil=True)  # type: ignore[untyped-decorator, unused-ignore]  # numba has no types
def add_genes(
    block: CountBlock, role: NDArray[np.int16], column_kind: Bytes, sums: CellSums
) -> int:
    """Add whole genes (CSC columns) to the sums of all cells, row i of which is cell i.

    Returns 0, or BAD_INDEX when a cell index is bad.
    """
    first, indptr, cells, counts = block
    total, depth, n_genes, mito, _, low, high, _, car, _ = sums
    width = low.shape[0]
    for i in range(indptr.shape[0] - 1):
        column = role[first + i]
        if column == NOT_RNA:
            continue
        is_rna = column < 0 or column_kind[column] != PROTEIN_COLUMN
        in_depth = column == OTHER_GENE or (column >= 0 and column_kind[column] == DEPTH_COLUMN)
        for k in range(indptr[i], indptr[i + 1]):
            cell, count = cells[k], np.int64(counts[k])
            if cell < 0 or cell >= total.shape[0]:
                return BAD_INDEX
            if count == 0:
                continue
            if is_rna:
                total[cell] = min(total[cell] + count, MAX_INT32)
                n_genes[cell] += 1
            if in_depth:
                depth[cell] = min(depth[cell] + count, MAX_INT32)
            if column == MITO:
                mito[cell] = min(mito[cell] + count, MAX_INT32)
            elif column == width:
                car[cell] = min(car[cell] + count, MAX_INT32)
            elif column >= 0:
                previous = np.int64(low[column, cell]) + 256 * np.int64(high[column, cell])
                _write_count(sums, column, cell, int(previous + count))
    return 0
