"""Section 5: S100A8/A9 in patients who relapse and in the others, and its lead time."""

import pandas as pd

from training.charts.curves_svg import lead_curves
from training.study.biomarkers.divergence import contrast
from training.study.biomarkers.s100_lead_time import RATE, lead, lead_row, lead_sentence, visits
from training.study.cohort import StudyCohort
from training.study.section import Picture, Section, Table

ENDPOINT = "relapse"
FORMS = ("s100a8a9_leukocyte", "s100a8a9_monocyte", "s100a8a9_nonmyeloid", "s100a8a9_standardised")
GROUPS = ("relapsed", "the others")
LEGEND = (("event", "relapsed in the horizon"), ("rest", "the others"))
NO_LEAD = "Lead time not estimable here: too few patients relapsed, or too few did not."
LEAD_TITLE = "How early a rise of S100A8/A9 announced a relapse"
LEAD_CAPTION = (
    f"Threshold chosen on other patients so that {RATE:.0%} of those without relapse ever have "
    "an alarm. Thick: all leukocytes; dashed: monocytes; dotted: non-myeloid; dash-dotted: "
    "standardised."
)


def s100_section(cohort: StudyCohort) -> Section:
    """One claim and one picture for each of the four forms, and their lead times."""
    results = [contrast(cohort, name, ENDPOINT, GROUPS) for name in FORMS]
    claims = tuple(claim for claim, _ in results)
    dots = [picture for _, pictures in results for picture in pictures]
    lead_pictures, tables, notes = _lead_time(cohort)
    pictures = (*dots, *lead_pictures)
    return Section(5, "S100A8/A9 and relapse", claims, pictures, tables, notes, LEGEND)


def _lead_time(
    cohort: StudyCohort,
) -> tuple[tuple[Picture, ...], tuple[Table, ...], tuple[str, ...]]:
    """Picture, table and sentence of the lead time; the study's form comes first."""
    results = [(name, warnings) for name in FORMS if (warnings := lead(cohort, name)) is not None]
    if not results:
        return (), (), (NO_LEAD,)
    per_patient = len(visits(cohort, results[0][0]).day) / max(cohort.at_risk.n, 1)
    table = pd.DataFrame([lead_row(name, warnings) for name, warnings in results])
    return (
        (Picture(LEAD_TITLE, lead_curves(LEAD_TITLE, results), LEAD_CAPTION),),
        (Table("lead_time", "Lead time of S100A8/A9 before clinical relapse", table),),
        (f"{lead_sentence(*results[0], per_patient)}.",),
    )
