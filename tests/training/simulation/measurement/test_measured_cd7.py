"""CD7-negative share without count files: error through the NK cells, ends and missing values."""

from dataclasses import replace

import numpy as np
import pytest

from features.measures.cd7.component_rates import ComponentRate, TwoComponentRates, scaled
from features.measures.cd7.mixture import mle_share, share_change
from features.measures.cd7.rna_share import load_calibration, pooled_rate
from training.simulation.blood.latent_state import BASELINE, LANDMARK, BloodState, draw_state
from training.simulation.cells.expression_profiles import kinds
from training.simulation.cells.reference_genes import simulated_genome
from training.simulation.measurement.measured_cd7 import cd7_columns, cd7_estimate, nk_error
from training.simulation.measurement.pooled_sums import PooledSums, draw_sums, t_kinds

GENOME, N = simulated_genome(), 1500


@pytest.fixture(scope="module")
def state() -> BloodState:
    """Blood of 1,500 responders."""
    return draw_state(12, N, GENOME.types, np.ones(N, bool))


@pytest.fixture(scope="module")
def sums(state: BloodState) -> PooledSums:
    """Their pooled sums of 500 cells."""
    return draw_sums(12, state, 500, GENOME)


def simulated_t_cells(
    share: float, n: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, TwoComponentRates]:
    """CD7 UMIs and depth of n gamma-Poisson T cells at the calibrated rates."""
    rates = load_calibration()
    depth = 0.18 * np.exp(0.4 * rng.standard_normal(n))
    rate = np.where(rng.random(n) < share, rates.negative.rate, rates.positive.rate)
    return rng.poisson(depth * rate * rng.gamma(3, 1 / 3, n)), depth, rates


def nk_cells(sums: PooledSums) -> np.ndarray:
    """Number of NK cells, (n, k)."""
    cells: np.ndarray = sums.cells[..., [name == "nk" for name, _ in kinds(GENOME)]].sum(axis=-1)
    return cells


@pytest.mark.parametrize("share", [0.1, 0.5, 0.8, 0.95])
def test_the_standards_error_moves_the_share_as_in_the_cell_path(share: float) -> None:
    """0.5 - 0.4 share^2 is the likeliest share's change with the log rate, of 4,000 cells drawn."""
    rng = np.random.default_rng(3)
    k, depth, rates = simulated_t_cells(share, 4000, rng)
    value, _ = mle_share(k, depth, rates)
    assert share_change(k, depth, rates, value) == pytest.approx(0.5 - 0.4 * share**2, abs=0.06)
    moved, _ = mle_share(k, depth, scaled(rates, 1.05))
    assert (moved - value) / np.log(1.05) == pytest.approx(0.5 - 0.4 * share**2, abs=0.08)


def test_nk_error_is_that_of_gamma_poisson_cells() -> None:
    """1 / UMIs and the spread between cells give the SD of 4,000 drawn rates of 40 cells."""
    rng = np.random.default_rng(4)
    depth = 0.2 * np.exp(0.4 * rng.standard_normal((4000, 40)))
    healthy = ComponentRate(20.9, 3.0, 0.0).rate
    umis = rng.poisson(depth * healthy * rng.gamma(3, 1 / 3, depth.shape))
    rates = umis.sum(axis=1) / depth.sum(axis=1)
    state = draw_state(1, 1, GENOME.types, np.ones(1, bool))
    sums = draw_sums(1, state, 500, GENOME)
    is_nk = np.array([name == "nk" for name, _ in kinds(GENOME)])
    forty = replace(
        sums,
        cells=np.where(is_nk, 40.0, sums.cells),
        depth=np.where(is_nk, 1e4 * depth.sum(axis=1).mean(), sums.depth),
    )
    error, has_standard = nk_error(forty, state.day, GENOME)
    assert error[0, BASELINE] == pytest.approx(np.log(rates).std(), rel=0.05)
    assert has_standard[0, BASELINE]


def test_few_nk_cells_are_no_standard(sums: PooledSums, state: BloodState) -> None:
    """Under 20 NK cells never; with more always before infusion and in nine of ten after it."""
    _, has_standard = nk_error(sums, state.day, GENOME)
    many = nk_cells(sums) >= 25
    assert not has_standard[nk_cells(sums) < 20].any()
    assert has_standard[:, BASELINE][many[:, BASELINE]].mean() > 0.98
    assert 0.88 < has_standard[:, LANDMARK][many[:, LANDMARK]].mean() < 0.96


def test_more_nk_cells_make_the_share_more_precise(sums: PooledSums, state: BloodState) -> None:
    """Four times the NK cells and UMIs leave less error, and the stated error is about the real."""
    is_nk = np.array([name == "nk" for name, _ in kinds(GENOME)])
    positive, negative = t_kinds(GENOME)
    true = sums.cells[..., negative].sum(-1) / sums.cells[..., [*positive, *negative]].sum(-1)
    usual = (nk_cells(sums) >= 25) & (true > 0.3) & (true < 0.95)
    errors, stated = [], []
    for factor in (1.0, 4.0):
        more = replace(
            sums,
            cells=np.where(is_nk, factor * sums.cells, sums.cells),
            depth=np.where(is_nk, factor * sums.depth, sums.depth),
        )
        _, has_standard = nk_error(more, state.day, GENOME)
        estimate = cd7_estimate(more, state.day, GENOME)
        at = usual & has_standard
        errors.append((estimate.value - true)[at].std())
        stated.append(estimate.se[at].mean())
    assert errors[1] < 0.9 * errors[0]
    assert stated[1] < 0.9 * stated[0]
    assert errors[0] == pytest.approx(stated[0], rel=0.35)


def test_the_rates_error_is_that_over_cells(sums: PooledSums, state: BloodState) -> None:
    """`cd7_t_rate_se` is near the pooled rate's linearised error of as many T cells drawn."""
    columns = cd7_columns(sums, state.day, np.zeros((N, 1), bool), GENOME)
    rng = np.random.default_rng(5)
    for patient in range(6):
        n = int(sums.cells[patient, BASELINE, np.concatenate(t_kinds(GENOME))].sum())
        k, depth, _ = simulated_t_cells(float(state.cd7_negative[patient, BASELINE]), n, rng)
        error = pooled_rate(k, depth).se
        assert columns["cd7_t_rate_se"][patient, BASELINE] == pytest.approx(error, rel=0.35)


def test_blocked_products_and_wide_intervals_are_unresolved(
    sums: PooledSums, state: BloodState
) -> None:
    """No value where the ends are over 50 points apart; no end either where CD7 is hidden."""
    blocked = (np.arange(N) % 4 == 0)[:, None]
    columns = cd7_columns(sums, state.day, blocked, GENOME)
    width = columns["cd7neg_t_fraction_high"] - columns["cd7neg_t_fraction_low"]
    assert np.isnan(width[blocked[:, 0]]).all()
    np.testing.assert_array_equal(
        np.isnan(columns["cd7neg_t_fraction"]), columns["cd7neg_unresolved"] == 1
    )
    of_others = columns["cd7neg_unresolved"][~blocked[:, 0]] == 1
    np.testing.assert_array_equal(of_others, width[~blocked[:, 0]] > 0.5)
    assert 0.0 < of_others.mean() < 0.15
