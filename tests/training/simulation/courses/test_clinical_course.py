"""The course's marginal rates, its hazards and its shift, for 20,000 patients."""

import functools
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter
from scipy import stats

from training.simulation.courses.clinical_course import (
    COURSE_UNIFORMS,
    DAYS_PER_MONTH,
    PLANTED,
    PROFILES,
    Cause,
    ClinicalCourse,
    Profile,
    base_rate_shift,
    draw_course,
    latent_time,
    log_hazard_ratios,
    to_day,
)

N = 20_000
NAMES = [name for planted in PLANTED.values() for name in planted]


def simulate(profile: Profile, preset: str) -> tuple[ClinicalCourse, pd.DataFrame]:
    """A large cohort's courses and their planted latent values."""
    rng = np.random.default_rng(11)
    latent = {name: rng.standard_normal(N) for name in NAMES}
    log_hr = log_hazard_ratios(latent, preset, profile)
    uniforms = 1 - rng.random((N, COURSE_UNIFORMS))
    return draw_course(profile, log_hr, uniforms, rng.standard_normal(N)), pd.DataFrame(latent)


@functools.cache
def phase(name: str) -> ClinicalCourse:
    """A null cohort of one trial's profile."""
    return simulate(PROFILES[name], "null")[0]


def median_error(months: np.ndarray) -> float:
    """Sampling standard error of a median, from the spread of its order statistics."""
    low, high = np.sort(months)[[int(N / 2 - np.sqrt(N) / 2), int(N / 2 + np.sqrt(N) / 2)]]
    return float(high - low) / 2


@pytest.mark.parametrize(
    ("months", "published"), [("event", 5.0), ("death", 8.5)], ids=["event-free", "overall"]
)
def test_phase_two_median_survival_is_the_published_one(months: str, published: float) -> None:
    """Medians of 20,000 lie within three standard errors of the trial's, which it gives to 0.1."""
    event_months = getattr(phase("phase2"), months)
    error = median_error(event_months)
    assert np.median(event_months) == pytest.approx(published, abs=3 * error + 0.05)


@pytest.mark.parametrize(
    ("rate", "published"),
    [("non_relapse", 0.20), ("infection", 0.09), ("transplant", 0.35), ("response", 0.89)],
)
def test_phase_two_rates_are_the_published_ones(rate: str, published: float) -> None:
    """Rates of 20,000 lie within three standard errors of the trial's, which it gives to 1 %."""
    course = phase("phase2")
    infection, other = np.isfinite(course.infection), np.isfinite(course.other)
    rates = {
        "non_relapse": infection | other,
        "infection": infection,
        "transplant": np.isfinite(course.transplant),
        "response": course.response,
    }
    error = (published * (1 - published) / N) ** 0.5
    assert rates[rate].mean() == pytest.approx(published, abs=3 * error + 0.005)


def test_phase_one_is_within_the_trials_intervals() -> None:
    """Of 20 patients 30 % relapsed; progression-free 36.8 % at 24 months, median 11.0."""
    course = phase("phase1")
    has_relapse = np.isfinite(course.relapse) & (course.relapse < 24)
    assert has_relapse.mean() == pytest.approx(0.30, abs=0.03)
    assert (course.event > 24).mean() == pytest.approx(0.368, abs=0.03)
    assert 6.7 < np.median(course.event) < 12.5
    assert 4.0 < np.median(course.relapse[has_relapse]) < 10.9


def test_nobody_dies_within_thirty_days() -> None:
    """The phase II trial saw no death in 30 days."""
    assert to_day(phase("phase2").death).min() > 30


def test_only_one_first_event_and_only_responders_have_it() -> None:
    """A patient relapses or dies without relapse, never both, and a non-responder neither."""
    course = phase("phase2")
    causes = np.stack([course.relapse, course.infection, course.other])
    n_events = np.isfinite(causes).sum(axis=0)
    assert set(np.unique(n_events[course.response])) == {0, 1}
    assert not n_events[~course.response].any()
    assert (course.death >= course.event).all()


@pytest.mark.parametrize("log_hr", [-0.7, 0.0, 0.9])
def test_a_log_hazard_ratio_multiplies_the_whole_hazard(log_hr: float) -> None:
    """Latent times follow P(T > t) = (1 - s W(t))^exp(eta) (Kolmogorov-Smirnov)."""
    cause = Cause(0.8, 1.5, 4.0)
    uniform = 1 - np.random.default_rng(3).random(N)
    months = latent_time(cause, log_hr, uniform)
    ever = 1 - (1 - cause.susceptible) ** np.exp(log_hr)
    assert np.isfinite(months).mean() == pytest.approx(ever, abs=0.015)

    def conditional(t: np.ndarray) -> np.ndarray:
        return (1 - (1 - 0.8 * cause.distribution(t)) ** np.exp(log_hr)) / ever

    assert stats.kstest(months[np.isfinite(months)], conditional).pvalue > 0.001


@pytest.mark.parametrize(("preset", "b"), [("null", 0.0), ("weak", 0.3), ("seed-optimistic", 0.8)])
def test_a_cox_model_finds_the_planted_log_hazard_ratios(preset: str, b: float) -> None:
    """Cause-specific Cox coefficients without transplants are sign x b, 0 for other features."""
    profile = replace(PROFILES["phase2"], transplant=0.0)
    course, latent = simulate(profile, preset)
    end = np.minimum(np.minimum(course.event, course.other), 30.0)
    for endpoint, months in (("relapse", course.relapse), ("fatal_infection", course.infection)):
        frame = latent.assign(month=end, event=months <= end)[course.response][:6000]
        model = CoxPHFitter().fit(frame, "month", "event")
        expected = pd.Series(b * pd.Series(dict(PLANTED[endpoint]))).reindex(NAMES).fillna(0.0)
        error = (model.params_[NAMES] - expected).abs() / model.standard_errors_[NAMES]
        assert (error < 4).all(), error


@pytest.mark.parametrize("rate", [0.1, 0.4, 0.8])
def test_the_shift_keeps_the_rate(rate: float) -> None:
    """Averaged over 200,000 draws the shifted hazards give the rate they started from."""
    eta = 0.9 * np.random.default_rng(5).standard_normal(200_000) + base_rate_shift(rate, 0.9)
    assert (1 - (1 - rate) ** np.exp(eta)).mean() == pytest.approx(rate, abs=0.003)


def test_presets_keep_the_rate_at_the_primary_horizon() -> None:
    """Strong effects leave the share of relapses by day 208 within 2.5 points of the null's."""
    strong, _ = simulate(PROFILES["phase2"], "seed-optimistic")
    for months in ("relapse", "infection"):
        of_null, of_strong = (
            (getattr(course, months) * DAYS_PER_MONTH <= 208).mean()
            for course in (phase("phase2"), strong)
        )
        assert of_strong == pytest.approx(of_null, abs=0.025)
