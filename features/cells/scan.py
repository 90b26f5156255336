"""One pass over a count file: per-cell totals and panel counts of its good cells."""

from dataclasses import dataclass

import numpy as np

from features.arrays import Ints
from features.cells.cell_counts import CellCounts
from features.cells.fork_map import run_forked
from features.cells.quality import (
    LEAST_GENES,
    LEAST_UMIS,
    MOST_EMPTY_UMIS,
    MOST_MITO_PERCENT,
    median_mito,
)
from features.cells.scan_buffers import (
    Part,
    State,
    close_gaps,
    divide,
    fresh_state,
    gather_rows,
    good_cells,
)
from features.genes.annotation import GeneRoles
from features.kernels.counting import DAMAGED, add_cells, add_genes
from features.readers.count_source import CountSource
from features.readers.hdf5_chunks import Damaged

# Stored entries from which a file is worth dividing: half a second of reading.
LARGE = 10_000_000


@dataclass(frozen=True)
class Scan:
    """The good cells' state and what the dropped barcodes said.

    `mito_fraction` (with its error) and `barcode_genes` are medians over barcodes that are no
    empty droplets. `kept` (n_good,) numbers the good cells in the file. `empty_panel` (p,) and
    `empty_total` are UMIs of the `n_empty` barcodes too small to be cells: the soup, when the
    matrix is unfiltered.
    """

    cells: CellCounts
    kept: Ints
    n_barcodes: int
    mito_fraction: float
    mito_se: float
    barcode_genes: float
    empty_panel: Ints
    empty_total: int
    n_empty: int


def scan(source: CountSource, roles: GeneRoles, processes: int = 1) -> Scan:
    """Read the file once; raises `InputError` when it is damaged or a value is no count.

    A large file whose format allows it is read by several processes, a range of cells each; sums
    are of whole numbers and merged in the file's order, so the result is the same to the bit.
    """
    stored = source.stored if source.cells else None
    large = stored is not None and int(stored.sum()) >= LARGE
    return _scan(source, roles, processes if large else 1)


def _scan(source: CountSource, roles: GeneRoles, processes: int) -> Scan:
    parts = divide(source, processes)
    state = fresh_state(parts, len(roles.genes))
    if source.major == "genes":
        _add_genes(source, roles, state)
    elif not run_forked(lambda i: _add_part(source, roles, state, parts, i), len(parts)):
        return _scan(source, roles, 1)  # read alone, it says what is wrong
    return _finish(roles, state, parts)


def _add_part(
    source: CountSource, roles: GeneRoles, state: State, parts: list[Part], number: int
) -> None:
    part, sums = parts[number], state.sums(number)
    limits = [LEAST_UMIS, LEAST_GENES, MOST_MITO_PERCENT, MOST_EMPTY_UMIS]
    row, whole = part.row, len(parts) == 1
    for block in source.chunks() if whole else source.chunks(part.first, part.last):
        row = add_cells(
            block,
            roles.role,
            np.array([*limits, row], np.int64),
            sums,
            state.kept,
            state.empty[number],
        )
        if row == DAMAGED:
            raise Damaged("an index points outside its genes")
    state.found[number] = row - part.row


def _add_genes(source: CountSource, roles: GeneRoles, state: State) -> None:
    sums = state.sums(0)
    for block in source.chunks():
        if add_genes(block, roles.role, sums) == DAMAGED:
            raise Damaged("an index points outside its cells")
    small = np.flatnonzero(state.total <= MOST_EMPTY_UMIS)
    state.empty[0, :-2] = [column[small].sum(dtype=np.int64) for column in state.low]
    state.empty[0, -1] = state.total[small].sum()
    good = good_cells(state)
    state.kept[:] = np.arange(state.kept.size)
    gather_rows(state, good)
    state.found[0] = good.size


def _finish(roles: GeneRoles, state: State, parts: list[Part]) -> Scan:
    n = close_gaps(state, parts)
    kept = state.kept[:n].astype(np.int64)
    cells = CellCounts(
        state.total[kept].astype(np.int64),
        state.n_genes[kept].astype(np.int64),
        state.mito[kept].astype(np.int64),
        state.low[:, :n].T,
        roles.genes,
        roles.missing,
        None if roles.car is None else state.car[:n],
        {int(column): state.high[column, :n] for column in state.tall_genes()},
    )
    unseen = (float("nan"), float("nan"))
    no_mito = "no_mito_genes" in roles.warnings
    mito = unseen if no_mito else median_mito(state.total, state.mito)
    small = (state.total > 0) & (state.total <= MOST_EMPTY_UMIS)
    held = state.n_genes[state.total > MOST_EMPTY_UMIS]
    empty = state.empty.sum(axis=0)
    return Scan(
        cells, kept, int(state.total.size), *mito, float(np.median(held)) if held.size else 0.0,
        empty[:-2], int(empty[-1]), int(small.sum()),
    )  # fmt: skip
