"""The simulated blood count agrees with the simulated cells."""

import numpy as np
import pytest

from features.schema import ALL_FEATURES
from training.simulation.blood.blood_counts import (
    COUNTS,
    STRATEGIES,
    blood_counts,
    hours_to_freezing,
    monocytes_per_lymphocyte,
    strategies,
)
from training.simulation.blood.latent_state import BloodState, draw_state
from training.simulation.cells.reference_genes import simulated_genome

N = 3000
TYPES = simulated_genome().types


@pytest.fixture(scope="module")
def state() -> BloodState:
    """Blood of 3,000 responders."""
    return draw_state(2, N, TYPES, np.ones(N, bool))


def test_counts_are_plausible_and_some_are_missing(state: BloodState) -> None:
    """Values within the schema's ranges; 3 to 15 % missing at random."""
    counts = blood_counts(state, TYPES)
    assert tuple(counts) == COUNTS
    for name, values in counts.items():
        feature = ALL_FEATURES[name]
        assert 0.02 < np.isnan(values).mean() < 0.18
        assert np.nanmin(values) >= feature.low
        assert np.nanmax(values) <= feature.high


def test_the_rarest_values_stay_plausible() -> None:
    """A C-reactive protein that the law puts above any laboratory's range is reported at its end.

    Among 5,000 patients of this seed one value would be above 100 mg/dL.
    """
    rare = draw_state(987_654, 5000, TYPES, np.ones(5000, bool))
    assert np.nanmax(blood_counts(rare, TYPES)["crp"]) == ALL_FEATURES["crp"].high


def test_monocytes_per_lymphocyte_agree_with_the_cells(state: BloodState) -> None:
    """ln(AMC / ALC) is the cells' log ratio with an error of SD 0.2; wbc is about the sum."""
    counts = blood_counts(state, TYPES)
    error = np.log(counts["amc"] / counts["alc"]) - np.log(monocytes_per_lymphocyte(state, TYPES))
    assert np.nanmean(error) == pytest.approx(0.0, abs=0.02)
    assert np.nanstd(error) == pytest.approx(0.2, abs=0.02)
    total = counts["anc"] + counts["amc"] + counts["alc"]
    np.testing.assert_allclose((counts["wbc"] / (total + 0.05))[~np.isnan(total)
                               & ~np.isnan(counts["wbc"])], 1, atol=0.02)  # fmt: skip


def test_marrow_and_inflammation_follow_the_state(state: BloodState) -> None:
    """Platelets fall with the monocytes, CRP rises with exhaustion, both only in part."""
    counts = blood_counts(state, TYPES)
    pairs = (("plt", "log_monocyte_lymphocyte_ratio"), ("crp", "cd7neg_t_exhaustion"))
    for name, latent in pairs:
        has_value = ~np.isnan(counts[name])
        r = np.corrcoef(np.log(counts[name][has_value]), state.level[latent][has_value])[0, 1]
        assert 0.2 < r < 0.6


def test_products_are_mostly_selected_or_knocked_out(state: BloodState) -> None:
    """Shares follow the table; hours to freezing are positive."""
    names = strategies(state)
    for name, share in STRATEGIES.items():
        assert (names == name).mean() == pytest.approx(share, abs=0.03)
    assert (hours_to_freezing(state) > 0).all()
