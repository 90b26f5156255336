"""Columns computed from one sample's cells: quality, cell types, S100A8/A9, CD7, activation.

What the source study claims and what it needs beside; `features.further_columns` has the rest.
"""

from dataclasses import replace

from features.columns import Feature, corrected, expression, flag, fraction

QUALITY: tuple[Feature, ...] = (
    Feature("n_cells", "Good cells", "cells with >= 400 UMIs, >= 200 genes, <= 20 % mitochondrial",
            "cells", 0.0, 1e8, "quality"),
    Feature("median_umi", "Median UMIs", "median UMIs of a good cell", "UMIs", 0.0, 1e7, "quality"),
    Feature("median_genes", "Median genes", "median genes of a good cell", "genes", 0.0, 1e5, "quality"),
    fraction("mito_fraction", "Mitochondrial share",
              "median mitochondrial share of a barcode's UMIs, before cells are dropped", "quality"),
    fraction("unknown_fraction", "Untyped cells", "good cells in which no type reaches posterior 0.5",
              "quality"),
    fraction("doublet_fraction", "Doublets", "good cells that look like two lineages at once", "quality"),
    fraction("ambient_fraction", "Ambient RNA", "share of a cell's UMIs that came from ambient RNA",
              "quality"),
    expression("handling_stress", "Handling stress",
                "FOS JUN JUNB DUSP1 EGR1 in T cells; rises between draw and freezing", "quality"),
    Feature("t_gene_rate", "T-cell genes in T cells",
            "UMIs of genes that only T cells make, pooled over the cells called T", "UMIs per 10,000",
            0.0, 1e4, "quality", True),
    fraction("t_without_t_genes_fraction", "T calls without T-cell genes",
              "cells called T that show no T-cell gene although their depth makes one due", "quality"),
)  # fmt: skip

CELLS: tuple[Feature, ...] = (
    fraction("monocyte_fraction", "Monocytes", "CD14 and CD16 monocytes among good leukocytes",
              "composition", (0.05, 0.30)),
    fraction("cd14_monocyte_fraction", "CD14 monocytes", "classical monocytes among good leukocytes",
              "composition", (0.05, 0.27)),
    fraction("cd16_monocyte_fraction", "CD16 monocytes", "non-classical monocytes among good leukocytes",
              "composition", (0.005, 0.06)),
    fraction("t_fraction", "T cells", "T cells among good leukocytes", "composition", (0.40, 0.75)),
    fraction("nk_fraction", "NK cells", "NK cells among good leukocytes", "composition", (0.05, 0.20)),
    fraction("b_fraction", "B cells", "B and plasma cells among good leukocytes", "composition",
              (0.05, 0.20)),
    fraction("dc_fraction", "Dendritic cells", "conventional and plasmacytoid dendritic cells",
              "composition", (0.005, 0.03)),
    fraction("neutrophil_like_fraction", "Neutrophil-like cells",
              "neutrophils and their precursors that survived preparation", "composition", (0.0, 0.02)),
    fraction("blast_like_fraction", "Blast-like cells", "leukaemic or immature cells of the T, B and myeloid lineage; "
              "in marrow also normal precursors", "composition", (0.0, 0.005)),
    Feature("log_monocyte_lymphocyte_ratio", "Monocytes to lymphocytes",
            "ln((monocytes + 0.5) / (lymphocytes + 0.5)), in cells", "log ratio", -20.0, 20.0,
            "composition", True, (-2.8, -0.7)),
    expression("s100a8a9_leukocyte", "S100A8/A9, all leukocytes",
                "S100A8 + S100A9 pooled over leukocytes; mostly monocyte share times level", "s100"),
    expression("s100a8a9_monocyte", "S100A8/A9 in monocytes",
                "S100A8 + S100A9 pooled over monocytes", "s100"),
    corrected("s100a8a9_nonmyeloid", "S100A8/A9 outside myeloid cells",
               "S100A8 + S100A9 in T, NK and B cells after removing ambient RNA; may fall below zero"),
    corrected("s100a8a9_standardised", "S100A8/A9 at a fixed composition",
               "S100A8 + S100A9 as if every sample had the same cell types"),
    fraction("cd7neg_t_fraction", "CD7-negative T cells",
              "CD7-negative share of T cells, by CD7 protein where it was measured, else from RNA "
              "corrected for dropout", "cd7", (0.02, 0.20)),
    expression("cd7neg_t_activation", "Activation of CD7-negative T cells",
                "CD69 IL2RA TNFRSF9 TNFRSF4 ICOS CD38", "activation"),
    expression("cd7neg_t_cytotoxicity", "Cytotoxicity of CD7-negative T cells",
                "GZMA GZMB GZMH GZMK GNLY PRF1 NKG7 IFNG", "activation"),
    expression("cd7neg_t_exhaustion", "Exhaustion of CD7-negative T cells",
                "PDCD1 LAG3 HAVCR2 TIGIT CTLA4 TOX", "activation"),
    expression("cd7neg_t_proliferation", "Proliferation of CD7-negative T cells",
                "MKI67 TOP2A PCNA TYMS STMN1 TUBA1B", "activation"),
    expression("cd7neg_t_interferon", "Interferon response of CD7-negative T cells",
                "ISG15 IFI6 IFI44L MX1 IFIT3 STAT1", "activation"),
    fraction("car_t_fraction", "CAR-T cells",
              "T cells in which the CAR transcript is seen; a lower bound, since many show none", "car"),
)  # fmt: skip

# Informative missingness: the value is missing because of the composition of the patient's blood.
INDICATORS: tuple[Feature, ...] = (
    flag("no_monocytes", "Too few monocytes", "under 50 monocytes, so monocyte levels are missing", "s100"),
    flag("cd7neg_unresolved", "CD7 unresolved",
          "no number: too wide an interval, too shallow T cells, another chemistry, a product "
          "that hides CD7, or too few genes", "cd7"),
)  # fmt: skip


def _ends(name: str, label: str) -> tuple[Feature, Feature]:
    """The ends of the 90 % interval of an S100A8/A9 level after ambient correction."""
    low, high = (
        corrected(f"{name}_{end}", f"{label}, {side} end", f"{side} end of the 90 % interval")
        for end, side in (("low", "lower"), ("high", "upper"))
    )
    return replace(low, has_se=False), replace(high, has_se=False)


# Intervals of estimates whose errors are not those of a normal distribution: the CD7-negative share
# (mixture, calibration cells, spread between samples) and S100A8/A9 without ambient RNA.
INTERVALS: tuple[Feature, ...] = (
    Feature("cd7neg_t_fraction_low", "CD7-negative T cells, lower end", "lower end of the 90 % interval",
            "fraction", 0.0, 1.0, "cd7"),
    Feature("cd7neg_t_fraction_high", "CD7-negative T cells, upper end", "upper end of the 90 % interval",
            "fraction", 0.0, 1.0, "cd7"),
    *_ends("s100a8a9_nonmyeloid", "S100A8/A9 outside myeloid cells"),
    *_ends("s100a8a9_standardised", "S100A8/A9 at a fixed composition"),
)  # fmt: skip

# The estimate from RNA, beside the one by protein; equal to it where no protein was measured.
RNA_ESTIMATES: tuple[Feature, ...] = (
    fraction("cd7neg_t_fraction_rna", "CD7-negative T cells by RNA",
              "CD7-negative share of T cells from RNA, corrected for dropout", "cd7", (0.02, 0.20)),
)  # fmt: skip

# No feature of its own: the patient's later samples are measured against it.
ANCHORS: tuple[Feature, ...] = (
    Feature("cd7_t_rate", "CD7 RNA of T cells",
            "CD7 UMIs pooled over the T cells that count for the CD7-negative share",
            "UMIs per 10,000", 0.0, 1000.0, "cd7", True),
)  # fmt: skip
