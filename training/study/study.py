"""The source study's questions in a cohort: all sections, then verdicts over the whole family."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import pandas as pd

from features.errors import InputError
from training.jobs import Progress
from training.study.activity.activity_section import activity_section
from training.study.biomarkers.expansion import expansion_section
from training.study.biomarkers.monocytes import monocyte_section
from training.study.biomarkers.s100 import s100_section
from training.study.claim import Claim
from training.study.clinical_course.clinical_course_section import clinical_course_section
from training.study.clinical_course.event_incidence import incidence_section
from training.study.cohort import StudyCohort
from training.study.family import judge_family
from training.study.questions import QUESTIONS
from training.study.section import Section, Table

SECTIONS: tuple[Callable[[StudyCohort], Section], ...] = (
    clinical_course_section,
    expansion_section,
    activity_section,
    monocyte_section,
    s100_section,
    incidence_section,
)


@dataclass(frozen=True)
class Study:
    """Claims with verdicts in the declared order, and the six sections with them."""

    claims: tuple[Claim, ...]
    sections: tuple[Section, ...]


def run_study(cohort: StudyCohort, progress: Progress | None = None) -> Study:
    """Answer every declared question once and judge the family; reports each section as progress.

    The family is complete or this fails: a question left out would make the correction of the
    others too mild.
    """
    sections = []
    for number, make_section in enumerate(SECTIONS, 1):
        sections.append(make_section(cohort))
        if progress:
            progress("sections of the study", number, len(SECTIONS))
    return judge_sections(sections)


def judge_sections(sections: list[Section]) -> Study:
    """Sections whose claims are corrected over the family and have verdicts."""
    by_key = {claim.question.key: claim for section in sections for claim in section.claims}
    if set(by_key) != set(QUESTIONS):
        wrong = sorted(set(QUESTIONS) ^ set(by_key))
        raise InputError(
            f"Every declared question needs exactly one answer, but {wrong[0]!r} has none or is "
            "unknown."
        )
    verdicts = {c.question.key: c for c in judge_family([by_key[key] for key in QUESTIONS])}
    with_verdicts = [
        replace(section, claims=tuple(verdicts[claim.question.key] for claim in section.claims))
        for section in sections
    ]
    return Study(tuple(verdicts[key] for key in QUESTIONS), tuple(with_verdicts))


def claims_table(claims: tuple[Claim, ...]) -> Table:
    """All claims with their numbers, one row each."""
    rows = [
        {
            "section": c.question.section, "claim": c.question.key, "study": c.question.study,
            "verdict": c.verdict, "found": c.finding, "patients": c.n, "with_event": c.n_group,
            "others": c.n_others, "measure": c.question.measure, "effect": c.effect, "low": c.low,
            "high": c.high, "shift": c.shift, "shift_low": c.shift_low,
            "shift_high": c.shift_high, "unit": c.unit, "p": c.p, "p_holm": c.p_holm,
            "smallest_p": c.smallest_p,
        }
        for c in claims
    ]  # fmt: skip
    return Table("claims", "All claims", pd.DataFrame(rows))
