"""Features from pooled sums: formulas, missingness and ranges."""

import numpy as np
import pytest

from features import schema
from features.measures.pooled_expression import mean_log_expression
from training.simulation.blood.latent_state import BloodState, draw_state
from training.simulation.cells.reference_genes import simulated_genome
from training.simulation.measurement.measured_features import (
    _log_level,
    _mixed_level,
    feature_columns,
)
from training.simulation.measurement.pooled_sums import draw_sums

GENOME, N = simulated_genome(), 1500


@pytest.fixture(scope="module")
def state() -> BloodState:
    """Blood of 1,500 responders."""
    return draw_state(10, N, GENOME.types, np.ones(N, bool))


@pytest.fixture(scope="module")
def columns(state: BloodState) -> dict[str, np.ndarray]:
    """Their features; every fifth product hides CD7."""
    return feature_columns(draw_sums(10, state, 500, GENOME), state, np.arange(N) % 5 == 0, GENOME)


def test_every_column_is_there_and_in_range(columns: dict[str, np.ndarray]) -> None:
    """All numbers of a sample, in the schema's order, each within its plausible range."""
    assert tuple(columns) == schema.SAMPLE_NUMBERS
    for feature in schema.SAMPLE_FEATURES:
        values = columns[feature.name][~np.isnan(columns[feature.name])]
        assert ((values >= feature.low) & (values <= feature.high)).all(), feature.name


def test_levels_are_the_cell_paths_formula() -> None:
    """Value and error of pooled sums equal those over the cells, for gamma-Poisson cells."""
    rng = np.random.default_rng(1)
    n, mean = 4000, np.array([0.5, 3.0])
    counts = rng.poisson(mean * rng.gamma(3, 1 / 3, size=(n, 2)))
    total = np.full(n, 3000)
    by_cell = mean_log_expression(counts, total)
    value, error = _log_level(counts.sum(axis=0).astype(float), total.sum() * 1.0, np.float64(n))
    assert value == pytest.approx(by_cell.value, rel=1e-12)
    assert error == pytest.approx(by_cell.se, rel=0.05)


def test_a_mixture_of_kinds_has_the_error_of_its_cells() -> None:
    """Pooling 300 cells of level 2 with 100 of level 60 per cell gives the error over all cells."""
    rng = np.random.default_rng(2)
    groups = [rng.poisson(m * rng.gamma(3, 1 / 3, size=n)) for m, n in ((2, 3000), (60, 1000))]
    total = np.full(4000, 3000)
    by_cell = mean_log_expression(np.concatenate(groups)[:, None], total)
    value, error = _mixed_level(
        np.array([g.sum() for g in groups], float), 3000.0 * np.array([3000, 1000]),
        np.array([3000.0, 1000.0]),
    )  # fmt: skip
    assert value == pytest.approx(by_cell.value, rel=1e-12)
    assert error == pytest.approx(by_cell.se, rel=0.05)


def test_missing_follows_what_the_blood_is_like(columns: dict[str, np.ndarray]) -> None:
    """Monocyte levels are missing exactly under 50 monocytes, CD7 features where hidden."""
    few = columns["no_monocytes"] == 1
    assert 0.02 < few.mean() < 0.3
    np.testing.assert_array_equal(np.isnan(columns["s100a8a9_monocyte"]), few)
    blocked = np.arange(N) % 5 == 0
    assert np.isnan(columns["cd7neg_t_fraction"][blocked]).all()
    assert np.isnan(columns["cd7neg_t_activation"][blocked]).all()
    assert not np.isnan(columns["monocyte_fraction"]).any()


def test_log_ratios_are_those_of_the_cells_drawn(columns: dict[str, np.ndarray]) -> None:
    """The CLR of CD14 monocytes less that of NK cells is the log ratio of both shares drawn."""
    monocytes, nk = columns["cd14_monocyte_fraction"], columns["nk_fraction"]
    usual = (nk > 0.05) & (monocytes > 0.05)
    difference = (columns["clr_cd14_monocyte"] - columns["clr_nk"])[usual]
    np.testing.assert_allclose(difference, np.log(monocytes[usual] / nk[usual]), atol=0.02)


def test_the_cd7_interval_holds_the_true_share(
    columns: dict[str, np.ndarray], state: BloodState
) -> None:
    """Estimates follow the true CD7-negative share, and their 90 % intervals hold it."""
    values = ~np.isnan(columns["cd7neg_t_fraction"])
    true = state.cd7_negative[values]
    assert np.corrcoef(columns["cd7neg_t_fraction"][values], true)[0, 1] > 0.95
    low, high = (columns[f"cd7neg_t_fraction_{end}"][values] for end in ("low", "high"))
    assert ((low <= true) & (true <= high)).mean() > 0.88
