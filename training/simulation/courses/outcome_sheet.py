"""Outcome sheet of a simulated cohort: days of events, follow-up, and patient characteristics."""

import numpy as np

from features.arrays import Bools, Floats, Texts
from training.simulation.courses.clinical_course import ClinicalCourse, to_day

Column = Floats | Texts

# Assumption: accrual over 2.5 years and analysis half a year after the last infusion.
FOLLOW_UP_MONTHS = (6.0, 36.0)
PERSON_UNIFORMS = 8
# Disease is assessed on day 28, then monthly for half a year, then every third month.
ASSESSMENTS = np.array([28, 60, 90, 120, 150, 180, *range(270, 1200, 90)], dtype=np.float64)


def outcome_columns(course: ClinicalCourse, uniforms: Floats, site: Texts) -> dict[str, Column]:
    """Columns of OUTCOMES.csv but patient_id, (n,) each; NaN for days without the event.

    Follow-up ends at death or after U(6, 36) months; later events are not recorded. A patient who
    never responded has no relapse_day: the failure shows as response_day28 PR or NR.
    `uniforms` is (n, PERSON_UNIFORMS).
    """
    return {
        **_event_columns(course, uniforms),
        **_person_columns(uniforms),
        "site": site,
        "provenance": np.full(len(site), "synthetic"),
    }


def _event_columns(course: ClinicalCourse, uniforms: Floats) -> dict[str, Column]:
    u = uniforms[:, 1]
    end = follow_up_end(uniforms)
    death = _recorded_day(to_day(course.death), end)
    followup = np.where(np.isnan(death), end, death)
    relapse = _recorded_day(to_day(course.relapse), followup)
    assessment = np.where(np.isnan(relapse), _last_assessment(followup), relapse)
    return {
        "followup_day": followup,
        "relapse_day": relapse,
        "death_day": death,
        "death_cause": np.where(np.isnan(death), "", death_cause(course)),
        "transplant_day": _recorded_day(to_day(course.transplant), followup),
        "response_day28": np.where(
            course.response, np.where(u < 0.6, "CR", "CRi"), np.where(u < 0.4, "PR", "NR")
        ),
        "last_disease_assessment_day": assessment,
    }


def _person_columns(uniforms: Floats) -> dict[str, Column]:
    u = uniforms.T
    return {
        "age": np.rint(np.clip(25 * np.exp(0.5 * (u[2] + u[3] + u[4] - 1.5) * 2), 3, 70)),
        "sex": np.where(are_female(uniforms), "female", "male"),
        "product": np.where(u[6] < 0.7, "donor", np.where(u[6] < 0.9, "autologous", "allogeneic")),
        "prior_transplant": np.where((u[6] < 0.7) & (u[3] < 0.5), 1.0, 0.0),
        "infusion_year": 2021 + np.minimum(np.floor(4 * u[7]), 3),
    }


def are_female(uniforms: Floats) -> Bools:
    """Which patients are female, (n,); their cells and both sheets agree."""
    return np.asarray(uniforms[:, 5] >= 0.65)


def follow_up_end(uniforms: Floats) -> Floats:
    """Day on which follow-up would end for patients who live, (n,)."""
    first, last = FOLLOW_UP_MONTHS
    return to_day(first + (last - first) * uniforms[:, 0])


def death_cause(course: ClinicalCourse) -> Texts:
    """Cause of each death: relapse (or no response), infection or other."""
    infection, other = np.isfinite(course.infection), np.isfinite(course.other)
    return np.where(infection, "infection", np.where(other, "other", "relapse"))


def _recorded_day(day: Floats, end: Floats) -> Floats:
    return np.where(day <= end, day, np.nan)


def _last_assessment(followup: Floats) -> Floats:
    last = np.searchsorted(ASSESSMENTS, followup, side="right") - 1
    return np.where(last < 0, np.nan, ASSESSMENTS[np.maximum(last, 0)])
