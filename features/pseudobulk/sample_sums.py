"""Pseudobulk: raw counts of every gene summed by sample and group of cells, in a second pass.

The feature table keeps panel genes; pathway tests need every gene. Tests between patients need sums
over each patient's cells, because cells of one patient are not replicates (Squair et al., Nat
Commun 2021).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

from features.arrays import Bools, Floats, Ints
from features.cells.file_scan import FileScan, scan_file
from features.cells.scan import Scan
from features.celltypes.cell_types import NAMES, Typing, type_good_cells
from features.celltypes.labels import LabelColumn
from features.errors import InputError
from features.genes.annotation import GeneReference, all_rna
from features.kernels.counting import NOT_RNA
from features.kernels.group_sums import add_to_groups
from features.measures.cd7.source import is_before_infusion, measure_cd7
from features.readers.count_source import CountSource
from features.readers.hdf5_chunks import DamagedFile
from features.readers.open_counts import count_file_errors
from features.table.file_samples import FileSamples, one_sample
from features.table.sample_sheet import SheetRow

NEGATIVE_FROM, POSITIVE_TO = 0.8, 0.2
CD7_GROUPS = ("cd7neg_t", "cd7unsure_t", "cd7pos_t")
GROUPS = (*NAMES, *CD7_GROUPS)
N_PARTS = len(CD7_GROUPS) + 1  # parts of the CD7 split, and none
# Sums formed in one pass over a file: 400 MB, which about 50 samples of 36,000 genes take.
MAX_SUMS = 50_000_000


@dataclass(frozen=True)
class SampleSums:
    """Sums of one sample, one row for each group that holds a cell.

    `groups` names the rows, `counts` (rows, genes of `reference`) holds their sums. `n_cells`,
    `n_umis` (rows,) are the cells and all their UMIs, `depth` (rows,) the UMIs of the depth genes,
    by which rates are formed. `cd7_negative` (rows,) is the share of a row's depth from
    CD7-negative T cells, by the cells' posterior; NaN for the rows of cell types.
    """

    sample: SheetRow
    reference: GeneReference
    typing_source: str
    provenance: str
    groups: tuple[str, ...]
    counts: csr_matrix
    n_cells: Ints
    n_umis: Ints
    depth: Ints
    cd7_negative: Floats


@dataclass(frozen=True)
class GroupedCells:
    """Good cells, (n,): type, part of the CD7 split (-1: none), posterior, UMIs and depth."""

    call: Ints
    split: Ints
    posterior: Floats
    total: Ints
    depth: Ints


def sum_sample(
    sheet_row: SheetRow, labels: LabelColumn | None = None, processes: int = 1
) -> SampleSums:
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
    (outcome,) = sum_file(one_sample(sheet_row), labels, processes)
    if isinstance(outcome, InputError):
        raise outcome
    return outcome


def sum_file(
    file: FileSamples, labels: LabelColumn | None = None, processes: int = 1
) -> list[SampleSums | InputError]:
    """The sums of each sample of a file, or the reason why it has none.

    One pass for the cells, then one for the sums of about 50 samples together (`MAX_SUMS`). Raises
    `InputError` when the file cannot be read.
    """
    file_scan = scan_file(file, processes)
    groups = [
        _grouped(file_scan, scan, sheet_row, labels=labels, processes=processes)
        for scan, sheet_row in zip(file_scan.scans, file.samples, strict=True)
    ]
    usable = [group for group in groups if isinstance(group, _Groups)]
    with count_file_errors(file.path):
        sums = iter(
            [sums for batch in _batches(file_scan, usable) for sums in _sum(file_scan, batch)]
        )
    return [next(sums) if isinstance(group, _Groups) else group for group in groups]


@dataclass(frozen=True)
class _Groups:
    """Good cells of one sample by group: `pairs` of type and CD7 split, and the `code` of each."""

    sheet_row: SheetRow
    typing_source: str
    barcode_index: Ints
    cells: GroupedCells
    pairs: Ints
    code: Ints


def _grouped(
    file_scan: FileScan,
    scan: Scan | InputError,
    sheet_row: SheetRow,
    *,
    labels: LabelColumn | None,
    processes: int,
) -> _Groups | InputError:
    if isinstance(scan, InputError):
        return scan
    try:
        typing = type_good_cells(file_scan.source, scan, labels, processes)
        cells = group_cells(
            scan, typing, sheet_row.texts["car_cd7_strategy"],
            sheet_row.texts["chemistry"] or file_scan.source.chemistry,
            before_infusion=is_before_infusion(sheet_row.day, sheet_row.texts["enrichment"]),
        )  # fmt: skip
    except InputError as problem:
        return problem
    pairs, code = np.unique(cells.call * N_PARTS + cells.split + 1, return_inverse=True)
    return _Groups(sheet_row, typing.source, scan.barcode_index, cells, pairs, code)


def _batches(file_scan: FileScan, groups: Sequence[_Groups]) -> Iterator[list[_Groups]]:
    """Samples whose sums fit in memory together."""
    most = max(1, MAX_SUMS // max(1, len(file_scan.source.reference.ids)))
    batch: list[_Groups] = []
    for group in groups:
        if batch and sum(g.pairs.size for g in batch) + group.pairs.size > most:
            yield batch
            batch = []
        batch.append(group)
    if batch:
        yield batch


def _sum(file_scan: FileScan, batch: Sequence[_Groups]) -> Iterator[SampleSums]:
    """One pass for the samples of a batch: sums of each pair, then of the groups."""
    codes = np.full(file_scan.source.n_cells, -1, np.int64)
    edges = np.cumsum([0, *(group.pairs.size for group in batch)])
    for first, group in zip(edges, batch, strict=False):
        codes[group.barcode_index] = first + group.code
    sums = sum_groups(file_scan.source, codes, int(edges[-1]))
    rna_rows = np.flatnonzero((file_scan.roles.role != NOT_RNA) & ~file_scan.roles.is_antibody)
    for first, group in zip(edges, batch, strict=False):
        pair_sums = sums[first : first + group.pairs.size][:, rna_rows]
        yield _sample_sums(file_scan, group, pair_sums, rna_rows)


def group_cells(
    scan: Scan,
    typing: Typing,
    strategy: str | None,
    chemistry: str | None = None,
    *,
    before_infusion: bool = False,
) -> GroupedCells:
    """The groups that each good cell belongs to."""
    counts = scan.cells
    cd7 = measure_cd7(counts, typing, strategy, chemistry, before_infusion=before_infusion)
    posterior = cd7.posterior
    eligible = typing.lineage_mask("t") & ~np.isnan(posterior)
    if strategy == "blocked" and counts.car is not None:
        eligible &= counts.car == 0
    split = np.select([posterior >= NEGATIVE_FROM, posterior > POSITIVE_TO], [0, 1], 2)
    return GroupedCells(
        typing.call.astype(np.int64), np.where(eligible, split, -1), posterior, counts.total,
        counts.depth,
    )  # fmt: skip


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
    file_scan: FileScan, group: _Groups, pair_sums: Ints, rna_rows: Ints
) -> SampleSums:
    """Sums of the groups from those of each pair of type and CD7 split."""
    cells, pairs, code = group.cells, group.pairs, group.code
    membership = _membership(pairs // N_PARTS, pairs % N_PARTS - 1)
    rows = np.flatnonzero(membership.any(axis=1))
    membership = membership[rows].astype(np.int64)
    umis = membership @ np.bincount(code, cells.total, pairs.size)
    depth = membership @ np.bincount(code, cells.depth, pairs.size)
    negative_depth = np.nan_to_num(cells.posterior) * cells.depth
    negative = membership @ np.bincount(code, negative_depth, pairs.size)
    return SampleSums(
        sample=group.sheet_row,
        reference=_select_rows(file_scan.source.reference, rna_rows),
        typing_source=group.typing_source,
        provenance=file_scan.source.provenance,
        groups=tuple(GROUPS[i] for i in rows),
        counts=csr_matrix(membership @ pair_sums),
        n_cells=membership @ np.bincount(code, minlength=pairs.size),
        n_umis=umis.astype(np.int64),
        depth=depth.astype(np.int64),
        cd7_negative=np.where(rows < len(NAMES), np.nan, negative / depth),
    )


def _membership(call: Ints, split: Ints) -> Bools:
    """Which of `GROUPS` each pair belongs to, shape (n_groups, n_pairs)."""
    types = call[None, :] == np.arange(len(NAMES))[:, None]
    parts = split[None, :] == np.arange(len(CD7_GROUPS))[:, None]
    return np.concatenate([types, parts])


def _select_rows(reference: GeneReference, rows: Ints) -> GeneReference:
    ids, names = (tuple(texts[i] for i in rows) for texts in (reference.ids, reference.names))
    return GeneReference(ids, names, all_rna(rows.size))
