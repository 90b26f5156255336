"""Section 4: monocytes in those who died of infection and in the others, and when they part."""

from features.schema import ALL_FEATURES
from training.charts.patients_svg import group_medians
from training.study.biomarkers.contrast import contrast
from training.study.biomarkers.divergence import COLUMNS, gap, opening
from training.study.claim import Claim
from training.study.cohort import StudyCohort
from training.study.section import Picture, Section, Table

ENDPOINT = "fatal_infection"
ASKED = ("monocyte_fraction", "amc")  # share of leukocytes, and cells per litre where counted
GROUPS = ("died of infection", "the others")
LEGEND = (("event", "died of infection in the horizon"), ("rest", "the others"))


def monocytes(cohort: StudyCohort) -> Section:
    """Both claims at the landmark, both quantities over time."""
    claims: list[Claim] = []
    pictures: list[Picture] = []
    tables: list[Table] = []
    notes: list[str] = []
    for name in ASKED:
        feature = ALL_FEATURES[name]
        claim, drawn = contrast(cohort, name, ENDPOINT, GROUPS)
        claims.append(claim)
        pictures += drawn
        over_time = gap(cohort, name, ENDPOINT) if name in cohort.blood else None
        if over_time is not None and len(over_time):
            title = f"{feature.label} over time ({feature.unit})"
            words = "Median and quartiles; ✱ differs after correction over the windows."
            pictures.append(Picture(title, group_medians(title, over_time), words))
            shown = over_time[[c for c in COLUMNS if c not in ("first", "last")]]
            tables.append(Table(f"{name}_over_time", f"{feature.label} in each window", shown))
            notes.append(f"{feature.label}: {opening(over_time)}.")
    return Section(
        4, "Monocytes and fatal infection", tuple(claims), tuple(pictures), tuple(tables),
        tuple(notes), LEGEND,
    )  # fmt: skip
