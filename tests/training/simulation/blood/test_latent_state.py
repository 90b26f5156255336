"""The simulated blood's invariants."""

import numpy as np
import pytest

from training.simulation.blood.latent_state import (
    BASELINE,
    FLUCTUATION,
    LANDMARK,
    LATENTS,
    PERSISTENCE,
    SITE_SHARES,
    BloodState,
    draw_state,
)
from training.simulation.cells.reference_genes import simulated_genome

N = 4000


@pytest.fixture(scope="module")
def state() -> BloodState:
    """Blood of 4,000 patients, every tenth a non-responder."""
    return draw_state(1, N, simulated_genome().types, np.arange(N) % 10 > 0)


def test_shares_lie_between_zero_and_one_and_add_up(state: BloodState) -> None:
    """Composition sums to 1; ambient RNA stays within 2-20 %."""
    np.testing.assert_allclose(state.composition.sum(axis=2), 1.0)
    assert (state.composition >= 0).all()
    assert ((state.cd7_negative > 0) & (state.cd7_negative < 1)).all()
    assert ((state.ambient >= 0.02) & (state.ambient <= 0.20)).all()


def test_latents_are_standard_normal_and_independent(state: BloodState) -> None:
    """Means 0, SDs 1, correlations 0, within four standard errors."""
    z = np.stack([state.latent[name] for name in LATENTS])
    assert np.abs(z.mean(axis=1)).max() < 4 / N**0.5
    assert np.abs(z.std(axis=1) - 1).max() < 4 / (2 * N) ** 0.5
    off = np.corrcoef(z) - np.eye(len(LATENTS))
    assert np.abs(off).max() < 4.5 / N**0.5


def test_a_sample_shows_the_state_and_the_baseline_half_of_it(state: BloodState) -> None:
    """Correlation with z: 1 / sqrt(1 + 0.3^2) at the landmark, half that at baseline."""
    name = LATENTS[0]
    for occasion, share in ((LANDMARK, 1.0), (BASELINE, PERSISTENCE)):
        correlation = np.corrcoef(state.latent[name], state.level[name][:, occasion])[0, 1]
        assert correlation == pytest.approx(share / (1 + FLUCTUATION**2) ** 0.5, abs=0.05)


def test_days_sites_and_spoilt_samples(state: BloodState) -> None:
    """Baseline near day -5, landmark on days 21-28, three sites, a few percent spoilt."""
    assert (np.abs(state.day[:, BASELINE] + 5) <= 4).all()
    assert ((state.day[:, LANDMARK] >= 21) & (state.day[:, LANDMARK] <= 28)).all()
    np.testing.assert_allclose(np.bincount(state.site) / N, SITE_SHARES, atol=0.03)
    assert 0.01 < (state.poor > 0).mean() < 0.05


def test_blasts_remain_at_the_landmark_only_without_response(state: BloodState) -> None:
    """Responders have none at day 21-28, non-responders do."""
    blasts = state.composition[:, LANDMARK, simulated_genome().types.index("blast_like_t")]
    non_responders = np.arange(N) % 10 == 0
    assert (blasts[~non_responders] == 0).all()
    assert (blasts[non_responders] > 0).all()
