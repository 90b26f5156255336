"""Summarise the samples of a count file: from its cells and their sheet lines to rows."""

import math
from collections.abc import Callable, Mapping

import numpy as np

from features.arrays import Ints
from features.cells.count_content import check_counts
from features.cells.file_scan import FileScan, scan_file
from features.cells.quality import cell_limits
from features.cells.repeated_cells import check_repeated_cells
from features.cells.scan import Scan
from features.cells.usable_sample import (
    GoodCells,
    check_cells,
    check_depth_genes,
    check_typed,
)
from features.celltypes.cell_types import Typing, missing_share, type_good_cells
from features.celltypes.labels import LabelColumn
from features.celltypes.type_profiles import UNKNOWN
from features.errors import InputError
from features.measures.cd7.source import MeasuredCd7, is_before_infusion, measure_cd7
from features.measures.empty_droplets import EmptyDroplets
from features.measures.missed_blasts import (
    lineages_with_blasts,
    missed_blast_warnings,
    withhold_with_blasts,
)
from features.measures.stressed_cells import withhold_without_mito
from features.pipeline.cell_features import cell_features
from features.pipeline.sample_warnings import sample_warnings
from features.table.file_samples import FileSamples, one_sample
from features.table.row import Row, empty_row, fill_row
from features.table.sample_sheet import SheetRow


def summarise(sheet_row: SheetRow, labels: LabelColumn | None = None, processes: int = 1) -> Row:
    """Features of one sample; depends only on this sample and fixed constants.

    `labels` names a column of obs with the user's own cell types, used in place of ours. A large
    file may be read by several `processes`, which does not change the row. Raises `Refusal` when
    the cells do not suffice for features and `InputError` when the file cannot be read.
    The row has all of `schema.SAMPLE_COLUMNS`, then the columns that the group declares.
    """
    (outcome,) = summarise_file(one_sample(sheet_row), labels, processes)
    if isinstance(outcome, InputError):
        raise outcome
    return outcome


def summarise_file(
    file: FileSamples,
    labels: LabelColumn | None = None,
    processes: int = 1,
    *,
    tell: Callable[[str], None] | None = None,
) -> list[Row | InputError]:
    """Features of each sample of a file, read in one pass; or the reason why it has none.

    Each row is that of the same cells in a file of their own. `tell` is given a sentence where the
    file holds other matrices of counts than the one that was read. Raises `InputError` when the
    file cannot be read, or is to be read as one sample and holds several.
    """
    file_scan = scan_file(file, processes)
    if tell is not None and file_scan.source.other_matrices:
        tell(
            f"{file.path.name}: counts are read from {file_scan.source.matrix}; "
            f"{', '.join(file_scan.source.other_matrices)} may hold counts too."
        )
    return [
        _outcome(file_scan, scan, sheet_row, labels=labels, processes=processes)
        for scan, sheet_row in zip(file_scan.scans, file.samples, strict=True)
    ]


def _outcome(
    file_scan: FileScan,
    scan: Scan | InputError,
    sheet_row: SheetRow,
    *,
    labels: LabelColumn | None,
    processes: int,
) -> Row | InputError:
    if isinstance(scan, InputError):
        return scan
    try:
        return summarise_scan(file_scan, scan, sheet_row, labels=labels, processes=processes)
    except InputError as problem:
        return problem


def summarise_scan(
    file_scan: FileScan,
    scan: Scan,
    sheet_row: SheetRow,
    *,
    labels: LabelColumn | None = None,
    processes: int = 1,
) -> Row:
    """The row of one sample after the pass over its file; raises as `summarise` does."""
    source, roles = file_scan.source, file_scan.roles
    _check_scan(file_scan, scan)
    typing = type_good_cells(source, scan, labels, processes)
    _check_typing(file_scan, scan, typing)
    droplets = EmptyDroplets(scan.empty_panel, scan.empty_depth, scan.n_empty)
    chemistry = sheet_row.texts["chemistry"] or source.chemistry
    cd7 = measure_cd7(
        scan.cells, typing, sheet_row.texts["car_cd7_strategy"], chemistry,
        before_infusion=is_before_infusion(sheet_row.day, sheet_row.texts["enrichment"]),
    )  # fmt: skip
    features = cell_features(
        scan.cells, typing, sheet_row.texts, droplets, cd7=cd7, numbers=sheet_row.numbers
    )
    blast_lineages = lineages_with_blasts(scan.cells, typing)
    features = withhold_with_blasts(features, blast_lineages)
    if "no_mito_genes" in roles.warnings:
        features = withhold_without_mito(features, cd7.source)
    more_codes = (
        *file_scan.warnings, *_cd7_warnings(cd7, features), *missed_blast_warnings(blast_lineages)
    )  # fmt: skip
    return fill_row(
        {**empty_row(), **sheet_row.texts, **sheet_row.numbers, "chemistry": chemistry},
        {
            "sample_id": sheet_row.sample_id,
            "patient_id": sheet_row.patient_id,
            "day": sheet_row.day,
            **_quality(scan),
            **features,
            "typing_source": typing.source,
            "cd7_source": cd7.source,
            "provenance": source.provenance,
            "warnings": sample_warnings(
                scan, typing, roles, features=features, sheet_row=sheet_row, more_codes=more_codes
            ),
        },
    )


def _cd7_warnings(cd7: MeasuredCd7, features: Mapping[str, float]) -> tuple[str, ...]:
    """How the CD7-negative share was measured, unless it was withheld afterwards."""
    name = "cd7neg_t_fraction"
    is_withheld = math.isnan(features[name]) and not math.isnan(cd7.columns[name])
    return () if is_withheld else cd7.warnings


def _check_scan(file_scan: FileScan, scan: Scan) -> None:
    """Refuse counts that are no UMIs, and cells that cannot carry features, before any typing."""
    roles, n_rna_genes = file_scan.roles, sum(file_scan.source.reference.is_rna)
    # First, because the counts of a few chosen genes make any sample look odd or shallow.
    check_depth_genes(roles.depth_share, n_rna_genes)
    check_counts(scan.figures, n_rna_genes)
    good = GoodCells(scan.cells.n_cells, _median(scan.cells.total), _median(scan.cells.n_genes))
    check_cells(good, scan.figures, n_rna_genes, cell_limits(roles.warnings))
    check_repeated_cells(file_scan.source, scan)


def _check_typing(file_scan: FileScan, scan: Scan, typing: Typing) -> None:
    """Refuse a sample too many of whose cells have no certain type."""
    check_typed(
        typing.unsure_fraction(), typing.fraction(UNKNOWN),
        median_genes=_median(scan.cells.n_genes), missing_genes=missing_share(scan.cells.genes),
        n_rna_genes=sum(file_scan.source.reference.is_rna),
    )  # fmt: skip


def _quality(scan: Scan) -> dict[str, float]:
    n, mito = scan.cells.n_cells, scan.mito_fraction
    return {
        "n_cells": float(n),
        "median_umi": _median(scan.cells.total),
        "median_genes": _median(scan.cells.n_genes),
        "mito_fraction": mito,
        "mito_fraction_se": scan.mito_se,
    }


def _median(values: Ints) -> float:
    return float(np.median(values)) if values.size else 0.0
