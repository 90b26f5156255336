"""Courses as the outcome sheet records them."""

import numpy as np
import pytest

from training.simulation.courses.clinical_course import (
    COURSE_UNIFORMS,
    PROFILES,
    ClinicalCourse,
    draw_course,
)
from training.simulation.courses.outcome_sheet import PERSON_UNIFORMS, death_cause, outcome_columns

N = 3000


@pytest.fixture(scope="module")
def course() -> ClinicalCourse:
    """Courses without planted effects."""
    rng = np.random.default_rng(8)
    uniforms = 1 - rng.random((N, COURSE_UNIFORMS))
    return draw_course(PROFILES["phase2"], np.zeros((2, N)), uniforms, rng.standard_normal(N))


@pytest.fixture(scope="module")
def columns(course: ClinicalCourse) -> dict[str, np.ndarray]:
    """Their outcome sheet."""
    person = 1 - np.random.default_rng(9).random((N, PERSON_UNIFORMS))
    return outcome_columns(course, person, np.full(N, "site_a"))


def test_no_day_lies_after_follow_up(columns: dict[str, np.ndarray]) -> None:
    """Follow-up reaches every recorded event and ends at death."""
    for name in ("relapse_day", "death_day", "transplant_day", "last_disease_assessment_day"):
        has_day = ~np.isnan(columns[name])
        assert (columns[name][has_day] <= columns["followup_day"][has_day]).all()
    died = ~np.isnan(columns["death_day"])
    np.testing.assert_array_equal(columns["followup_day"][died], columns["death_day"][died])


def test_causes_go_with_deaths(columns: dict[str, np.ndarray], course: ClinicalCourse) -> None:
    """Whoever died has a cause; relapse for those who relapsed or never responded."""
    died = ~np.isnan(columns["death_day"])
    np.testing.assert_array_equal(columns["death_cause"] != "", died)
    diseased = ~course.response | np.isfinite(course.relapse)
    assert (columns["death_cause"][died & diseased] == "relapse").all()
    assert set(death_cause(course)[np.isfinite(course.infection)]) == {"infection"}


def test_responses_and_relapses_exclude_each_other(
    columns: dict[str, np.ndarray], course: ClinicalCourse
) -> None:
    """CR and CRi are the responders; nobody relapses without a response or before day 31."""
    remission = np.isin(columns["response_day28"], ["CR", "CRi"])
    np.testing.assert_array_equal(remission, course.response)
    assert np.isnan(columns["relapse_day"][~remission]).all()
    assert np.nanmin(columns["relapse_day"]) >= 31


def test_follow_up_is_censored_between_half_a_year_and_three(
    columns: dict[str, np.ndarray],
) -> None:
    """The living are followed for 6 to 36 months."""
    alive = np.isnan(columns["death_day"])
    assert columns["followup_day"][alive].min() >= 182
    assert columns["followup_day"][alive].max() <= 1096
