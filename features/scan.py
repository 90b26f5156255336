"""One pass over a count file: per-cell totals and panel counts of its good cells."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from features.chunks import Damaged
from features.counts import CellCounts
from features.genes import GeneRoles
from features.kernel import add_cells, add_genes
from features.quality import (
    LEAST_GENES,
    LEAST_UMIS,
    MOST_EMPTY_UMIS,
    MOST_MITO_PERCENT,
    median_mito,
)
from features.source import CountSource


@dataclass(frozen=True)
class Scan:
    """The good cells' state and what the dropped barcodes said.

    `mito_fraction` (with its error) and `barcode_genes` are medians over barcodes that are no
    empty droplets. `kept` (n_good,) numbers the good cells in the file. `empty_panel` (p,) and
    `empty_total` are UMIs of the `n_empty` barcodes too small to be cells: the soup, when the
    matrix is unfiltered.
    """

    cells: CellCounts
    kept: NDArray[np.int64]
    n_barcodes: int
    mito_fraction: float
    mito_se: float
    barcode_genes: float
    empty_panel: NDArray[np.int64]
    empty_total: int
    n_empty: int


@dataclass
class _State:
    """Arrays that the kernels add to."""

    total: NDArray[np.int32]
    n_genes: NDArray[np.int32]
    mito: NDArray[np.int32]
    panel: NDArray[np.int32]


def scan(source: CountSource, roles: GeneRoles) -> Scan:
    """Read the file once; raises `BadInput` when it is damaged or a value is no count."""
    by_cell = source.major == "cells"
    state = _fresh(source, roles, by_cell)
    if by_cell:
        kept, empty = _scan_cells(source, roles, state)
        panel = state.panel[: kept.size]
    else:
        kept, empty = _scan_genes(source, roles, state)
        panel = state.panel[kept]
    return _finish(source.path, roles, state, kept, panel, empty)


def _fresh(source: CountSource, roles: GeneRoles, by_cell: bool) -> _State:
    # A cell with fewer stored entries than genes needed cannot be good: it needs no row.
    rows = source.n_cells
    if by_cell and source.stored is not None:
        rows = int((source.stored >= LEAST_GENES).sum())
    width = len(roles.genes) + (roles.car is not None)
    n = source.n_cells
    total, n_genes, mito = (np.zeros(n, np.int32) for _ in range(3))
    return _State(total, n_genes, mito, np.zeros((rows, width), np.int32))


def _scan_cells(
    source: CountSource, roles: GeneRoles, state: _State
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    width = state.panel.shape[1]
    kept_cells, empty = np.zeros(state.panel.shape[0], np.int64), np.zeros(width + 1, np.int64)
    kept = 0
    for block in source.chunks():
        limits = np.array(
            [block.first, LEAST_UMIS, LEAST_GENES, MOST_MITO_PERCENT, MOST_EMPTY_UMIS], np.int64
        )
        kept = add_cells(
            block.indptr, block.indices, block.data, roles.role, limits,
            state.total, state.n_genes, state.mito, state.panel, kept, kept_cells, empty,
        )  # fmt: skip
        if kept < 0:
            raise Damaged("an index points outside its genes")
    return kept_cells[:kept], empty


def _scan_genes(
    source: CountSource, roles: GeneRoles, state: _State
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    for block in source.chunks():
        if not add_genes(
            block.indptr, block.indices, block.data, roles.role, block.first,
            state.total, state.n_genes, state.mito, state.panel,
        ):  # fmt: skip
            raise Damaged("an index points outside its cells")
    small = state.total <= MOST_EMPTY_UMIS
    empty = np.append(state.panel[small].sum(axis=0, dtype=np.int64), state.total[small].sum())
    return np.flatnonzero(_good(state)), empty


def _good(state: _State) -> NDArray[np.bool_]:
    share = 100 * state.mito.astype(np.int64) <= MOST_MITO_PERCENT * state.total.astype(np.int64)
    good: NDArray[np.bool_] = (state.total >= LEAST_UMIS) & (state.n_genes >= LEAST_GENES) & share
    return good


def _finish(
    path: Path,
    roles: GeneRoles,
    state: _State,
    kept: NDArray[np.int64],
    panel: NDArray[np.int32],
    empty: NDArray[np.int64],
) -> Scan:
    width = len(roles.genes)
    cells = CellCounts(
        state.total[kept].astype(np.int64),
        state.n_genes[kept].astype(np.int64),
        state.mito[kept].astype(np.int64),
        np.ascontiguousarray(panel[:, :width]),
        roles.genes,
        roles.missing,
        None if roles.car is None else panel[:, roles.car].copy(),
    )
    unseen = (float("nan"), float("nan"))
    no_mito = "no_mito_genes" in roles.warnings
    mito = unseen if no_mito else median_mito(state.total, state.mito)
    small = (state.total > 0) & (state.total <= MOST_EMPTY_UMIS)
    held = state.n_genes[state.total > MOST_EMPTY_UMIS]
    return Scan(
        cells, kept, int(state.total.size), *mito, float(np.median(held)) if held.size else 0.0,
        empty[:width], int(empty[-1]), int(small.sum()),
    )  # fmt: skip
