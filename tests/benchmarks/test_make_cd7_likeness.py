"""The likeness of the activity claim is what its script finds on cells with measured protein."""

from pathlib import Path

import numpy as np

from benchmarks.make_cd7_likeness import products, read_cells, slope
from training.study.activity.unmixing import LIKENESS


def test_the_constant_is_what_the_script_finds(eccite: Path) -> None:
    """Forty random halvings of ECCITE's T cells give the shipped constant to 0.05."""
    cells = read_cells()
    assert abs(slope(cells, 40, np.random.default_rng(1)) - LIKENESS) < 0.05


def test_a_known_likeness_is_estimated() -> None:
    """Poisson cells whose dropouts stand 30 % of the way: the slope says so."""
    rng = np.random.default_rng(2)
    base, kind = rng.lognormal(-7, 0.5, 300), rng.normal(0, 0.8, 300)
    absent = np.repeat([True, False, False], [300, 500, 900])
    silent = np.repeat([True, True, False], [300, 500, 900])
    like = np.repeat([1.0, 0.3, 0.0], [300, 500, 900])[:, None]
    rates = base * (1 + like * (np.exp(kind) - 1))
    total = np.full(1700, 3000.0)
    cells = (rng.poisson(rates * 3000).astype(float), total, absent, silent)
    assert products(cells, rng).shape == (2,)
    assert abs(slope(cells, 20, rng) - 0.3) < 0.05
