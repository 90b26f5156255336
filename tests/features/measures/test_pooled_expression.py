"""Pooled levels against a slow version."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.measures.pooled_expression import influence, mean_log_expression, rate


def naive(x: np.ndarray, t: np.ndarray, w: np.ndarray) -> tuple[float, float]:
    """Slow: gene by gene and cell by cell, as the formula is written."""
    genes = x.shape[1]
    depth = sum(w[c] * t[c] for c in range(len(t)))
    rates = [sum(w[c] * x[c, g] for c in range(len(t))) / depth for g in range(genes)]
    value = sum(math.log(1 + 1e4 * r) for r in rates) / genes
    slopes = [1e4 / (1 + 1e4 * r) / genes for r in rates]
    squares, n = 0.0, 0
    for c in range(len(t)):
        if w[c] > 0:
            n += 1
            squares += (
                sum(w[c] * slopes[g] * (x[c, g] - rates[g] * t[c]) for g in range(genes)) ** 2
            )
    return value, math.sqrt(n / (n - 1) * squares) / depth


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**31))
def test_equals_the_formula(seed: int) -> None:
    """Value and standard error equal the slow version, and the cells' order changes nothing."""
    rng = np.random.default_rng(seed)
    t = rng.integers(400, 9000, 80)
    x = rng.poisson(t[:, None] / 1e4 * [0.3, 4.0, 40.0])
    w = rng.choice([0.0, 0.4, 1.0], 80, p=[0.1, 0.1, 0.8])
    level = mean_log_expression(x, t, w)
    assert (level.value, level.se) == pytest.approx(naive(x, t, w), rel=1e-9)
    order = rng.permutation(80)
    again = mean_log_expression(x[order], t[order], w[order])
    assert (again.value, again.se) == pytest.approx((level.value, level.se), rel=1e-9)


def test_missing_under_fifty_cells_of_weight() -> None:
    """49 cells, or 98 cells of half a weight, carry no level."""
    one = np.ones((98, 1), int)
    assert math.isnan(mean_log_expression(one[:49], np.full(49, 1000)).value)
    half = mean_log_expression(one, np.full(98, 1000), np.full(98, 0.5))
    assert math.isnan(half.value)
    assert math.isnan(half.se)
    assert mean_log_expression(one[:50], np.full(50, 1000)).value == pytest.approx(math.log(11))


def test_influence_predicts_leaving_a_cell_out() -> None:
    """A cell's influence is, to first order, how far the rate moves without it."""
    rng = np.random.default_rng(3)
    t = rng.integers(2000, 4000, 500)
    x = rng.poisson(t / 1e4 * 20)
    cells = np.arange(500) < 400
    influences = influence(x, t, cells)
    assert (influences[400:] == 0).all()
    for i in range(5):
        rest = cells & (np.arange(500) != i)
        change = rate(x[cells], t[cells]) - rate(x[rest], t[rest])
        assert influences[i] == pytest.approx(change, rel=0.02)
