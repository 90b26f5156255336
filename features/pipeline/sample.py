"""One sample: a count file and its sheet line become one row of features."""

from collections.abc import Mapping

import numpy as np

from features.cells.cell_counts import CellCounts
from features.cells.quality import SHALLOW_MEDIAN_GENES, check_cells, check_typed
from features.cells.scan import Scan, scan
from features.celltypes.cell_types import Typing, typing_of
from features.genes.annotation import GeneRoles, assign_roles
from features.measures.ambient import Ambient, estimate_ambient
from features.measures.cd7 import cd7_features
from features.measures.composition import composition_features, is_impure
from features.measures.empty_droplets import Droplets, ambient_from_droplets
from features.measures.s100 import s100_features
from features.measures.t_cell_scores import activation_features, dropped_panels
from features.readers.open_counts import open_counts, reading
from features.table.row import Row, empty_row, filled
from features.table.sample_sheet import SheetRow


def summarise(sheet_row: SheetRow, labels: str | None = None, processes: int = 1) -> Row:
    """Features of one sample; depends on nothing but this sample and fixed constants.

    `labels` names a column of obs with the user's own cell types, used instead of ours. A large
    file may be read by several `processes`, which changes nothing in the row. Raises
    `Refusal` when the cells cannot carry features and `InputError` when the file cannot be read.
    The row has all of `schema.SAMPLE_COLUMNS`.
    """
    with reading(sheet_row.path):
        source = open_counts(sheet_row.path)
        roles = assign_roles(source.reference, sheet_row.texts["car_gene"])
        scanned = scan(source, roles, processes)
    check_cells(
        scanned.cells.n_cells, scanned.n_barcodes, _median(scanned.cells.n_genes),
        scanned.barcode_genes, scanned.mito_fraction,
    )  # fmt: skip
    typing = typing_of(source, scanned, labels, processes)
    check_typed(typing.unsure_fraction())
    droplets = Droplets(scanned.empty_panel, scanned.empty_total, scanned.n_empty)
    features = cell_features(scanned.cells, typing, sheet_row.texts, droplets)
    return filled(
        empty_row(),
        {
            "sample_id": sheet_row.sample_id,
            "patient_id": sheet_row.patient_id,
            "day": sheet_row.day,
            **sheet_row.texts,
            **sheet_row.numbers,
            **_quality(scanned),
            **features,
            "typing_source": typing.source,
            "provenance": source.provenance,
            "warnings": _warnings(scanned, typing, roles, features, sheet_row),
        },
    )


def cell_features(
    counts: CellCounts,
    typing: Typing,
    texts: Mapping[str, str | None],
    droplets: Droplets | None = None,
) -> dict[str, float]:
    """All features of typed cells: composition, S100A8/A9, CD7, activation, ambient RNA.

    The ambient fraction and the S100A8/A9 it takes off are those of the empty droplets where they
    show the soup; else the cells tell both.
    """
    soup = _soup(counts, typing, droplets)
    cd7, cd7_negative = cd7_features(counts, typing, texts["car_cd7_strategy"])
    return {
        **composition_features(typing, texts["enrichment"], counts),
        **soup.level().columns("ambient_fraction"),
        **s100_features(counts, typing, soup),
        **cd7,
        **activation_features(counts, typing, cd7_negative),
    }


def _soup(counts: CellCounts, typing: Typing, droplets: Droplets | None) -> Ambient:
    seen = ambient_from_droplets(counts, typing, droplets) if droplets else None
    return estimate_ambient(counts, typing) if seen is None else seen


def _quality(scanned: Scan) -> dict[str, float]:
    n, mito = scanned.cells.n_cells, scanned.mito_fraction
    return {
        "n_cells": float(n),
        "median_umi": _median(scanned.cells.total),
        "median_genes": _median(scanned.cells.n_genes),
        "mito_fraction": mito,
        "mito_fraction_se": scanned.mito_se,
    }


def _median(values: np.ndarray[tuple[int], np.dtype[np.int64]]) -> float:
    return float(np.median(values)) if values.size else 0.0


def _warnings(
    scanned: Scan,
    typing: Typing,
    roles: GeneRoles,
    features: Mapping[str, float],
    sheet_row: SheetRow,
) -> str | None:
    """What limits the row, as codes; `features.report.wording.WARNINGS` says them in words."""
    enrichment = sheet_row.texts["enrichment"]
    counts, codes = scanned.cells, [*roles.warnings]
    if scanned.n_empty > counts.n_cells:  # as `Droplets.show_the_soup` asks
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
