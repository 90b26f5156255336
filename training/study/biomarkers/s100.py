"""Section 5: S100A8/A9 in those who relapse and in the others, and how early it warns."""

import pandas as pd

from training.charts.curves_svg import lead_curves
from training.study.biomarkers.contrast import contrast
from training.study.biomarkers.s100_lead_time import RATE, lead, lead_row, lead_words, visits
from training.study.cohort import StudyCohort
from training.study.section import Picture, Section, Table

ENDPOINT = "relapse"
FORMS = ("s100a8a9_leukocyte", "s100a8a9_monocyte", "s100a8a9_nonmyeloid", "s100a8a9_standardised")
GROUPS = ("relapsed", "the others")
LEGEND = (("event", "relapsed in the horizon"), ("rest", "the others"))
NO_LEAD = "Lead time cannot be told: too few patients relapsed, or too few did not."


def s100(cohort: StudyCohort) -> Section:
    """One claim and one picture for each of the four forms, and their lead times."""
    found = [contrast(cohort, name, ENDPOINT, GROUPS) for name in FORMS]
    claims = tuple(claim for claim, _ in found)
    pictures = [picture for _, several in found for picture in several]
    drawn, tables, notes = _lead(cohort)
    return Section(5, "S100A8/A9 and relapse", claims, (*pictures, *drawn), tables, notes, LEGEND)


def _lead(
    cohort: StudyCohort,
) -> tuple[tuple[Picture, ...], tuple[Table, ...], tuple[str, ...]]:
    """Picture, table and sentences of the lead time; the study's form comes first."""
    found = [(name, one) for name in FORMS if (one := lead(cohort, name)) is not None]
    if not found:
        return (), (), (NO_LEAD,)
    per_patient = len(visits(cohort, found[0][0]).day) / max(cohort.at_risk.n, 1)
    title = "How early a rise of S100A8/A9 announced a relapse"
    caption = (
        f"Threshold chosen on other patients so that {RATE:.0%} of those without relapse are ever "
        "alarmed. Thick: all leukocytes; dashed: monocytes; dotted: non-myeloid; dash-dotted: "
        "standardised."
    )
    table = pd.DataFrame([lead_row(name, one) for name, one in found])
    return (
        (Picture(title, lead_curves(title, found), caption),),
        (Table("lead_time", "Lead time of S100A8/A9 before clinical relapse", table),),
        (f"{lead_words(*found[0], per_patient)}.",),
    )
