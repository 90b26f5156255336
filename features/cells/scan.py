"""One pass over a count file: per-cell totals and panel counts of its good cells."""

from dataclasses import dataclass

import numpy as np

from features.arrays import Ints
from features.cells.cell_counts import CellCounts
from features.cells.fork_map import run_forked
from features.cells.quality import MAX_EMPTY_UMIS, cell_limits, median_mito
from features.cells.scan_buffers import (
    CellRange,
    ScanBuffers,
    allocate_buffers,
    close_gaps,
    divide_cells,
    gather_rows,
    good_cells,
)
from features.genes.annotation import GeneRoles
from features.kernels.counting import BAD_INDEX, add_cells, add_genes
from features.readers.count_source import CountSource
from features.readers.hdf5_chunks import DamagedFile

# References in which mitochondrial UMIs or the UMIs that they are a share of are not all counted.
NO_MITO_SHARE = frozenset({"no_mito_genes", "no_ribosomal_genes", "few_depth_genes"})
# Stored entries from which a file is read by several processes: half a second of reading.
LARGE_FILE_ENTRIES = 10_000_000


@dataclass(frozen=True)
class Scan:
    """Counts of the good cells, and figures of the barcodes that are dropped.

    `mito_fraction` (with its error) and `barcode_genes` are medians over barcodes that are no
    empty droplets. `barcode_index` (n_good,) is the number of each good cell's barcode in the file.
    `empty_panel` (p,) and `empty_depth` are UMIs of the `n_empty` barcodes too small to be cells:
    the ambient RNA, when the matrix is unfiltered.
    """

    cells: CellCounts
    barcode_index: Ints
    n_barcodes: int
    mito_fraction: float
    mito_se: float
    barcode_genes: float
    empty_panel: Ints
    empty_depth: int
    n_empty: int


def scan_counts(source: CountSource, roles: GeneRoles, processes: int = 1) -> Scan:
    """Read the file once; raises `InputError` when it is damaged or a value is no count.

    A large file whose format allows it is read by several processes, a range of cells each; sums
    are of whole numbers and merged in the file's order, so the result is the same to the bit.
    """
    entries = source.entries_per_cell if source.read_cells else None
    large = entries is not None and int(entries.sum()) >= LARGE_FILE_ENTRIES
    return _scan(source, roles, processes if large else 1)


def _scan(source: CountSource, roles: GeneRoles, processes: int) -> Scan:
    parts = divide_cells(source, processes, cell_limits(roles.warnings).genes)
    buffers = allocate_buffers(parts, roles.column_kind.size - 1)
    if source.major == "genes":
        _add_genes(source, roles, buffers)
    elif not run_forked(lambda i: _add_part(source, roles, buffers, parts, i), len(parts)):
        return _scan(source, roles, 1)  # one process alone raises the error with its message
    return _finish(roles, buffers, parts)


def _add_part(
    source: CountSource, roles: GeneRoles, buffers: ScanBuffers, parts: list[CellRange], number: int
) -> None:
    part, sums, row = parts[number], buffers.sums(number), parts[number].row
    limits = [*cell_limits(roles.warnings), MAX_EMPTY_UMIS]
    for block in source.blocks() if len(parts) == 1 else source.blocks(part.first, part.last):
        row = add_cells(
            block, roles.role, roles.column_kind, np.array([*limits, row], np.int64), sums,
            buffers.empty_sums[number],
        )  # fmt: skip
        if row == BAD_INDEX:
            raise DamagedFile("an index points outside its genes")
    buffers.n_good[number] = row - part.row


def _add_genes(source: CountSource, roles: GeneRoles, buffers: ScanBuffers) -> None:
    sums = buffers.sums(0)
    for block in source.blocks():
        if add_genes(block, roles.role, roles.column_kind, sums) == BAD_INDEX:
            raise DamagedFile("an index points outside its cells")
    small = np.flatnonzero(buffers.total <= MAX_EMPTY_UMIS)
    buffers.empty_sums[0, :-2] = [column[small].sum(dtype=np.int64) for column in buffers.low]
    buffers.empty_sums[0, -1] = buffers.depth[small].sum()
    good = good_cells(buffers, cell_limits(roles.warnings))
    buffers.cell_of_row[:] = np.arange(buffers.cell_of_row.size)
    gather_rows(buffers, good)
    buffers.n_good[0] = good.size


def _finish(roles: GeneRoles, buffers: ScanBuffers, parts: list[CellRange]) -> Scan:
    n = close_gaps(buffers, parts)
    barcode_index = buffers.cell_of_row[:n].astype(np.int64)
    is_small = (buffers.total > 0) & (buffers.total <= MAX_EMPTY_UMIS)
    barcode_genes = buffers.n_genes[buffers.total > MAX_EMPTY_UMIS]
    mito = (float("nan"), float("nan"))
    if not NO_MITO_SHARE & set(roles.warnings):
        mito = median_mito(buffers.total, buffers.mito)
    empty_sums = buffers.empty_sums.sum(axis=0)
    return Scan(
        _good_cell_counts(roles, buffers, barcode_index),
        barcode_index,
        int(buffers.total.size),
        *mito,
        float(np.median(barcode_genes)) if barcode_genes.size else 0.0,
        empty_sums[: len(roles.genes)],
        int(empty_sums[-1]),
        int(is_small.sum()),
    )


def _good_cell_counts(roles: GeneRoles, buffers: ScanBuffers, barcode_index: Ints) -> CellCounts:
    n = barcode_index.size
    return CellCounts(
        buffers.total[barcode_index].astype(np.int64),
        buffers.n_genes[barcode_index].astype(np.int64),
        buffers.mito[barcode_index].astype(np.int64),
        buffers.low[:, :n].T,
        roles.genes,
        roles.missing,
        None if roles.car is None else buffers.car[:n],
        {int(column): buffers.high[column, :n] for column in buffers.genes_over_255()},
        # At least 1, so that a cell whose genes all lie outside the depth set divides by no zero.
        depth=np.maximum(buffers.depth[barcode_index].astype(np.int64), 1),
        proteins=roles.proteins,
        depth_share=roles.depth_share,
    )
