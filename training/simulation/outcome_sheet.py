"""A simulated course as the outcome sheet would record it: days, follow-up, who and where."""

import numpy as np

from features.arrays import Floats, Texts
from training.simulation.clinical_course import Course, to_day

Column = Floats | Texts

# Assumption: accrual over 2.5 years and analysis half a year after the last infusion.
FOLLOW_UP_MONTHS = (6.0, 36.0)
PERSON_UNIFORMS = 8
# Disease is assessed on day 28, then monthly for half a year, then every third month.
ASSESSMENTS = np.array([28, 60, 90, 120, 150, 180, *range(270, 1200, 90)], dtype=np.float64)


def outcome_columns(course: Course, uniforms: Floats, site: Texts) -> dict[str, Column]:
    """Columns of OUTCOMES.csv but patient_id, (n,) each; NaN for days that did not come.

    Follow-up ends at death or after U(6, 36) months; what comes later is not recorded. Someone
    who never responded has no relapse_day: the failure shows as response_day28 PR or NR.
    `uniforms` is (n, PERSON_UNIFORMS).
    """
    u = uniforms.T
    end = follow_up_end(uniforms)
    death = _seen(to_day(course.death), end)
    followup = np.where(np.isnan(death), end, death)
    relapse = _seen(to_day(course.relapse), followup)
    return {
        "followup_day": followup,
        "relapse_day": relapse,
        "death_day": death,
        "death_cause": np.where(np.isnan(death), "", death_cause(course)),
        "transplant_day": _seen(to_day(course.transplant), followup),
        "response_day28": np.where(
            course.response, np.where(u[1] < 0.6, "CR", "CRi"), np.where(u[1] < 0.4, "PR", "NR")
        ),
        "last_disease_assessment_day": np.where(
            np.isnan(relapse), _last_assessment(followup), relapse
        ),
        "age": np.rint(np.clip(25 * np.exp(0.5 * (u[2] + u[3] + u[4] - 1.5) * 2), 3, 70)),
        "sex": np.where(u[5] < 0.65, "male", "female"),
        "product": np.where(u[6] < 0.7, "donor", np.where(u[6] < 0.9, "autologous", "allogeneic")),
        "prior_transplant": np.where((u[6] < 0.7) & (u[3] < 0.5), 1.0, 0.0),
        "infusion_year": 2021 + np.minimum(np.floor(4 * u[7]), 3),
        "site": site,
        "provenance": np.full(len(site), "synthetic"),
    }


def follow_up_end(uniforms: Floats) -> Floats:
    """Day on which follow-up would end for those who live, (n,)."""
    first, last = FOLLOW_UP_MONTHS
    return to_day(first + (last - first) * uniforms[:, 0])


def death_cause(course: Course) -> Texts:
    """Cause of each death: relapse (or no response), infection or other."""
    infection, other = np.isfinite(course.infection), np.isfinite(course.other)
    return np.where(infection, "infection", np.where(other, "other", "relapse"))


def _seen(day: Floats, end: Floats) -> Floats:
    return np.where(day <= end, day, np.nan)


def _last_assessment(followup: Floats) -> Floats:
    last = np.searchsorted(ASSESSMENTS, followup, side="right") - 1
    return np.where(last < 0, np.nan, ASSESSMENTS[np.maximum(last, 0)])
