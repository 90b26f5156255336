"""All-gene sums of raw counts per sample and group of cells: a second pass, on request only.

The feature table keeps panel genes; pathway tests need every gene. Sums over a patient's cells
(pseudobulk) are what a test between patients may use: cells of one patient are no replicates
(Squair et al., Nat Commun 2021).
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

from features.arrays import Bools, Floats, Ints
from features.cells.scan import Scan, scan
from features.celltypes.cell_types import NAMES, Typing, typing_of
from features.genes.annotation import GeneRoles, Reference, assign_roles
from features.kernels.counting import IGNORED
from features.kernels.group_sums import add_to_groups
from features.measures.cd7 import cd7_features
from features.readers.count_source import CountSource
from features.readers.hdf5_chunks import Damaged
from features.readers.open_counts import open_counts, reading
from features.table.sample_sheet import SheetRow

NEGATIVE_FROM, POSITIVE_TO = 0.8, 0.2
CD7_GROUPS = ("cd7neg_t", "cd7unsure_t", "cd7pos_t")
GROUPS = (*NAMES, *CD7_GROUPS)


@dataclass(frozen=True)
class SampleSums:
    """Sums of one sample, one row for each group that holds a cell.

    `groups` names the rows, `counts` (rows, genes of `reference`) holds their sums. `n_cells`,
    `n_umis` (rows,) are the cells and all their UMIs. `cd7_negative` (rows,) is the share of a
    row's UMIs from CD7-negative T cells, by the cells' posterior: what the rows of the CD7 split
    really are. NaN for the rows of cell types.
    """

    sample: SheetRow
    reference: Reference
    typing_source: str
    provenance: str
    groups: tuple[str, ...]
    counts: csr_matrix
    n_cells: Ints
    n_umis: Ints
    cd7_negative: Floats


@dataclass(frozen=True)
class Cells:
    """Good cells of a sample: type, place in the CD7 split (-1: none), posterior, UMIs; (n,)."""

    call: Ints
    split: Ints
    posterior: Floats
    total: Ints


def sum_sample(sheet_row: SheetRow, labels: str | None = None, processes: int = 1) -> SampleSums:
    """Read one sample again and add up every gene over each group of its good cells.

    Cells, types and CD7 posteriors are those of the feature table: the same functions on the same
    file, called anew because a row keeps no cells. Every good cell is in one row by type (unknown
    and doublet too). T cells whose CD7 can be told are in one row of the CD7 split as well:
    `cd7neg_t` from posterior 0.8 up, `cd7pos_t` to 0.2, `cd7unsure_t` between. A T cell of usual
    depth without CD7 RNA stays unsure where most T cells are CD7-positive (before infusion), hence
    that row is kept: leaving it out would leave nothing to compare. A sample whose CD7 is
    unresolved has no row of the split. T cells that show the CAR are left out of it when the
    product only hides CD7 (`car_cd7_strategy = blocked`).

    Raises `InputError` when the file cannot be read.
    """
    with reading(sheet_row.path):
        source = open_counts(sheet_row.path)
        roles = assign_roles(source.reference, sheet_row.texts["car_gene"])
        scanned = scan(source, roles, processes)
    typing = typing_of(source, scanned, labels, processes)
    cells = cells_of(scanned, typing, sheet_row.texts["car_cd7_strategy"])
    with reading(sheet_row.path):
        return _pack(sheet_row, source, roles, scanned, typing, cells)


def cells_of(scanned: Scan, typing: Typing, strategy: str | None) -> Cells:
    """Which groups each good cell belongs to."""
    counts = scanned.cells
    _, posterior = cd7_features(counts, typing, strategy)
    eligible = typing.lineage("t") & ~np.isnan(posterior)
    if strategy == "blocked" and counts.car is not None:
        eligible &= counts.car == 0
    split = np.select([posterior >= NEGATIVE_FROM, posterior > POSITIVE_TO], [0, 1], 2)
    return Cells(
        typing.call.astype(np.int64), np.where(eligible, split, -1), posterior, counts.total
    )


def sum_groups(source: CountSource, codes: Ints, n_codes: int) -> Ints:
    """Sums of every gene over the cells of each code, shape (n_codes, n_genes), whole numbers.

    `codes` (n_barcodes,) numbers each barcode's group from 0, -1 for barcodes left out. Streams
    the file's blocks; holds one block and the sums. Raises `InputError` when the file is damaged.
    """
    sums = np.zeros((n_codes, len(source.gene_ids)), np.int64)
    by_cells = source.major == "cells"
    for block in source.chunks():
        parts = (block.indptr, block.indices, block.data)
        if not add_to_groups(block.first, *parts, by_cells, codes, sums):
            raise Damaged("an index points outside its genes or cells")
    return sums


def _pack(
    sheet_row: SheetRow, source: CountSource, roles: GeneRoles, scanned: Scan, typing: Typing,
    cells: Cells,
) -> SampleSums:  # fmt: skip
    """One pass for both groupings: each pair of type and CD7 split, then the groups' sums."""
    split = len(CD7_GROUPS) + 1
    pairs, code = np.unique(cells.call * split + cells.split + 1, return_inverse=True)
    codes = np.full(scanned.n_barcodes, -1, np.int64)
    codes[scanned.kept] = code
    member = _membership(pairs // split, pairs % split - 1)
    rows = np.flatnonzero(member.any(axis=1))
    member = member[rows].astype(np.int64)
    counted = np.flatnonzero(roles.role != IGNORED)
    counts = member @ sum_groups(source, codes, pairs.size)[:, counted]
    umis = member @ np.bincount(code, cells.total, pairs.size)
    negative = member @ np.bincount(code, np.nan_to_num(cells.posterior) * cells.total, pairs.size)
    return SampleSums(
        sheet_row, _some_of(source.reference, counted), typing.source, source.provenance,
        tuple(GROUPS[i] for i in rows), csr_matrix(counts),
        member @ np.bincount(code, minlength=pairs.size), umis.astype(np.int64),
        np.where(rows < len(NAMES), np.nan, negative / umis),
    )  # fmt: skip


def _membership(call: Ints, split: Ints) -> Bools:
    """Which of `GROUPS` each pair belongs to, shape (n_groups, n_pairs)."""
    types = call[None, :] == np.arange(len(NAMES))[:, None]
    parts = split[None, :] == np.arange(len(CD7_GROUPS))[:, None]
    return np.concatenate([types, parts])


def _some_of(reference: Reference, rows: Ints) -> Reference:
    ids, names = (tuple(of[i] for i in rows) for of in (reference.ids, reference.names))
    return Reference(ids, names, (True,) * rows.size)
