"""One pass over a count file: per-cell totals and panel counts of its samples' good cells."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from features.arrays import Bools, Ints, Ints32
from features.cells.barcode_figures import BarcodeFigures, measure_barcodes
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
from features.kernels.counting import BAD_INDEX, add_cells, add_genes, row_roles
from features.kernels.entries import add_ones_by_gene, add_up_repeats
from features.readers.count_source import CountSource
from features.readers.hdf5_chunks import DamagedFile

# References in which mitochondrial UMIs or the UMIs that they are a share of are not all counted.
NO_MITO_SHARE = frozenset({"no_mito_genes", "no_ribosomal_genes", "few_depth_genes"})
# Stored entries from which a file is read by several processes: half a second of reading.
LARGE_FILE_ENTRIES = 10_000_000


@dataclass(frozen=True)
class Scan:
    """Counts of one sample's good cells, and figures of its barcodes that are dropped.

    `n_barcodes` are the sample's barcodes. `mito_fraction` (with its error) and `barcode_genes` are
    medians over those that are no empty droplets. `barcode_index` (n_good,) is the number of each
    good cell's barcode in the file, which may hold other samples too. `empty_panel` (p,) and
    `empty_depth` are UMIs of the `n_empty` barcodes too small to be cells: the ambient RNA, when
    the matrix is unfiltered. `figures` tell what the counts are and why cells are not good.
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
    figures: BarcodeFigures


@dataclass(frozen=True)
class _Pass:
    """A file to read in one pass, and the sample of each of its cells: -1 for a cell of none."""

    source: CountSource
    roles: GeneRoles
    sample_of_cell: Ints32
    n_samples: int


def scan_counts(source: CountSource, roles: GeneRoles, processes: int = 1) -> Scan:
    """Read a file of one sample once; as `scan_samples` does."""
    whole_file = np.zeros(source.n_cells, np.int32)
    return next(scan_samples(source, roles, whole_file, n_samples=1, processes=processes))


def scan_samples(
    source: CountSource,
    roles: GeneRoles,
    sample_of_cell: Ints32,
    *,
    n_samples: int,
    processes: int = 1,
) -> Iterator[Scan]:
    """Read a file once, however many samples it holds; then give the scan of each in turn.

    `sample_of_cell` (n_cells,) numbers the sample of each cell from 0, -1 for cells of none, which
    count nowhere. A sample's scan is that of the same cells in a file of their own.

    A large file whose format allows it is read by several processes, a range of cells each; sums
    are of whole numbers and merged in the file's order, so the result is the same to the bit.
    Raises `InputError` when the file is damaged or a value is no count.
    """
    entries = source.entries_per_cell if source.read_cells else None
    large = entries is not None and int(entries.sum()) >= LARGE_FILE_ENTRIES
    file_pass = _Pass(source, roles, sample_of_cell, n_samples)
    return _split(file_pass, *_scan(file_pass, processes if large else 1))


def _scan(file_pass: _Pass, processes: int) -> tuple[ScanBuffers, int]:
    """The buffers after the pass, and the number of good cells in their first rows."""
    roles = file_pass.roles
    parts = divide_cells(file_pass.source, processes, cell_limits(roles.warnings).genes)
    buffers = allocate_buffers(parts, roles.column_kind.size - 1, file_pass.n_samples)
    if file_pass.source.major == "genes":
        _add_genes(file_pass, buffers)
    elif not run_forked(lambda i: _add_part(file_pass, buffers, parts, i), len(parts)):
        return _scan(file_pass, 1)  # one process alone raises the error with its message
    return buffers, close_gaps(buffers, parts)


def _add_part(file_pass: _Pass, buffers: ScanBuffers, parts: list[CellRange], number: int) -> None:
    source, roles = file_pass.source, file_pass.roles
    part, sums, row = parts[number], buffers.sums(number), parts[number].row
    limits = [*cell_limits(roles.warnings), MAX_EMPTY_UMIS]
    roles_by_row = row_roles(roles.role, roles.column_kind)
    for entries in source.blocks() if len(parts) == 1 else source.blocks(part.first, part.last):
        block = add_up_repeats(entries, roles.role.size)
        row = add_cells(
            block, roles_by_row, np.array([*limits, row], np.int64), sums,
            buffers.empty_sums[number], file_pass.sample_of_cell,
        )  # fmt: skip
        if row == BAD_INDEX:
            raise DamagedFile("an index points outside its genes")
    buffers.n_good[number] = row - part.row


def _add_genes(file_pass: _Pass, buffers: ScanBuffers) -> None:
    sums, roles = buffers.sums(0), file_pass.roles
    for entries in file_pass.source.blocks():
        block = add_up_repeats(entries, buffers.total.size)
        if add_genes(block, roles.role, roles.column_kind, sums) == BAD_INDEX:
            raise DamagedFile("an index points outside its cells")
        add_ones_by_gene(block, buffers.ones)
    selected = file_pass.sample_of_cell >= 0
    _add_empty_droplets(file_pass, buffers, np.flatnonzero(selected & _is_small(buffers)))
    good = good_cells(buffers, cell_limits(roles.warnings))
    good = good[selected[good]]
    buffers.cell_of_row[:] = np.arange(buffers.cell_of_row.size)
    gather_rows(buffers, good)
    buffers.n_good[0] = good.size


def _is_small(buffers: ScanBuffers) -> Bools:
    return np.asarray((buffers.total > 0) & (buffers.total <= MAX_EMPTY_UMIS))


def _add_empty_droplets(file_pass: _Pass, buffers: ScanBuffers, small: Ints) -> None:
    """Panel sums, CAR and depth of each sample's empty droplets, for files read by gene."""
    samples = file_pass.sample_of_cell[small]
    over_255 = set(buffers.genes_over_255().tolist())
    columns = [
        low[small] + (256 * buffers.high[i, small].astype(np.int64) if i in over_255 else 0)
        for i, low in enumerate(buffers.low)
    ]
    for i, values in enumerate([*columns, buffers.car[small], buffers.depth[small]]):
        # Exact: bincount adds in float64, and the sums are whole numbers far below 2^53.
        buffers.empty_sums[0, :, i] = np.bincount(samples, values, file_pass.n_samples)


def _split(file_pass: _Pass, buffers: ScanBuffers, n_good: int) -> Iterator[Scan]:
    """The scan of each sample in turn, so that one copy of a sample's counts exists at a time."""
    if file_pass.n_samples == 1 and (file_pass.sample_of_cell == 0).all():
        yield _finish(file_pass, buffers, 0, cells=slice(None), rows=slice(n_good))
        return
    cells = _by_sample(file_pass.sample_of_cell, file_pass.n_samples)
    sample_of_row = file_pass.sample_of_cell[buffers.cell_of_row[:n_good]]
    rows = _by_sample(sample_of_row, file_pass.n_samples)
    for sample in range(file_pass.n_samples):
        yield _finish(file_pass, buffers, sample, cells=cells[sample], rows=rows[sample])


def _by_sample(samples: Ints32, n_samples: int) -> list[Ints]:
    """Positions of each sample, ascending."""
    order = np.argsort(samples, kind="stable")
    edges = np.searchsorted(samples[order], np.arange(n_samples + 1))
    return [order[edges[i] : edges[i + 1]] for i in range(n_samples)]


def _finish(
    file_pass: _Pass,
    buffers: ScanBuffers,
    sample: int,
    *,
    cells: Ints | slice,
    rows: Ints | slice,
) -> Scan:
    roles = file_pass.roles
    total, n_genes = buffers.total[cells], buffers.n_genes[cells]
    barcode_index = buffers.cell_of_row[rows].astype(np.int64)
    barcode_genes = n_genes[total > MAX_EMPTY_UMIS]
    has_mito_share = not NO_MITO_SHARE & set(roles.warnings)
    mito = median_mito(total, buffers.mito[cells]) if has_mito_share else (math.nan, math.nan)
    figures = measure_barcodes(
        total, n_genes, buffers.mito[cells], ones=buffers.ones[cells],
        has_mito="no_mito_genes" not in roles.warnings, limits=cell_limits(roles.warnings),
    )  # fmt: skip
    empty_sums = buffers.empty_sums[:, sample].sum(axis=0)
    return Scan(
        _good_cell_counts(roles, buffers, barcode_index, rows),
        barcode_index,
        int(total.size),
        *mito,
        float(np.median(barcode_genes)) if barcode_genes.size else 0.0,
        empty_sums[: len(roles.genes)],
        int(empty_sums[-1]),
        int(((total > 0) & (total <= MAX_EMPTY_UMIS)).sum()),
        figures,
    )


def _good_cell_counts(
    roles: GeneRoles, buffers: ScanBuffers, barcode_index: Ints, rows: Ints | slice
) -> CellCounts:
    return CellCounts(
        buffers.total[barcode_index].astype(np.int64),
        buffers.n_genes[barcode_index].astype(np.int64),
        buffers.mito[barcode_index].astype(np.int64),
        buffers.low[:, rows].T,
        roles.genes,
        roles.missing,
        None if roles.car is None else buffers.car[rows],
        {int(column): buffers.high[column, rows] for column in buffers.genes_over_255()},
        # At least 1, so that a cell whose genes all lie outside the depth set divides by no zero.
        depth=np.maximum(buffers.depth[barcode_index].astype(np.int64), 1),
        proteins=roles.proteins,
        depth_share=roles.depth_share,
        viruses=roles.viruses,
    )
