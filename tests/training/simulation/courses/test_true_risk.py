"""The integrated risks against simulated courses, and their interpolation."""

from dataclasses import replace

import numpy as np
import pytest

from training.simulation.courses.clinical_course import (
    COURSE_UNIFORMS,
    PROFILES,
    ClinicalCourse,
    Profile,
    draw_course,
    to_day,
)
from training.simulation.courses.true_risk import (
    HORIZONS,
    LANDMARK,
    TRANSPLANT_RULES,
    all_risks,
    latent_risks,
    risk_surface,
)

N = 60_000


def courses(profile: Profile, relapse: float, infection: float) -> ClinicalCourse:
    """Responders who all have the same log hazard ratios."""
    rng = np.random.default_rng(2)
    log_hr = np.repeat([[relapse], [infection]], N, axis=1)
    uniforms = 1 - rng.random((N, COURSE_UNIFORMS))
    uniforms[:, 0] = 0.5 * profile.response  # everyone responds; the plan's share stays
    return draw_course(profile, log_hr, uniforms, rng.standard_normal(N))


@pytest.mark.parametrize("name", ["phase2", "phase1"])
@pytest.mark.parametrize("log_hr", [(0.0, 0.0), (0.8, -0.6), (-1.0, 1.2)])
def test_integrated_risks_are_simulated_frequencies(name: str, log_hr: tuple[float, float]) -> None:
    """Every endpoint, rule and horizon: 60,000 simulated patients within four standard errors."""
    profile = PROFILES[name]
    risks = latent_risks(profile, np.array(log_hr)[:, None])[..., 0]
    cared, never = courses(profile, *log_hr), courses(replace(profile, transplant=0.0), *log_hr)
    for i, cause in enumerate(("relapse", "infection")):
        for k, horizon in enumerate(HORIZONS):
            end = LANDMARK + horizon
            had_event = to_day(getattr(cared, cause)) <= end
            before = had_event & np.isinf(cared.transplant)
            without = to_day(getattr(never, cause)) <= end
            for rule, observed in zip(TRANSPLANT_RULES, (had_event, before, without), strict=True):
                expected = risks[i, TRANSPLANT_RULES.index(rule), k]
                error = (expected * (1 - expected) / N) ** 0.5
                assert observed.mean() == pytest.approx(expected, abs=4 * error + 1e-4), rule


def test_risks_grow_with_the_horizon_and_without_transplant() -> None:
    """Longer windows hold more; transplant prevents; an event before transplant is rarer still."""
    risks = latent_risks(PROFILES["phase2"], np.random.default_rng(1).normal(size=(2, 50)))
    assert (np.diff(risks, axis=2) > 0).all()
    ignored, competing, censoring = risks[:, 0], risks[:, 1], risks[:, 2]
    assert (competing < ignored).all()
    assert (ignored < censoring).all()


def test_interpolation_is_exact_to_four_digits() -> None:
    """The surface agrees with direct integration to 1e-4 over six standard deviations."""
    profile, sd = PROFILES["phase2"], np.array([1.13, 1.13])
    surface = risk_surface(profile, np.zeros(2), sd, severe_shift=0.1)
    at = np.random.default_rng(4).uniform(-6, 6, size=(2, 300)) * sd[:, None]
    np.testing.assert_allclose(surface.risks(*at), all_risks(profile, at, at[1] + 0.1), atol=1e-4)


def test_averaging_over_a_posterior_is_quadrature_of_the_risk() -> None:
    """Five nodes agree with a Monte Carlo average over the same normals; sd 0 is the plain risk."""
    surface = risk_surface(PROFILES["phase2"], np.zeros(2), np.ones(2), severe_shift=0.0)
    mean, sd = np.array([[0.4], [-0.3]]), np.array([[0.35], [0.4]])
    z = np.random.default_rng(6).standard_normal((2, 100_000))
    sampled = surface.risks(*(mean + sd * z)).mean(axis=-1)
    np.testing.assert_allclose(surface.mean_risks(mean, sd)[..., 0], sampled, atol=2e-3)
    np.testing.assert_allclose(surface.mean_risks(mean, 0 * sd), surface.risks(*mean))
