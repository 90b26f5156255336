"""Pseudobulk: raw counts of every gene summed by sample and group of cells, in a second pass.

The feature table keeps panel genes; pathway tests need every gene. Tests between patients need sums
over each patient's cells, because cells of one patient are not replicates (Squair et al., Nat
Commun 2021).
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

from features.arrays import Bools, Floats, Ints
from features.cells.antibody_matrix import add_antibody_matrix
from features.cells.antibody_rows import mark_antibody_rows
from features.cells.scan import Scan, scan_counts
from features.celltypes.cell_types import NAMES, Typing, type_good_cells
from features.genes.annotation import GeneReference, GeneRoles, all_rna, assign_roles
from features.kernels.counting import NOT_RNA
from features.kernels.group_sums import add_to_groups
from features.measures.cd7_source import measure_cd7
from features.readers.count_source import CountSource
from features.readers.hdf5_chunks import DamagedFile
from features.readers.open_counts import count_file_errors, open_counts
from features.table.sample_sheet import SheetRow

NEGATIVE_FROM, POSITIVE_TO = 0.8, 0.2
CD7_GROUPS = ("cd7neg_t", "cd7unsure_t", "cd7pos_t")
GROUPS = (*NAMES, *CD7_GROUPS)


@dataclass(frozen=True)
class SampleSums:
    """Sums of one sample, one row for each group that holds a cell.

    `groups` names the rows, `counts` (rows, genes of `reference`) holds their sums. `n_cells`,
    `n_umis` (rows,) are the cells and all their UMIs. `cd7_negative` (rows,) is the share of a
    row's UMIs from CD7-negative T cells, by the cells' posterior; NaN for the rows of cell types.
    """

    sample: SheetRow
    reference: GeneReference
    typing_source: str
    provenance: str
    groups: tuple[str, ...]
    counts: csr_matrix
    n_cells: Ints
    n_umis: Ints
    cd7_negative: Floats


@dataclass(frozen=True)
class GroupedCells:
    """Good cells of a sample: type, part of the CD7 split (-1: none), posterior, UMIs; (n,)."""

    call: Ints
    split: Ints
    posterior: Floats
    total: Ints


def sum_sample(sheet_row: SheetRow, labels: str | None = None, processes: int = 1) -> SampleSums:
    """Read one sample again and add up every gene over each group of its good cells.

    Cells, types and CD7 posteriors are those of the feature table: the same functions on the same
    file, called again because a row keeps no cells. Every good cell is in one row by type (unknown
    and doublet too). T cells whose CD7 status can be estimated are also in one row of the CD7
    split: `cd7neg_t` from posterior 0.8 up, `cd7pos_t` to 0.2, `cd7unsure_t` between. A T cell of
    usual depth without CD7 RNA stays unsure where most T cells are CD7-positive (before infusion);
    without the unsure row such samples could not be compared. A sample whose CD7 is unresolved has
    no row of the split. T cells that show the CAR are left out of it when the product only hides
    CD7 (`car_cd7_strategy = blocked`).

    Raises `InputError` when the file cannot be read.
    """
    with count_file_errors(sheet_row.path):
        source = mark_antibody_rows(open_counts(sheet_row.path))
        roles = assign_roles(source.reference, sheet_row.texts["car_gene"])
        scan = add_antibody_matrix(scan_counts(source, roles, processes), source)
    typing = type_good_cells(source, scan, labels, processes)
    cells = group_cells(
        scan, typing, sheet_row.texts["car_cd7_strategy"],
        sheet_row.texts["chemistry"] or source.chemistry,
    )  # fmt: skip
    with count_file_errors(sheet_row.path):
        return _sample_sums(sheet_row, source, roles, scan=scan, typing=typing, cells=cells)


def group_cells(
    scan: Scan, typing: Typing, strategy: str | None, chemistry: str | None = None
) -> GroupedCells:
    """The groups that each good cell belongs to."""
    counts = scan.cells
    posterior = measure_cd7(counts, typing, strategy, chemistry).posterior
    eligible = typing.lineage_mask("t") & ~np.isnan(posterior)
    if strategy == "blocked" and counts.car is not None:
        eligible &= counts.car == 0
    split = np.select([posterior >= NEGATIVE_FROM, posterior > POSITIVE_TO], [0, 1], 2)
    return GroupedCells(
        typing.call.astype(np.int64), np.where(eligible, split, -1), posterior, counts.total
    )


def sum_groups(source: CountSource, codes: Ints, n_codes: int) -> Ints:
    """Sums of every gene over the cells of each code, shape (n_codes, n_genes), whole numbers.

    `codes` (n_barcodes,) numbers each barcode's group from 0, -1 for barcodes left out. Streams
    the file's blocks; holds one block and the sums. Raises `InputError` when the file is damaged.
    """
    sums = np.zeros((n_codes, len(source.gene_ids)), np.int64)
    by_cells = source.major == "cells"
    for block in source.blocks():
        if not add_to_groups(block, by_cells, codes, sums):
            raise DamagedFile("an index points outside its genes or cells")
    return sums


def _sample_sums(
    sheet_row: SheetRow,
    source: CountSource,
    roles: GeneRoles,
    *,
    scan: Scan,
    typing: Typing,
    cells: GroupedCells,
) -> SampleSums:
    """One pass for both groupings: sums of each pair of type and CD7 split, then of the groups."""
    n_parts = len(CD7_GROUPS) + 1
    pairs, code = np.unique(cells.call * n_parts + cells.split + 1, return_inverse=True)
    membership = _membership(pairs // n_parts, pairs % n_parts - 1)
    rows = np.flatnonzero(membership.any(axis=1))
    membership = membership[rows].astype(np.int64)
    codes = np.full(scan.n_barcodes, -1, np.int64)
    codes[scan.barcode_index] = code
    rna_rows = np.flatnonzero((roles.role != NOT_RNA) & ~roles.is_antibody)
    counts = membership @ sum_groups(source, codes, pairs.size)[:, rna_rows]
    umis = membership @ np.bincount(code, cells.total, pairs.size)
    negative_umis = np.nan_to_num(cells.posterior) * cells.total
    negative = membership @ np.bincount(code, negative_umis, pairs.size)
    return SampleSums(
        sample=sheet_row,
        reference=_select_rows(source.reference, rna_rows),
        typing_source=typing.source,
        provenance=source.provenance,
        groups=tuple(GROUPS[i] for i in rows),
        counts=csr_matrix(counts),
        n_cells=membership @ np.bincount(code, minlength=pairs.size),
        n_umis=umis.astype(np.int64),
        cd7_negative=np.where(rows < len(NAMES), np.nan, negative / umis),
    )


def _membership(call: Ints, split: Ints) -> Bools:
    """Which of `GROUPS` each pair belongs to, shape (n_groups, n_pairs)."""
    types = call[None, :] == np.arange(len(NAMES))[:, None]
    parts = split[None, :] == np.arange(len(CD7_GROUPS))[:, None]
    return np.concatenate([types, parts])


def _select_rows(reference: GeneReference, rows: Ints) -> GeneReference:
    ids, names = (tuple(texts[i] for i in rows) for texts in (reference.ids, reference.names))
    return GeneReference(ids, names, all_rna(rows.size))
