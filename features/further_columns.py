"""Columns that models use only where a protocol names them: leukaemia, T-cell states, chimerism.

What the field measures beside the source study's claims. Each is computed from one sample's cells,
and where it says so from the sheet's blood count, sexes or viral sequences.
"""

from dataclasses import replace

from features.columns import Feature, expression, fraction
from features.columns import Group as Group

RATE_UNIT = "UMIs per 10,000"

# Healthy ranges of blasts and CD34: samples without leukaemia (`benchmarks.blasts`), rounded.
LEUKAEMIA: tuple[Feature, ...] = (
    fraction("t_blast_fraction", "T-lineage blasts",
              "cells like T-ALL or early T precursors among good leukocytes; by published genes: no real ones were "
              "at hand", "leukaemia", (0.0, 0.001)),
    fraction("b_blast_fraction", "B-lineage blasts",
              "precursor B cells among good leukocytes: B-ALL, or in marrow also normal precursors",
              "leukaemia", (0.0, 0.001)),
    fraction("myeloid_blast_fraction", "Myeloid blasts",
              "myeloid blasts among good leukocytes; by published genes: no real ones were at hand, and most "
              "resemble normal progenitors and are called so", "leukaemia", (0.0, 0.001)),
    Feature("cd34_rate", "CD34 outside stem cells",
            "CD34 UMIs pooled over the cells that are not called HSPC; rises with the share of CD34-positive blasts, "
            "in marrow also with normal precursors", RATE_UNIT, 0.0, 1e4, "leukaemia", True, (0.0, 0.1)),
)  # fmt: skip

# Healthy adults' CD4:CD8 of 0.68 to 3.22: Chng et al. 2004, Clin Diagn Lab Immunol 11:168.
T_CELL_STATES: tuple[Feature, ...] = (
    fraction("cd4_t_fraction", "CD4 T cells", "CD4 share of T cells, corrected for dropout; T cells with neither CD4 nor CD8 count here",
              "t_cells"),
    fraction("cd8_t_fraction", "CD8 T cells", "CD8 share of T cells, corrected for dropout", "t_cells"),
    fraction("gamma_delta_t_fraction", "Gamma-delta T cells", "gamma-delta share of T cells", "t_cells"),
    Feature("log_cd4_cd8_ratio", "CD4 to CD8", "ln(CD4 share / CD8 share) of T cells", "log ratio",
            -20.0, 20.0, "t_cells", True, (-0.4, 1.2)),
    fraction("regulatory_t_fraction", "Regulatory T cells", "regulatory share of CD4 T cells", "t_cells"),
    fraction("naive_t_fraction", "Naive T cells", "naive share of T cells", "t_cells"),
    fraction("memory_t_fraction", "Memory T cells", "central and effector memory share of T cells",
              "t_cells"),
    fraction("effector_t_fraction", "Effector T cells", "cytotoxic effector share of T cells", "t_cells"),
    fraction("plasmablast_fraction", "Plasmablasts", "dividing plasma cells among good leukocytes",
              "t_cells"),
)  # fmt: skip


def _per_microlitre(name: str, label: str, healthy: tuple[float, float]) -> Feature:
    meaning = (
        f"{label} of blood: share among lymphocytes, or ratio to them, times the lymphocyte count"
    )
    return Feature(name, label, meaning, "cells/µL", 0.0, 1e6, "cell_counts", True, healthy)


# Healthy adults: monocytes and CD4 as `amc` and `cd4` in `features.sheet_columns`; CD8, NK and B
# cells: Wong et al. 2013, Clin Vaccine Immunol 20:602 (273 blood donors, 95 % ranges).
CELL_COUNTS: tuple[Feature, ...] = (
    _per_microlitre("monocytes_per_ul", "Monocytes per microlitre", (200.0, 800.0)),
    _per_microlitre("cd4_t_per_ul", "CD4 T cells per microlitre", (400.0, 1600.0)),
    _per_microlitre("cd8_t_per_ul", "CD8 T cells per microlitre", (224.0, 1014.0)),
    _per_microlitre("nk_per_ul", "NK cells per microlitre", (61.0, 607.0)),
    _per_microlitre("b_per_ul", "B cells per microlitre", (118.0, 645.0)),
)

MONOCYTE_STATE: tuple[Feature, ...] = (
    expression("hla_dr_monocyte", "HLA-DR of monocytes",
                "HLA-DRA pooled over monocytes, without ambient RNA; low together with high S100A8/A9 in "
                "immunoparalysis",
                "monocytes", -10.0),
    replace(expression("hla_dr_monocyte_low", "HLA-DR of monocytes, lower end",
                        "lower end of the 90 % interval", "monocytes", -10.0), has_se=False),
    replace(expression("hla_dr_monocyte_high", "HLA-DR of monocytes, upper end",
                        "upper end of the 90 % interval", "monocytes", -10.0), has_se=False),
)  # fmt: skip

CAR_T_STATE: tuple[Feature, ...] = tuple(
    expression(f"car_t_{name}", f"{label} of CAR-T cells", f"{label.lower()} panel in T cells that show the CAR", "car")
    for name, label in (
        ("activation", "Activation"), ("cytotoxicity", "Cytotoxicity"), ("exhaustion", "Exhaustion"),
        ("proliferation", "Proliferation"), ("interferon", "Interferon response"),
    )
)  # fmt: skip

VIRUSES: tuple[Feature, ...] = tuple(
    Feature(f"{name}_rna", f"{label} RNA", f"UMIs of the {label} sequences that the sheet names, over all good cells",
            RATE_UNIT, 0.0, 1e4, "virus", True)
    for name, label in (("hhv6", "HHV-6"), ("ebv", "EBV"), ("cmv", "CMV"))
)  # fmt: skip

CHIMERISM: tuple[Feature, ...] = (
    fraction("donor_cell_fraction", "Donor cells by RNA",
              "donor share of leukocytes, by sex genes where donor and patient differ in sex", "chimerism"),
    fraction("donor_t_fraction", "Donor T cells by RNA",
              "donor share of T cells, by sex genes where donor and patient differ in sex", "chimerism"),
)  # fmt: skip

# Types of the centred log-ratio, in order; blasts are one part.
CLR_PARTS: tuple[tuple[str, str], ...] = (
    ("cd14_monocyte", "CD14 monocytes"), ("cd16_monocyte", "CD16 monocytes"),
    ("neutrophil_like", "neutrophil-like cells"), ("cdc", "conventional dendritic cells"),
    ("pdc", "plasmacytoid dendritic cells"), ("cd4_t", "CD4 T cells"), ("cd8_t", "CD8 T cells"),
    ("other_t", "other T cells"), ("nk", "NK cells"), ("b", "B cells"), ("plasma", "plasma cells"),
    ("hspc", "stem and progenitor cells"), ("blast", "blasts"),
)  # fmt: skip

LOG_RATIOS: tuple[Feature, ...] = tuple(
    Feature(f"clr_{name}", f"Log-ratio of {label}",
            f"centred log-ratio of {label}: log of their share less the mean log share of all types",
            "log ratio", -20.0, 20.0, "log_ratios", True)
    for name, label in CLR_PARTS
)  # fmt: skip

FURTHER: tuple[Feature, ...] = (
    *LEUKAEMIA, *T_CELL_STATES, *CELL_COUNTS, *MONOCYTE_STATE, *CAR_T_STATE, *VIRUSES, *CHIMERISM,
    *LOG_RATIOS,
)  # fmt: skip
