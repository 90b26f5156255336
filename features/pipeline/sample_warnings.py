"""Warnings of a sample: what limits its row, as codes."""

from collections.abc import Mapping, Sequence

import numpy as np

from features.cells.cell_counts import CellCounts
from features.cells.quality import SHALLOW_MEDIAN_GENES
from features.cells.scan import Scan
from features.celltypes.cell_types import Typing
from features.genes.annotation import GeneRoles
from features.measures.ambient_correction import ambient_warnings
from features.measures.blasts import blast_warnings
from features.measures.composition import is_impure
from features.measures.fit_checks import fit_warnings
from features.measures.t_cell_scores import dropped_panels, partial_panels
from features.sheet_measures.chimerism import contradicts_sexes
from features.sheet_measures.viral_rna import lacks_virus
from features.table.sample_sheet import SheetRow


def sample_warnings(
    scan: Scan,
    typing: Typing,
    roles: GeneRoles,
    *,
    features: Mapping[str, float],
    sheet_row: SheetRow,
    more_codes: Sequence[str],
) -> str | None:
    """Limitations of the row as codes, which `features.report.warning_texts.WARNINGS` explains."""
    counts, texts = scan.cells, sheet_row.texts
    codes = (
        *roles.warnings,
        *_preparation_warnings(scan, typing, texts["enrichment"]),
        *(("cd7_unresolved",) if features["cd7neg_unresolved"] else ()),
        *ambient_warnings(features),
        *blast_warnings(counts, typing),
        *more_codes,
        *fit_warnings(counts, typing, features),
        *(("shallow",) if np.median(counts.n_genes) < SHALLOW_MEDIAN_GENES else ()),
        *_sheet_warnings(counts, typing, texts, ambient_fraction=features["ambient_fraction"]),
        *_panel_warnings(counts, features),
        *sheet_row.warnings,
    )
    return ";".join(codes) or None


def _preparation_warnings(scan: Scan, typing: Typing, enrichment: str | None) -> list[str]:
    """Codes of how the sample was made: an unfiltered matrix, cells sorted before sequencing."""
    codes = []
    if scan.n_empty > scan.cells.n_cells:  # the condition of `EmptyDroplets.outnumber_cells`
        codes.append("unfiltered")
    if enrichment in ("sorted", "product"):
        codes.append(enrichment)
    if enrichment is None:
        codes.append("enrichment_unknown")
    if is_impure(typing, enrichment):
        codes.append("sorted_impure")
    return codes


def _sheet_warnings(
    counts: CellCounts,
    typing: Typing,
    texts: Mapping[str, str | None],
    *,
    ambient_fraction: float,
) -> list[str]:
    """Codes of what the sheet states and the cells or the reference do not show."""
    codes = []
    if texts["car_gene"] and counts.car is None:
        codes.append("no_car_gene")
    if lacks_virus(counts, texts["virus_genes"]):
        codes.append("no_virus_genes")
    if contradicts_sexes(counts, typing, texts, ambient_fraction):
        codes.append("sex_contradicts")
    return codes


def _panel_warnings(counts: CellCounts, features: Mapping[str, float]) -> list[str]:
    """Codes of scores that lack too many of their genes, or some."""
    return [
        *(f"dropped_{name}" for name in dropped_panels(counts)),
        *(f"partial_{name}" for name in partial_panels(counts) if not np.isnan(features[name])),
    ]
