"""Text of each warning code of a row: what limits the sample.

Each text is an observation, a colon, and what follows from it for the row.
"""

from features import schema
from features.cells.quality import SHALLOW_MEDIAN_GENES
from features.genes.depth_genes import MIN_DEPTH_SHARE
from features.measures.fit_limits import (
    MAX_AMBIENT,
    MAX_DOUBLETS,
    MIN_BLAST_SHARE,
    MIN_PROGENITOR_SHARE,
)
from features.table.row import BOUND_CODES

_IMMATURE = "show genes of immature cells, such as CD34, DNTT or RAG1"
_OF_LYMPHOCYTES = "S100A8/A9 of lymphocytes, cells per microlitre and log-ratios"
_ONLY_ENDS = "only the ends of its 90 % interval are given"
WARNINGS = {
    "sorted": "sorted cells: composition is not given",
    "product": "infusion product: composition is not given",
    "enrichment_unknown": "enrichment not stated: composition is not given",
    "sorted_impure": "stated as sorted, but under 90 % of the cells are of one lineage: check the "
    "sheet",
    "two_genomes": "the reference holds another species too: only its human rows were counted",
    "few_genes": "under 10,000 genes in the matrix: UMIs and genes a cell cannot be compared with "
    "other samples",
    "few_depth_genes": f"under {100 * MIN_DEPTH_SHARE:.1f} % of the genes that depth is counted "
    "over, by their UMIs in blood: expression, CD7 by RNA and the mitochondrial share are not "
    "given",
    "no_mito_genes": "no mitochondrial genes: stressed cells were not removed; CD7 by RNA, "
    "dendritic and untyped cells, T-cell states, log-ratios and S100A8/A9 outside myeloid cells "
    "are not given",
    "no_ribosomal_genes": "no ribosomal genes: UMIs and genes a cell are counted without them, and "
    "the mitochondrial share is not given",
    "no_noncoding_genes": "no non-coding genes (MALAT1): UMIs and genes a cell are counted without "
    "them",
    "untyped_antibodies": "antibodies among the genes: they were recognised and kept out of RNA",
    "cd7_unresolved": "CD7-negative share unresolved",
    "cd7_antibody_failed": "the CD7 antibody marks hardly any T or NK cell and RNA does not "
    "confirm that: CD7 was read from RNA",
    "cd7_chemistry": "CD7 RNA is not calibrated for this chemistry: the CD7-negative share by RNA "
    "is not given",
    "cd7_chemistry_unknown": "chemistry not recognised: the CD7-negative share by RNA has a wider "
    "interval",
    "cd7_chemistry_unstated": "chemistry not stated: CD7 was read from RNA as in a 10x 3' or 5' "
    "library",
    "cd7_nk_standard": "this sample's NK cells hold CD7: their CD7 RNA set the level that is "
    "expected of CD7-positive T cells",
    "cd7_source_changed": "CD7 was read from protein in one of the patient's samples and from RNA "
    "in another: their CD7 values were not compared",
    "s100_nonmyeloid_wide": "too much ambient RNA to measure S100A8/A9 outside myeloid cells: "
    f"{_ONLY_ENDS}",
    "s100_standardised_wide": "too much ambient RNA to measure S100A8/A9 at a fixed composition: "
    f"{_ONLY_ENDS}",
    "hla_dr_wide": f"too much ambient RNA to measure HLA-DR of monocytes: {_ONLY_ENDS}",
    "blasts": f"at least {100 * MIN_BLAST_SHARE:.1f} % of the leukocytes are called blasts: they "
    "are leukaemic cells or normal precursors, such as precursor B cells of marrow",
    "blast_kind_unproven": "most blasts are of the T or the myeloid lineage: their calls rest on "
    "published genes and were never tested on real leukaemic cells",
    "high_cd34": "CD34 outside stem and progenitor cells is far above samples without leukaemia: "
    "some blasts may be called another type",
    "many_progenitors": f"over {100 * MIN_PROGENITOR_SHARE:.0f} % stem and progenitor cells: "
    "mobilised or regenerating blood, marrow, or myeloid blasts, which resemble them",
    "blasts_among_t": f"cells called T {_IMMATURE}, or T-lineage blasts were called: T-cell "
    f"features, CD7, {_OF_LYMPHOCYTES} are not given",
    "blasts_among_b": f"cells called B {_IMMATURE}: B-cell features, {_OF_LYMPHOCYTES} are not "
    "given",
    "blasts_among_nk": f"cells called NK {_IMMATURE}: NK-cell features, {_OF_LYMPHOCYTES} are not "
    "given",
    "blasts_among_monocytes": f"cells called monocytes {_IMMATURE}: monocyte features and "
    "log-ratios are not given",
    "shallow": f"under {SHALLOW_MEDIAN_GENES} genes a cell: rare types uncertain",
    "few_t_genes": "cells called T show under a third of the T-cell genes that T cells make: many "
    "may be blasts or other cells",
    "t_without_t_genes": "over a quarter of the cells called T make no T-cell gene, dropout "
    "accounted for: they may be blasts or other cells",
    "ambient_high": f"over {100 * MAX_AMBIENT:.0f} % ambient RNA: cell types are uncertain",
    "ambient_unmeasured": f"over {100 * MAX_DOUBLETS:.0f} % of the cells look like doublets and "
    "ambient RNA cannot be measured: cell types are uncertain",
    "no_car_gene": "the CAR named in the sheet is not in the reference",
    "no_virus_genes": "a virus named in the sheet has no sequence in the reference",
    "sex_contradicts": "many cells show RNA of a sex that the sheet states for neither patient nor "
    "donor: check for a swapped sample, or state the donor's sex",
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
