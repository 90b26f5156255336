"""Columns of the sample sheet beside its keys: context, blood count, and findings on the ward."""

from features.columns import Category, Feature, blood, count, flag, grade, viral_load

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
        "virus_genes",
        "sequences of viruses in the count matrix, as hhv6=NAME,NAME;ebv=NAME;cmv=NAME (* at the "
        "end of a name stands for any ending)",
    ),
    Category("patient_sex", "the patient's chromosomal sex", ("female", "male")),
    Category("donor_sex", "chromosomal sex of the stem-cell donor", ("female", "male")),
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
    "car_cd7_strategy", "disease", "donor_source", "extramedullary_disease", "patient_sex",
    "donor_sex",
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
    count("anc", "Absolute neutrophil count", "neutrophils at the draw", 100.0, healthy=(1.8, 7.5)),
    count("amc", "Absolute monocyte count", "monocytes at the draw", 200.0, healthy=(0.2, 0.8)),
    count("alc", "Absolute lymphocyte count", "lymphocytes at the draw", 500.0, healthy=(1.0, 4.0)),
    count("wbc", "White blood cells", "leukocytes at the draw", 1000.0, healthy=(4.0, 11.0)),
    count("plt", "Platelets", "platelets at the draw", 2000.0, healthy=(150.0, 400.0)),
    blood("hb", "Haemoglobin", "g/dL", 25.0, (12.0, 17.5)),
    blood("crp", "C-reactive protein", "mg/dL", 100.0, (0.0, 0.5)),
    blood("ferritin", "Ferritin", "ng/mL", 500_000.0, (15.0, 300.0)),
    blood("ldh", "Lactate dehydrogenase", "U/L", 50_000.0, (120.0, 250.0)),
    blood("creatinine", "Creatinine", "mg/dL", 30.0, (0.5, 1.2)),
    blood("mrd", "Measurable residual disease", "fraction of nucleated cells", 1.0, None),
    flag("active_infection", "Active infection", "an infection under treatment at the draw", "blood_count"),
    flag("gcsf", "G-CSF", "G-CSF within the week before the draw", "blood_count"),
    flag("steroids", "Steroids", "systemic steroids within the week before the draw", "blood_count"),
    # CRS and ICANS: consensus of the ASTCT, grades 1 to 4; 5 is death from it as in CTCAE (Lee et
    # al. 2019, Biol Blood Marrow Transplant 25:625).
    grade("crs_grade", "Cytokine release syndrome",
           "highest grade of cytokine release syndrome from infusion to the draw (ASTCT); 0 = none", 5.0),
    grade("icans_grade", "Neurotoxicity (ICANS)",
           "highest grade of ICANS from infusion to the draw (ASTCT); 0 = none", 5.0),
    flag("tocilizumab", "Tocilizumab", "tocilizumab given between infusion and the draw", "ward"),
    # Adults' CD4 cells: Bisset et al. 2004, Eur J Haematol 72:203. Adults' IgG: Dati et al. 1996,
    # Eur J Clin Chem Clin Biochem 34:517.
    Feature("cd4", "CD4 T cells", "CD4-positive T cells in blood by flow cytometry at the draw", "cells/µL",
            0.0, 20_000.0, "blood_count", False, (400.0, 1600.0)),
    blood("igg", "Immunoglobulin G", "g/L", 150.0, (7.0, 16.0)),
    # The WHO's international standards give IU: CMV 09/162, EBV 09/260, HHV-6B 15/266 (NIBSC).
    viral_load("cmv_load", "CMV"),
    viral_load("ebv_load", "EBV"),
    viral_load("hhv6_load", "HHV-6"),
    # The expansion of CAR-T cells as the trials report it (Pan et al. 2021, J Clin Oncol 39:3340).
    Feature("car_copies", "CAR copies by PCR", "copies of the CAR gene in blood DNA by PCR at the draw",
            "copies/µg DNA", 0.0, 1e8, "car"),
    Feature("car_flow_fraction", "CAR-positive T cells by flow",
            "CAR-positive share of T cells by flow cytometry; never mixed with the RNA estimate",
            "fraction", 0.0, 1.0, "car"),
    Feature("donor_chimerism", "Donor chimerism", "share of donor cells in blood or marrow at the draw",
            "fraction", 0.0, 1.0, "ward"),
    # MAGIC: Harris et al. 2016, Biol Blood Marrow Transplant 22:4.
    grade("gvhd_grade", "Acute GvHD",
           "highest overall grade of acute graft-versus-host disease from infusion to the draw (MAGIC, I to IV "
           "as 1 to 4); 0 = none", 4.0),
    flag("extramedullary_disease", "Extramedullary disease",
          "disease outside the bone marrow before the infusion, at any site", "ward"),
    # Severe as in CTCAE version 5.0: grade 3 or more.
    flag("earlier_severe_infection", "Earlier severe infection",
          "an infection of grade 3 or more (CTCAE) between infusion and the draw", "ward"),
)  # fmt: skip
