"""The integrated risk of severe infection against drawn onsets and against the fatal risk."""

from dataclasses import replace

import numpy as np
import pytest

from models.endpoints import HORIZONS, LANDMARK
from training.simulation.courses.clinical_course import (
    COURSE_UNIFORMS,
    PROFILES,
    ClinicalCourse,
    draw_course,
    to_day,
)
from training.simulation.courses.infection_onsets import draw_onsets
from training.simulation.courses.severe_risk import severe_risks
from training.simulation.courses.true_risk import TRANSPLANT_RULES, latent_risks

N = 25_000


def onset_days(course: ClinicalCourse, severe: float) -> np.ndarray:
    """Day of the first severe onset after the landmark, infinite without."""
    onsets = draw_onsets(9, course, np.full(N, severe), follow_up_end=np.full(N, 3000.0))
    first = np.full(N, np.inf)
    for onset in onsets:
        if onset.day > LANDMARK:
            first[onset.patient] = min(first[onset.patient], onset.day)
    return first


@pytest.mark.parametrize("name", ["phase2", "phase1"])
@pytest.mark.parametrize("log_hr", [(0.0, 0.0, 0.0), (-1.0, 1.2, 1.3)], ids=["base", "raised"])
def test_integrated_risks_are_drawn_frequencies(
    name: str, log_hr: tuple[float, float, float]
) -> None:
    """Every rule and horizon: 25,000 patients within four standard errors.

    Onset on the day of a transplant is half before it.
    """
    profile, (relapse, infection, severe) = PROFILES[name], log_hr
    rng = np.random.default_rng(4)
    uniforms = 1 - rng.random((N, COURSE_UNIFORMS))
    uniforms[:, 0] = 0.5 * profile.response  # everyone responds; the plan's share stays
    normals, hr = rng.standard_normal(N), np.repeat([[relapse], [infection]], N, axis=1)
    cared = draw_course(profile, hr, uniforms, normals)
    never = draw_course(replace(profile, transplant=0.0), hr, uniforms, normals)
    risks = severe_risks(profile, np.array([[relapse], [infection]]), np.array([severe]))[..., 0]
    with_care, without = onset_days(cared, severe), onset_days(never, severe)
    transplant = to_day(cared.transplant)
    before = (with_care < transplant) + 0.5 * (with_care == transplant)
    for k, horizon in enumerate(HORIZONS):
        end = LANDMARK + horizon
        by_end = with_care <= end
        shares = (by_end.mean(), (by_end * before).mean(), (without <= end).mean())
        for rule, observed in zip(TRANSPLANT_RULES, shares, strict=True):
            expected = risks[TRANSPLANT_RULES.index(rule), k]
            error = (expected * (1 - expected) / N) ** 0.5
            assert observed == pytest.approx(expected, abs=4 * error), (rule, horizon)


def test_severe_contains_fatal_and_grows_with_the_horizon() -> None:
    """Never below the fatal risk nor above 1, whatever the hazards; never falls with time."""
    rng = np.random.default_rng(3)
    log_hr, severe = rng.normal(0, 2, (2, 300)), rng.normal(0, 2, 300)
    risks = severe_risks(PROFILES["phase2"], log_hr, severe)
    assert (risks >= latent_risks(PROFILES["phase2"], log_hr)[1] - 1e-12).all()
    assert (risks <= 1).all()
    assert (np.diff(risks, axis=1) >= 0).all()


def test_without_survived_infections_only_the_onset_is_earlier_than_the_death() -> None:
    """At a rate of nearly 0 the risk is the fatal one plus deaths that follow an onset by day h."""
    log_hr, profile = np.zeros((2, 1)), PROFILES["phase2"]
    severe = severe_risks(profile, log_hr, np.array([-30.0]))
    fatal = latent_risks(profile, log_hr)[1]
    assert (severe > fatal).all()
    assert (severe - fatal < 0.012).all()


def test_relapse_and_severe_infection_compete() -> None:
    """A higher hazard of relapse leaves fewer infections to see."""
    low, high = (
        severe_risks(PROFILES["phase2"], np.array([[r], [0.0]]), np.zeros(1)) for r in (-1.0, 1.0)
    )
    assert (high < low).all()
