"""The source study's questions, asked of a cohort: all sections, then the family is judged."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import pandas as pd

from features.errors import InputError
from training.study.activity.section import activity
from training.study.biomarkers.expansion import expansion
from training.study.biomarkers.monocytes import monocytes
from training.study.biomarkers.s100 import s100
from training.study.claim import Claim
from training.study.clinical_course.event_incidence import incidence
from training.study.clinical_course.section import course
from training.study.cohort import StudyCohort
from training.study.family import judge_family
from training.study.questions import QUESTIONS
from training.study.section import Section, Table

Report = Callable[[str, int, int], None]

ROOMS: tuple[Callable[[StudyCohort], Section], ...] = (
    course,
    expansion,
    activity,
    monocytes,
    s100,
    incidence,
)


@dataclass(frozen=True)
class Study:
    """Judged claims in the declared order, and the six sections with them."""

    claims: tuple[Claim, ...]
    sections: tuple[Section, ...]


def run_study(cohort: StudyCohort, progress: Report | None = None) -> Study:
    """Ask every declared question once and judge the family; `progress` is told of each section.

    The family is complete or this fails: a question that is not asked would make the others'
    correction too mild.
    """
    sections = []
    for done, room in enumerate(ROOMS, 1):
        sections.append(room(cohort))
        if progress:
            progress("sections of the study", done, len(ROOMS))
    return judged_study(sections)


def judged_study(sections: list[Section]) -> Study:
    """Sections with their claims corrected over the family and judged."""
    by_key = {claim.question.key: claim for one in sections for claim in one.claims}
    if set(by_key) != set(QUESTIONS):
        missing = sorted(set(QUESTIONS) ^ set(by_key))
        raise InputError(f"Every declared question is asked exactly once; not so {missing[0]!r}.")
    judged = {c.question.key: c for c in judge_family([by_key[key] for key in QUESTIONS])}
    whole = [
        replace(one, claims=tuple(judged[claim.question.key] for claim in one.claims))
        for one in sections
    ]
    return Study(tuple(judged[key] for key in QUESTIONS), tuple(whole))


def claims_table(claims: tuple[Claim, ...]) -> Table:
    """All claims with their numbers, one row each."""
    rows = [
        {
            "section": c.question.section, "claim": c.question.key, "study": c.question.study,
            "verdict": c.verdict, "found": c.found, "patients": c.n, "with_event": c.n_group,
            "others": c.n_others, "measure": c.question.measure, "effect": c.effect, "low": c.low,
            "high": c.high, "shift": c.shift, "shift_low": c.shift_low,
            "shift_high": c.shift_high, "unit": c.unit, "p": c.p, "p_holm": c.p_holm,
            "smallest_p": c.smallest_p,
        }
        for c in claims
    ]  # fmt: skip
    return Table("claims", "All claims", pd.DataFrame(rows))
