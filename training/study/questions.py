"""The declared family: every question of the report, fixed before outcomes are read.

Source study: seven patients after CD7 CAR-T therapy (Clin Cancer Res 2023;29(8):1484, doi
10.1158/1078-0432.CCR-22-2924). Its sentences are given in our words; the question in brackets
replaces a sentence that cannot be tested as it stands. A question that begins with ADDITIONAL is
not the study's. Changing this list changes the family, and with it every corrected p.
"""

from collections.abc import Mapping
from types import MappingProxyType

from training.study.claim import Question

ADDITIONAL = "Additional question: "

_ALL: tuple[Question, ...] = (
    Question(
        "remission", 1, "In remission at day 28",
        "All 7 patients were in remission at day 28 (tested: were most?).",
        "share of patients in remission (CR or CRi) at day 28",
    ),
    Question(
        "cytopenia", 1, "Cytopenia of grade 3 or 4",
        "6 of 7 patients had cytopenia (tested: had most grade 3 or 4?).",
        "share of patients with leukocytes, neutrophils or platelets of CTCAE grade 3 or 4",
    ),
    Question(
        "infection", 1, "Any infection",
        "5 of 7 patients had an infection (tested: had most?).",
        "share of patients with an infection up to the end of the horizon",
    ),
    Question(
        "car_persists", 2, "CAR-T cells persist",
        "CAR-T cells expanded and persisted (tested: is the CAR still detected in most?).",
        "share of patients whose CAR transcript is detected at the landmark",
    ),
    Question(
        "cd7pos_lost", 2, "CD7-positive T cells fall",
        "CD7-positive T cells were gone by day 11 (tested: did their share of T cells fall?).",
        "share of patients whose CD7-positive share of T cells fell",
    ),
    Question(
        "cd7neg_expands", 2, "CD7-negative T cells expand",
        "CD7-negative T cells expanded.",
        "share of patients whose CD7-negative T cells per litre rose",
    ),
    Question(
        "function", 3, "CD7-negative T cells: cytotoxicity",
        "CD7-negative T cells kept their function (tested: did cytotoxicity rise?).",
        "share of patients whose CD7-negative T cells became more cytotoxic",
    ),
    Question(
        "activation", 3, "CD7-negative T cells: activation",
        "CD7-negative T cells were more activated than before infusion.",
        "share of patients whose CD7-negative T cells became more activated",
    ),
    Question(
        "autoimmune", 3, "Autoimmune-related pathways",
        "Autoimmune-related pathways were up in CD7-negative T cells.",
        "share of patients whose autoimmune-related pathways rose",
    ),
    Question(
        "activation_relapse", 3, "Activation and relapse (ours)",
        f"{ADDITIONAL}are CD7-negative T cells more activated in patients who relapse?",
        "chance that a patient who relapses has the higher activation",
    ),
    Question(
        "monocyte_fraction", 4, "Monocyte share, fatal infection",
        "Both patients who died of infection had lost their monocytes.",
        "chance that a patient who dies of infection has the higher share of monocytes", -1,
    ),
    Question(
        "amc", 4, "Monocyte count, fatal infection",
        "Both patients who died of infection had lost their monocytes (tested: absolute counts).",
        "chance that a patient who dies of infection has more monocytes per litre", -1,
    ),
    *(
        Question(
            key, 5, f"S100A8/A9, {brief}, relapse",
            "S100A8 and S100A9 were up in leukocytes of the patients who relapsed"
            f" ({form}).", "chance that a patient who relapses has the higher S100A8/A9",
        )
        for key, brief, form in (
            ("s100a8a9_leukocyte", "all leukocytes", "all leukocytes, as in the study"),
            ("s100a8a9_monocyte", "monocytes", "monocytes only"),
            ("s100a8a9_nonmyeloid", "non-myeloid", "outside myeloid cells, ambient RNA removed"),
            ("s100a8a9_standardised", "standardised", "at a fixed composition"),
        )
    ),
)  # fmt: skip

QUESTIONS: Mapping[str, Question] = MappingProxyType({question.key: question for question in _ALL})
