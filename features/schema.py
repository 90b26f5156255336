"""Schema of the feature table: name, unit, range and meaning of every column.

The table's validation, the HTTP request model, the explanations' labels and docs/features.md
are derived from this file, so adding a feature starts with one line here.
"""

from dataclasses import dataclass
from typing import Literal

SCHEMA_VERSION = "2"

EXPRESSION_UNIT = "ln(1 + UMIs per 10,000)"  # per 10,000 UMIs of the depth genes

Group = Literal[
    "quality", "composition", "s100", "cd7", "activation", "car", "blood_count", "ward",
    "history", "covariate",
]  # fmt: skip


@dataclass(frozen=True)
class Feature:
    """One numeric column.

    `low` and `high` bound what is plausible; a value outside is refused, never clipped.
    `healthy` is the usual range in healthy adults' PBMC or blood, for display only; None where no
    source gives one. `has_se` says that a column `<name>_se` holds the standard error.
    """

    name: str
    label: str
    meaning: str
    unit: str
    low: float
    high: float
    group: Group
    has_se: bool = False
    healthy: tuple[float, float] | None = None


@dataclass(frozen=True)
class Category:
    """One text column and the values it may take; an empty tuple allows any text.

    `label` is for readers; only columns that a group declares have one.
    """

    name: str
    meaning: str
    allowed_values: tuple[str, ...] = ()
    label: str = ""


def _fraction(
    name: str, label: str, meaning: str, group: Group, healthy: tuple[float, float] | None = None
) -> Feature:
    return Feature(name, label, meaning, "fraction", 0.0, 1.0, group, True, healthy)


def _expression(name: str, label: str, meaning: str, group: Group, low: float = -1.0) -> Feature:
    return Feature(name, label, meaning, EXPRESSION_UNIT, low, 10.0, group, True)


def _corrected(name: str, label: str, meaning: str) -> Feature:
    # Signed: the subtracted ambient RNA may exceed the observed level.
    return Feature(name, label, meaning, EXPRESSION_UNIT, -10.0, 10.0, "s100", True)


def _count(
    name: str, label: str, meaning: str, high: float, *, healthy: tuple[float, float]
) -> Feature:
    return Feature(name, label, meaning, "10^9/L", 0.0, high, "blood_count", False, healthy)


def _blood(
    name: str, label: str, unit: str, high: float, healthy: tuple[float, float] | None
) -> Feature:
    return Feature(
        name, label, f"{label} at the draw", unit, 0.0, high, "blood_count", False, healthy
    )


def _grade(name: str, label: str, meaning: str, high: float) -> Feature:
    return Feature(name, label, meaning, "grade", 0.0, high, "ward")


def _viral_load(name: str, virus: str) -> Feature:
    meaning = f"{virus} DNA in blood or plasma at the draw; 0 where none was detected"
    return Feature(name, f"{virus} load", meaning, "IU/mL", 0.0, 1e10, "ward")


def _flag(name: str, label: str, meaning: str, group: Group) -> Feature:
    return Feature(name, label, meaning, "0 or 1", 0.0, 1.0, group)


CATEGORIES: tuple[Category, ...] = (
    Category("tissue", "peripheral blood or bone marrow", ("PB", "BM")),
    Category("chemistry", "library chemistry as the laboratory names it"),
    Category("site", "hospital that drew the sample"),
    Category(
        "car_cd7_strategy",
        "how the CAR-T product avoids killing itself through CD7",
        ("blocked", "naturally_selected", "knockout", "base_edited", "unknown"),
    ),
    Category("car_gene", "name of the CAR sequence in the count matrix"),
    Category(
        "enrichment",
        "none, or why composition is missing: sorted cells or the infusion product",
        ("none", "sorted", "product"),
    ),
    Category("preparation", "cells the laboratory kept", ("PBMC", "whole_blood")),
    # ETP-ALL apart from other T-ALL, MPAL apart from both: WHO classification, 5th edition
    # (Alaggio et al. 2022, Leukemia 36:1720; Khoury et al. 2022, Leukemia 36:1703).
    Category(
        "disease",
        "disease that the CAR-T cells were given for",
        ("T-ALL", "ETP-ALL", "T-LBL", "MPAL", "AML", "other"),
    ),
    # The sources of CD7 CAR-T cells in the trials so far: the patient, the donor of an earlier
    # transplant, a new donor (Pan et al. 2021, J Clin Oncol 39:3340), a healthy donor's cells from
    # stock (Hu et al. 2022, Cell Res 32:995).
    Category(
        "donor_source",
        "person whose T cells the product was made from",
        ("autologous", "transplant_donor", "new_donor", "off_the_shelf"),
    ),
)
# A patient's own values: the same on each of the patient's lines of a sample sheet.
PATIENT_COLUMNS: tuple[str, ...] = (
    "car_cd7_strategy", "disease", "donor_source", "extramedullary_disease",
)  # fmt: skip

# Measured outside the count matrix and given in the sample sheet.
CLINICAL: tuple[Feature, ...] = (
    Feature(
        "flow_cd7neg_t_fraction", "CD7-negative T cells by flow",
        "CD7-negative share of T cells by flow cytometry; never mixed with the estimates from cells",
        "fraction", 0.0, 1.0, "cd7",
    ),
    Feature(
        "draw_to_freeze_h", "Hours from draw to freezing",
        "handling time, which raises stress genes", "h", 0.0, 240.0, "quality",
    ),
    # Upper ends: hyperleukocytosis reaches several hundred, leukaemoid neutrophils hardly 100 (Sakka
    # et al. 2006, Eur J Intern Med 17:394), so that cells per microlitre are refused.
    _count("anc", "Absolute neutrophil count", "neutrophils at the draw", 100.0, healthy=(1.8, 7.5)),
    _count("amc", "Absolute monocyte count", "monocytes at the draw", 200.0, healthy=(0.2, 0.8)),
    _count("alc", "Absolute lymphocyte count", "lymphocytes at the draw", 500.0, healthy=(1.0, 4.0)),
    _count("wbc", "White blood cells", "leukocytes at the draw", 1000.0, healthy=(4.0, 11.0)),
    _count("plt", "Platelets", "platelets at the draw", 2000.0, healthy=(150.0, 400.0)),
    _blood("hb", "Haemoglobin", "g/dL", 25.0, (12.0, 17.5)),
    _blood("crp", "C-reactive protein", "mg/dL", 100.0, (0.0, 0.5)),
    _blood("ferritin", "Ferritin", "ng/mL", 500_000.0, (15.0, 300.0)),
    _blood("ldh", "Lactate dehydrogenase", "U/L", 50_000.0, (120.0, 250.0)),
    _blood("creatinine", "Creatinine", "mg/dL", 30.0, (0.5, 1.2)),
    _blood("mrd", "Measurable residual disease", "fraction of nucleated cells", 1.0, None),
    _flag("active_infection", "Active infection", "an infection under treatment at the draw", "blood_count"),
    _flag("gcsf", "G-CSF", "G-CSF within the week before the draw", "blood_count"),
    _flag("steroids", "Steroids", "systemic steroids within the week before the draw", "blood_count"),
    # CRS and ICANS: consensus of the ASTCT, grades 1 to 4; 5 is death from it as in CTCAE (Lee et
    # al. 2019, Biol Blood Marrow Transplant 25:625).
    _grade("crs_grade", "Cytokine release syndrome",
           "highest grade of cytokine release syndrome from infusion to the draw (ASTCT); 0 = none", 5.0),
    _grade("icans_grade", "Neurotoxicity (ICANS)",
           "highest grade of ICANS from infusion to the draw (ASTCT); 0 = none", 5.0),
    _flag("tocilizumab", "Tocilizumab", "tocilizumab given between infusion and the draw", "ward"),
    # Adults' CD4 cells: Bisset et al. 2004, Eur J Haematol 72:203. Adults' IgG: Dati et al. 1996,
    # Eur J Clin Chem Clin Biochem 34:517.
    Feature("cd4", "CD4 T cells", "CD4-positive T cells in blood by flow cytometry at the draw", "cells/µL",
            0.0, 20_000.0, "blood_count", False, (400.0, 1600.0)),
    _blood("igg", "Immunoglobulin G", "g/L", 150.0, (7.0, 16.0)),
    # The WHO's international standards give IU: CMV 09/162, EBV 09/260, HHV-6B 15/266 (NIBSC).
    _viral_load("cmv_load", "CMV"),
    _viral_load("ebv_load", "EBV"),
    _viral_load("hhv6_load", "HHV-6"),
    # The expansion of CAR-T cells as the trials report it (Pan et al. 2021, J Clin Oncol 39:3340).
    Feature("car_copies", "CAR copies by PCR", "copies of the CAR gene in blood DNA by PCR at the draw",
            "copies/µg DNA", 0.0, 1e8, "car"),
    Feature("car_flow_fraction", "CAR-positive T cells by flow",
            "CAR-positive share of T cells by flow cytometry; never mixed with the RNA estimate",
            "fraction", 0.0, 1.0, "car"),
    Feature("donor_chimerism", "Donor chimerism", "share of donor cells in blood or marrow at the draw",
            "fraction", 0.0, 1.0, "ward"),
    # MAGIC: Harris et al. 2016, Biol Blood Marrow Transplant 22:4.
    _grade("gvhd_grade", "Acute GvHD",
           "highest overall grade of acute graft-versus-host disease from infusion to the draw (MAGIC, I to IV "
           "as 1 to 4); 0 = none", 4.0),
    _flag("extramedullary_disease", "Extramedullary disease",
          "disease outside the bone marrow before the infusion, at any site", "ward"),
    # Severe as in CTCAE version 5.0: grade 3 or more.
    _flag("earlier_severe_infection", "Earlier severe infection",
          "an infection of grade 3 or more (CTCAE) between infusion and the draw", "ward"),
)  # fmt: skip

QUALITY: tuple[Feature, ...] = (
    Feature("n_cells", "Good cells", "cells with >= 400 UMIs, >= 200 genes, <= 20 % mitochondrial",
            "cells", 0.0, 1e8, "quality"),
    Feature("median_umi", "Median UMIs", "median UMIs of a good cell", "UMIs", 0.0, 1e7, "quality"),
    Feature("median_genes", "Median genes", "median genes of a good cell", "genes", 0.0, 1e5, "quality"),
    _fraction("mito_fraction", "Mitochondrial share",
              "median mitochondrial share of a barcode's UMIs, before cells are dropped", "quality"),
    _fraction("unknown_fraction", "Untyped cells", "good cells in which no type reaches posterior 0.5",
              "quality"),
    _fraction("doublet_fraction", "Doublets", "good cells that look like two lineages at once", "quality"),
    _fraction("ambient_fraction", "Ambient RNA", "share of a cell's UMIs that came from ambient RNA",
              "quality"),
    _expression("handling_stress", "Handling stress",
                "FOS JUN JUNB DUSP1 EGR1 in T cells; rises between draw and freezing", "quality"),
)  # fmt: skip

CELLS: tuple[Feature, ...] = (
    _fraction("monocyte_fraction", "Monocytes", "CD14 and CD16 monocytes among good leukocytes",
              "composition", (0.05, 0.30)),
    _fraction("cd14_monocyte_fraction", "CD14 monocytes", "classical monocytes among good leukocytes",
              "composition", (0.05, 0.27)),
    _fraction("cd16_monocyte_fraction", "CD16 monocytes", "non-classical monocytes among good leukocytes",
              "composition", (0.005, 0.06)),
    _fraction("t_fraction", "T cells", "T cells among good leukocytes", "composition", (0.40, 0.75)),
    _fraction("nk_fraction", "NK cells", "NK cells among good leukocytes", "composition", (0.05, 0.20)),
    _fraction("b_fraction", "B cells", "B and plasma cells among good leukocytes", "composition",
              (0.05, 0.20)),
    _fraction("dc_fraction", "Dendritic cells", "conventional and plasmacytoid dendritic cells",
              "composition", (0.005, 0.03)),
    _fraction("neutrophil_like_fraction", "Neutrophil-like cells",
              "neutrophils and their precursors that survived preparation", "composition", (0.0, 0.02)),
    _fraction("blast_like_fraction", "Blast-like cells", "immature T cells (CD34 DNTT CD1A RAG1 PTCRA)",
              "composition", (0.0, 0.005)),
    Feature("log_monocyte_lymphocyte_ratio", "Monocytes to lymphocytes",
            "ln((monocytes + 0.5) / (lymphocytes + 0.5)), in cells", "log ratio", -20.0, 20.0,
            "composition", True, (-2.8, -0.7)),
    _expression("s100a8a9_leukocyte", "S100A8/A9, all leukocytes",
                "S100A8 + S100A9 pooled over leukocytes; mostly monocyte share times level", "s100"),
    _expression("s100a8a9_monocyte", "S100A8/A9 in monocytes",
                "S100A8 + S100A9 pooled over monocytes", "s100"),
    _corrected("s100a8a9_nonmyeloid", "S100A8/A9 outside myeloid cells",
               "S100A8 + S100A9 in T, NK and B cells after removing ambient RNA; may fall below zero"),
    _corrected("s100a8a9_standardised", "S100A8/A9 at a fixed composition",
               "S100A8 + S100A9 as if every sample had the same cell types"),
    _fraction("cd7neg_t_fraction", "CD7-negative T cells",
              "CD7-negative share of T cells, by CD7 protein where it was measured, else from RNA "
              "corrected for dropout", "cd7", (0.02, 0.20)),
    _expression("cd7neg_t_activation", "Activation of CD7-negative T cells",
                "CD69 IL2RA TNFRSF9 TNFRSF4 ICOS CD38", "activation"),
    _expression("cd7neg_t_cytotoxicity", "Cytotoxicity of CD7-negative T cells",
                "GZMA GZMB GZMH GZMK GNLY PRF1 NKG7 IFNG", "activation"),
    _expression("cd7neg_t_exhaustion", "Exhaustion of CD7-negative T cells",
                "PDCD1 LAG3 HAVCR2 TIGIT CTLA4 TOX", "activation"),
    _expression("cd7neg_t_proliferation", "Proliferation of CD7-negative T cells",
                "MKI67 TOP2A PCNA TYMS STMN1 TUBA1B", "activation"),
    _expression("cd7neg_t_interferon", "Interferon response of CD7-negative T cells",
                "ISG15 IFI6 IFI44L MX1 IFIT3 STAT1", "activation"),
    _fraction("car_t_fraction", "CAR-T cells",
              "T cells in which the CAR transcript is seen; a lower bound, since many show none", "car"),
)  # fmt: skip

# Informative missingness: the value is missing because of the composition of the patient's blood.
INDICATORS: tuple[Feature, ...] = (
    _flag("no_monocytes", "Too few monocytes", "under 50 monocytes, so monocyte levels are missing", "s100"),
    _flag("cd7neg_unresolved", "CD7 unresolved",
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
    _fraction("cd7neg_t_fraction_rna", "CD7-negative T cells by RNA",
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
    _fraction("cd7neg_t_fraction_anchored", "CD7-negative T cells, anchored",
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
