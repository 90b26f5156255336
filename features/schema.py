"""Schema of the feature table: name, unit, range and meaning of every column.

The table's validation, the HTTP request model, the explanations' labels and docs/features.md
are derived from this file, so adding a feature starts with one line here (a column of the sample
sheet with one in `features.sheet_columns`).
"""

from features.columns import EXPRESSION_UNIT as EXPRESSION_UNIT
from features.columns import Category as Category
from features.columns import Feature as Feature
from features.columns import Group as Group
from features.columns import corrected, expression, flag, fraction
from features.sheet_columns import CATEGORIES as CATEGORIES
from features.sheet_columns import CLINICAL as CLINICAL
from features.sheet_columns import PATIENT_COLUMNS as PATIENT_COLUMNS

SCHEMA_VERSION = "2"

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
    fraction("blast_like_fraction", "Blast-like cells", "immature T cells (CD34 DNTT CD1A RAG1 PTCRA)",
              "composition", (0.0, 0.005)),
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

# The interval of the CD7-negative share: mixture, calibration cells and spread between samples.
INTERVALS: tuple[Feature, ...] = (
    Feature("cd7neg_t_fraction_low", "CD7-negative T cells, lower end", "5 % end of the 90 % interval",
            "fraction", 0.0, 1.0, "cd7"),
    Feature("cd7neg_t_fraction_high", "CD7-negative T cells, upper end", "95 % end of the 90 % interval",
            "fraction", 0.0, 1.0, "cd7"),
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

# Features of the source study's claims: followed over time, and the pre-specified panel of models.
CORE: tuple[str, ...] = (
    "monocyte_fraction",
    "log_monocyte_lymphocyte_ratio",
    "s100a8a9_leukocyte",
    "s100a8a9_monocyte",
    "cd7neg_t_fraction",
    "cd7neg_t_activation",
)

SAMPLE_FEATURES: tuple[Feature, ...] = (
    QUALITY + CELLS + INDICATORS + INTERVALS + RNA_ESTIMATES + ANCHORS
)


def _history() -> tuple[Feature, ...]:
    by_name = {feature.name: feature for feature in CELLS}
    columns = []
    for name in CORE:
        feature = by_name[name]
        span = feature.high - feature.low
        columns.append(
            Feature(
                f"{name}_change", f"{feature.label}: change", f"{feature.label}, change since the first sample",
                feature.unit, -span, span, "history",
            )
        )  # fmt: skip
        columns.append(
            Feature(
                f"{name}_slope30", f"{feature.label}: slope", f"{feature.label}, least-squares change in 30 days",
                f"{feature.unit} per 30 days", -30 * span, 30 * span, "history",
            )
        )  # fmt: skip
    return tuple(columns)


CHANGES: tuple[Feature, ...] = _history()
HISTORY: tuple[Feature, ...] = (
    *CHANGES,
    fraction("cd7neg_t_fraction_anchored", "CD7-negative T cells, anchored",
              "CD7-negative share of T cells against the patient's own sample before infusion",
              "history"),
)  # fmt: skip

# Inputs of a risk model unless its protocol says otherwise. Quality covariates and blood counts are
# excluded: they describe how a sample was handled and which comparators can be computed, not the
# cells. So is the anchored share, a second measurement of cd7neg_t_fraction that needs a sample
# from before infusion: a cohort with such samples names it in its protocol instead.
MODEL_FEATURES: tuple[str, ...] = tuple(
    feature.name for feature in (*CELLS, *CHANGES) if feature.name != "car_t_fraction"
)

KEYS: tuple[str, ...] = ("sample_id", "patient_id", "day")
ORIGINS: tuple[Category, ...] = (
    Category("typing_source", "source of the cell types", ("rate_table", "labels")),
    Category("cd7_source", "what decides CD7-negativity: an antibody, or RNA", ("protein", "rna")),
    Category("provenance", "patients' cells or a simulation", ("real", "synthetic")),
    Category("warnings", "semicolon-separated codes of what limits this row"),
)

ALL_FEATURES: dict[str, Feature] = {
    feature.name: feature for feature in (*CLINICAL, *SAMPLE_FEATURES, *HISTORY)
}


def standard_error(name: str) -> str:
    """Name of the column that holds a feature's standard error.

    >>> standard_error("monocyte_fraction")
    'monocyte_fraction_se'
    """
    return f"{name}_se"


def _with_errors(features: tuple[Feature, ...]) -> tuple[str, ...]:
    columns: list[str] = []
    for feature in features:
        columns.append(feature.name)
        if feature.has_se:
            columns.append(standard_error(feature.name))
    return tuple(columns)


TEXT_COLUMNS: tuple[str, ...] = tuple(c.name for c in (*CATEGORIES, *ORIGINS))
SHEET_NUMBERS: tuple[str, ...] = tuple(feature.name for feature in CLINICAL)
SAMPLE_NUMBERS: tuple[str, ...] = _with_errors(SAMPLE_FEATURES)
HISTORY_NUMBERS: tuple[str, ...] = _with_errors(HISTORY)
# Columns of one sample on its own, then those that need the patient's earlier samples.
SAMPLE_COLUMNS: tuple[str, ...] = (*KEYS, *TEXT_COLUMNS, *SHEET_NUMBERS, *SAMPLE_NUMBERS)
TABLE_COLUMNS: tuple[str, ...] = (*SAMPLE_COLUMNS, *HISTORY_NUMBERS)
