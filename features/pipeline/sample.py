"""Summarise the samples of a count file: from its cells and their sheet lines to rows."""

from collections.abc import Mapping

import numpy as np

from features.arrays import Ints
from features.cells.cell_counts import CellCounts
from features.cells.file_scan import FileScan, scan_file
from features.cells.quality import SHALLOW_MEDIAN_GENES, check_cells, check_typed
from features.cells.scan import Scan
from features.celltypes.cell_types import Typing, type_good_cells
from features.errors import InputError
from features.genes.annotation import GeneRoles
from features.measures.ambient import AmbientEstimate, estimate_ambient
from features.measures.cd7 import cd7_features
from features.measures.composition import composition_features, is_impure
from features.measures.empty_droplets import EmptyDroplets, ambient_from_droplets
from features.measures.s100 import s100_features
from features.measures.t_cell_scores import activation_features, dropped_panels
from features.table.file_samples import FileSamples, one_sample
from features.table.row import Row, empty_row, fill_row
from features.table.sample_sheet import SheetRow


def summarise(sheet_row: SheetRow, labels: str | None = None, processes: int = 1) -> Row:
    """Features of one sample; depends only on this sample and fixed constants.

    `labels` names a column of obs with the user's own cell types, used instead of ours. A large
    file may be read by several `processes`, which does not change the row. Raises `Refusal` when
    the cells do not suffice for features and `InputError` when the file cannot be read.
    The row has all of `schema.SAMPLE_COLUMNS`.
    """
    (outcome,) = summarise_file(one_sample(sheet_row), labels, processes)
    if isinstance(outcome, InputError):
        raise outcome
    return outcome


def summarise_file(
    file: FileSamples, labels: str | None = None, processes: int = 1
) -> list[Row | InputError]:
    """Features of each sample of a file, read in one pass; or the reason why it has none.

    Each row is that of the same cells in a file of their own. Raises `InputError` when the file
    cannot be read, or is to be read as one sample and holds several.
    """
    opened = scan_file(file, processes)
    return [
        _outcome(opened, scan, sheet_row, labels=labels, processes=processes)
        for scan, sheet_row in zip(opened.scans, file.samples, strict=True)
    ]


def _outcome(
    opened: FileScan,
    scan: Scan | InputError,
    sheet_row: SheetRow,
    *,
    labels: str | None,
    processes: int,
) -> Row | InputError:
    if isinstance(scan, InputError):
        return scan
    try:
        return summarise_scan(opened, scan, sheet_row, labels=labels, processes=processes)
    except InputError as problem:
        return problem


def summarise_scan(
    opened: FileScan,
    scan: Scan,
    sheet_row: SheetRow,
    *,
    labels: str | None = None,
    processes: int = 1,
) -> Row:
    """The row of one sample after the pass over its file; raises as `summarise` does."""
    source, roles = opened.source, opened.roles
    check_cells(
        scan.cells.n_cells, scan.n_barcodes, _median(scan.cells.n_genes),
        scan.barcode_genes, scan.mito_fraction,
    )  # fmt: skip
    typing = type_good_cells(source, scan, labels, processes)
    check_typed(typing.unsure_fraction())
    droplets = EmptyDroplets(scan.empty_panel, scan.empty_depth, scan.n_empty)
    features = cell_features(scan.cells, typing, sheet_row.texts, droplets)
    return fill_row(
        empty_row(),
        {
            "sample_id": sheet_row.sample_id,
            "patient_id": sheet_row.patient_id,
            "day": sheet_row.day,
            **sheet_row.texts,
            **sheet_row.numbers,
            **_quality(scan),
            **features,
            "typing_source": typing.source,
            "provenance": source.provenance,
            "warnings": _warnings(scan, typing, roles, features, sheet_row),
        },
    )


def cell_features(
    counts: CellCounts,
    typing: Typing,
    texts: Mapping[str, str | None],
    droplets: EmptyDroplets | None = None,
) -> dict[str, float]:
    """All features of typed cells: composition, S100A8/A9, CD7, activation, ambient RNA.

    The ambient fraction and the S100A8/A9 in ambient RNA are estimated from empty droplets in an
    unfiltered matrix, else from the cells.
    """
    ambient = _ambient(counts, typing, droplets)
    cd7, cd7_negative = cd7_features(counts, typing, texts["car_cd7_strategy"])
    return {
        **composition_features(typing, texts["enrichment"], counts),
        **ambient.fraction().columns("ambient_fraction"),
        **s100_features(counts, typing, ambient),
        **cd7,
        **activation_features(counts, typing, cd7_negative),
    }


def _ambient(counts: CellCounts, typing: Typing, droplets: EmptyDroplets | None) -> AmbientEstimate:
    estimate = ambient_from_droplets(counts, typing, droplets) if droplets else None
    return estimate_ambient(counts, typing) if estimate is None else estimate


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


def _warnings(
    scan: Scan,
    typing: Typing,
    roles: GeneRoles,
    features: Mapping[str, float],
    sheet_row: SheetRow,
) -> str | None:
    """Limitations of the row as codes, which `features.report.wording.WARNINGS` explains."""
    enrichment = sheet_row.texts["enrichment"]
    counts, codes = scan.cells, [*roles.warnings]
    if scan.n_empty > counts.n_cells:  # the condition of `EmptyDroplets.outnumber_cells`
        codes.append("unfiltered")
    if enrichment in ("sorted", "product"):
        codes.append(enrichment)
    if enrichment is None:
        codes.append("enrichment_unknown")
    if is_impure(typing, enrichment):
        codes.append("sorted_impure")
    if features["cd7neg_unresolved"]:
        codes.append("cd7_unresolved")
    if _median(counts.n_genes) < SHALLOW_MEDIAN_GENES:
        codes.append("shallow")
    if sheet_row.texts["car_gene"] and counts.car is None:
        codes.append("no_car_gene")
    codes += [f"dropped_{name}" for name in dropped_panels(counts)]
    return ";".join(codes) or None
