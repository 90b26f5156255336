"""The rates of severe infection: published densities, inverses, the hazard of a first onset."""

import numpy as np
import pytest
from scipy.integrate import quad

from training.simulation.courses.clinical_course import (
    PLANTED,
    PROFILES,
    effect_shift,
    log_hazard_ratios,
)
from training.simulation.courses.infection_rates import (
    EARLY_RATE,
    RECURRENCE,
    RECURRENCE_DAYS,
    SEVERE_BY_DAY_60,
    cumulative_onset_hazard,
    expected_onsets,
    onset_day,
    severe_log_hr,
)


def test_early_and_late_densities_have_the_published_ratio() -> None:
    """Per day, days 0-28 against 29-90, as 2.36 to 0.98 (Maron et al. 2022)."""
    early, both = expected_onsets(np.array([28.0, 90.0]))
    assert (early / 28) / ((both - early) / 62) == pytest.approx(2.36 / 0.98)


@pytest.mark.parametrize("day", [0.5, 28.0, 50.0, 90.0, 170.0, 400.0])
def test_the_inverse_finds_the_day(day: float) -> None:
    """Days to expected onsets and back."""
    assert onset_day(float(expected_onsets(np.array(day)))) == pytest.approx(day)


def test_beyond_the_last_step_no_onset_comes() -> None:
    """More onsets than are ever expected lie at infinity."""
    assert onset_day(1e6) == np.inf


@pytest.mark.parametrize("day", [29.0, 60.0, 208.0, 393.0])
def test_the_first_onsets_hazard_is_the_integral_over_earlier_onsets(day: float) -> None:
    """Closed form against numerical integration of the recurrences from before the landmark."""

    def recurrence(start: float) -> float:
        waits = np.exp(-(np.array([28.0, day]) - start) / RECURRENCE_DAYS)
        return EARLY_RATE * RECURRENCE * float(waits[0] - waits[1])

    at = np.array(day)
    expected = expected_onsets(at) - expected_onsets(np.array(28.0)) + quad(recurrence, 0, 28)[0]
    assert cumulative_onset_hazard(at) == pytest.approx(float(expected))


@pytest.mark.parametrize("preset", ["null", "weak", "seed-optimistic"])
def test_effects_are_fatal_infections_and_keep_the_share_by_day_60(preset: str) -> None:
    """Differences between patients are the fatal ones; the mean share is 79 of 350."""
    rng = np.random.default_rng(8)
    latent = {name: rng.standard_normal(200_000) for names in PLANTED.values() for name in names}
    fatal = log_hazard_ratios(latent, preset, PROFILES["phase2"])[1]
    shift = effect_shift("fatal_infection", preset, PROFILES["phase2"])
    severe = np.broadcast_to(severe_log_hr(fatal, preset, shift), 200_000)
    np.testing.assert_allclose(severe - severe[0], np.broadcast_to(fatal - fatal.flat[0], 200_000))
    share = (1 - (1 - SEVERE_BY_DAY_60) ** np.exp(severe)).mean()
    assert share == pytest.approx(SEVERE_BY_DAY_60, abs=0.003)
