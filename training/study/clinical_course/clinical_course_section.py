"""Section 1: remission, blood counts and infections after infusion."""

from training.study.clinical_course.infection import infection_claim, infection_tables
from training.study.clinical_course.remission import remission_claim, response_table
from training.study.clinical_course.toxicity import (
    GRADES,
    cytopenia_claim,
    toxicity_pictures,
    toxicity_table,
)
from training.study.cohort import StudyCohort
from training.study.section import Section

LEGEND = tuple((f"g{grade}", f"grade {grade}") for grade in GRADES)


def clinical_course_section(cohort: StudyCohort) -> Section:
    """Three claims; the grades of cytopenia over time as pictures."""
    claims = (
        remission_claim(cohort.outcomes),
        cytopenia_claim(cohort),
        infection_claim(cohort),
    )
    toxicity = toxicity_table(cohort.blood)
    tables = (response_table(cohort.outcomes), toxicity, *infection_tables(cohort))
    pictures = toxicity_pictures(toxicity)
    title = "Remission, blood counts, infections"
    return Section(1, title, claims, pictures, tables, legend=LEGEND)
