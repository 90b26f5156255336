"""Shares of a mixture: their errors, and what must not change them."""

import numpy as np
import pytest

from benchmarks._simulated_subsets import simulated_cells
from features.subsets.component_rates import ComponentRates, GeneSet, load_component_rates
from features.subsets.component_shares import (
    component_shares,
)

STATE = load_component_rates("t_state")
TRUE = np.array([0.4, 0.25, 0.05, 0.05, 0.25])


def without_spread(rates: ComponentRates) -> ComponentRates:
    """The same rates, known for certain."""
    sets = tuple(GeneSet(s.name, s.genes, s.rates, s.sizes, 0.0) for s in rates.gene_sets)
    return ComponentRates(rates.components, sets)


def test_intervals_cover_the_share_that_cells_were_drawn_at() -> None:
    """value +- 1.96 SE holds the true share in about 95 % of simulated samples, without bias."""
    rates, rng = without_spread(STATE), np.random.default_rng(1)
    errors, covers = [], []
    for _ in range(60):
        cells = simulated_cells(rates, TRUE, 300, rng)
        shares = component_shares(rates, rates.set_counts(cells), cells.depth / 1e4)
        se = np.sqrt(np.diag(shares.covariance))
        errors.append(shares.values - TRUE)
        covers.append(np.abs(shares.values - TRUE) <= 1.96 * se)
    assert np.abs(np.mean(errors, axis=0)).max() < 0.02
    assert np.mean(covers) > 0.9
    assert np.mean(covers) < 0.995


def test_the_error_holds_the_spread_of_rates() -> None:
    """Samples whose naive genes are at e^+-0.25 of their rates stay within two standard errors."""
    cells = simulated_cells(STATE, TRUE, 4000, np.random.default_rng(2))
    counts, depth = STATE.set_counts(cells), cells.depth / 1e4
    shares = component_shares(STATE, counts, depth)
    certain = component_shares(without_spread(STATE), counts, depth)
    naive = shares.weights("naive")
    np.testing.assert_allclose(certain.values, shares.values)
    assert shares.se(naive) > 3 * certain.se(naive)
    for sign in (1, -1):
        table = STATE.rates()
        table[0] *= np.exp(sign * 0.25)
        moved = component_shares(STATE, counts, depth, table)
        assert 0 < abs(moved.sum("naive") - shares.sum("naive")) < 1.2 * shares.se(naive)


def test_neither_order_nor_repetition_changes_shares() -> None:
    """Permuted cells give the same to 1e-9; each cell twice the same shares with smaller errors."""
    rng = np.random.default_rng(3)
    cells = simulated_cells(STATE, TRUE, 500, rng)
    counts, depth = STATE.set_counts(cells), cells.depth / 1e4
    shares, order = component_shares(STATE, counts, depth), rng.permutation(500)
    permuted = component_shares(STATE, counts[order], depth[order])
    np.testing.assert_allclose(permuted.values, shares.values, atol=1e-9)
    np.testing.assert_allclose(permuted.covariance, shares.covariance, atol=1e-9)
    twice = component_shares(STATE, np.repeat(counts, 2, axis=0), np.repeat(depth, 2))
    np.testing.assert_allclose(twice.values, shares.values, atol=1e-4)
    assert twice.se(twice.weights("naive")) < shares.se(shares.weights("naive"))


def test_errors_of_shares_cancel_in_their_sum() -> None:
    """All shares together are 1 without error."""
    cells = simulated_cells(STATE, TRUE, 300, np.random.default_rng(4))
    shares = component_shares(STATE, STATE.set_counts(cells), cells.depth / 1e4)
    assert shares.sum(*STATE.components) == pytest.approx(1)
    assert shares.se(np.ones(5)) == pytest.approx(0, abs=1e-3)
