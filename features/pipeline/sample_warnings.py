"""Warnings of a sample: what limits its row, as codes."""

from collections.abc import Mapping, Sequence

import numpy as np

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
    codes += ambient_warnings(features)
    codes += blast_warnings(counts, typing)
    codes += more_codes
    codes += fit_warnings(counts, typing, features)
    if np.median(counts.n_genes) < SHALLOW_MEDIAN_GENES:
        codes.append("shallow")
    if sheet_row.texts["car_gene"] and counts.car is None:
        codes.append("no_car_gene")
    if lacks_virus(counts, sheet_row.texts["virus_genes"]):
        codes.append("no_virus_genes")
    if contradicts_sexes(counts, typing, sheet_row.texts, features["ambient_fraction"]):
        codes.append("sex_contradicts")
    codes += [f"dropped_{name}" for name in dropped_panels(counts)]
    codes += [f"partial_{name}" for name in partial_panels(counts) if not np.isnan(features[name])]
    codes += sheet_row.warnings
    return ";".join(codes) or None
