"""Text of each warning code of a row: what limits the sample."""

from features import schema
from features.cells.quality import MOST_AMBIENT, MOST_DOUBLETS, SHALLOW_MEDIAN_GENES
from features.genes.depth_genes import MIN_DEPTH_SHARE
from features.table.row import BOUND_CODES

WARNINGS = {
    "sorted": "sorted cells: no composition",
    "product": "infusion product: no composition",
    "enrichment_unknown": "enrichment not stated: no composition",
    "sorted_impure": "declared sorted, but under 90 % one lineage",
    "two_genomes": "the reference holds another species too: only its human rows were counted",
    "few_genes": "under 10,000 genes in the matrix: UMIs and genes a cell are not comparable",
    "few_depth_genes": f"under {100 * MIN_DEPTH_SHARE:.1f} % of the genes that depth is counted "
    "over, by their UMIs in blood: expression, CD7 by RNA and the mitochondrial share are not "
    "given",
    "no_mito_genes": "no mitochondrial genes: stressed cells were not removed; CD7 by RNA, "
    "dendritic and untyped cells, T-cell states, log-ratios and S100A8/A9 outside myeloid cells "
    "are not given",
    "no_ribosomal_genes": "no ribosomal genes: UMIs and genes a cell are of the others; "
    "mitochondrial share not given",
    "no_noncoding_genes": "no non-coding genes (MALAT1): UMIs and genes a cell are of the others",
    "untyped_antibodies": "antibodies among the genes were recognised and kept out of RNA",
    "cd7_unresolved": "CD7-negative share unresolved",
    "cd7_antibody_failed": (
        "the CD7 antibody marks no cell and RNA does not confirm it: CD7 was read from RNA"
    ),
    "cd7_chemistry": "CD7 RNA is not calibrated for this chemistry: share by RNA withheld",
    "cd7_chemistry_unknown": (
        "chemistry not known to us: the CD7-negative share by RNA has a wider interval"
    ),
    "cd7_chemistry_unstated": (
        "chemistry not stated: CD7 was read from RNA as in a 10x 3' or 5' library"
    ),
    "cd7_nk_standard": (
        "the CD7 rate of this sample's NK cells set the level from which CD7-negative T cells are "
        "told"
    ),
    "cd7_source_changed": (
        "CD7 was read from protein in one of the patient's samples and from RNA in another: their "
        "CD7 values were not compared"
    ),
    "s100_nonmyeloid_wide": "too much ambient RNA to tell S100A8/A9 outside myeloid cells: only "
    "the ends of its 90 % interval are given",
    "s100_standardised_wide": "too much ambient RNA to tell S100A8/A9 at a fixed composition: only "
    "the ends of its 90 % interval are given",
    "hla_dr_wide": "too much ambient RNA to tell HLA-DR of monocytes: only the ends of its 90 % "
    "interval are given",
    "blasts": "leukaemic cells or their normal precursors: 0.5 % of leukocytes or more (in marrow "
    "normal B-cell precursors count too)",
    "blast_kind_unproven": "most of the blasts are of the T or the myeloid lineage, whose rows "
    "rest on published genes: they have met no real leukaemic cells",
    "high_cd34": "CD34 in cells that are no stem cells is far above samples without leukaemia: "
    "blasts may be uncalled",
    "many_progenitors": "over 3 % stem and progenitor cells: mobilised or regenerating blood, "
    "marrow, or myeloid blasts, which resemble them",
    "blasts_among_t": "blasts are among the cells called T, which show CD34, DNTT or RAG1, or "
    "beside them: T-cell features, CD7 and log-ratios are not given",
    "blasts_among_b": "cells called B show CD34, DNTT or RAG1, so blasts are among them: B-cell "
    "features and log-ratios are not given",
    "blasts_among_nk": "cells called NK show CD34, DNTT or RAG1, so blasts are among them: NK-cell "
    "features and log-ratios are not given",
    "blasts_among_monocytes": "cells called monocytes show CD34, DNTT or RAG1, so blasts are among "
    "them: monocyte features and log-ratios are not given",
    "shallow": f"under {SHALLOW_MEDIAN_GENES} genes a cell: rare types uncertain",
    "few_t_genes": "cells called T show under a third of the T-cell genes that T cells make: many "
    "may be blasts or other cells",
    "t_without_t_genes": "over a quarter of the cells called T show no T-cell gene where one is "
    "due: they may be blasts or other cells",
    "ambient_high": f"over {100 * MOST_AMBIENT:.0f} % ambient RNA: cell types are uncertain",
    "ambient_unmeasured": f"over {100 * MOST_DOUBLETS:.0f} % of the cells look like doublets and "
    "ambient RNA cannot be measured: cell types are uncertain",
    "no_car_gene": "the CAR named in the sheet is not in the reference",
    "no_virus_genes": "a virus named in the sheet has no sequence in the reference",
    "sex_contradicts": (
        "many cells show RNA of a sex that the sheet states for neither patient nor donor: check "
        "for a swapped sample, or state the donor's sex"
    ),
    "unfiltered": "unfiltered matrix: empty droplets were set aside",
}
# These describe how the sample was made; they are no defects.
NOTES = frozenset(
    {
        "sorted", "product", "unfiltered", "untyped_antibodies", "cd7_chemistry_unstated",
        "cd7_nk_standard",
    }
)  # fmt: skip


def warning_text(code: str) -> str:
    """Text of a warning code.

    >>> warning_text("shallow")
    'under 600 genes a cell: rare types uncertain'
    >>> warning_text("dropped_cd7neg_t_activation")
    'Activation of CD7-negative T cells left out: under 60 % of its genes in the reference'
    >>> warning_text("above_ferritin")
    'Ferritin is a bound of the laboratory (>), not a value'
    """
    if code.startswith("dropped_"):
        label = schema.ALL_FEATURES[code.removeprefix("dropped_")].label
        return f"{label} left out: under 60 % of its genes in the reference"
    if code.startswith("partial_"):
        label = schema.ALL_FEATURES[code.removeprefix("partial_")].label
        return f"{label} rests on a part of its genes: not comparable with other references"
    for sign, prefix in BOUND_CODES.items():
        if code.startswith(prefix):
            name = code.removeprefix(prefix)
            label = schema.ALL_FEATURES[name].label if name in schema.ALL_FEATURES else name
            return f"{label} is a bound of the laboratory ({sign}), not a value"
    return WARNINGS[code]
