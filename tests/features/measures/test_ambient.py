"""Ambient fraction from tracers in T and NK cells."""

import math

import numpy as np
import pytest

from features.cells.cell_counts import CellCounts
from features.celltypes.cell_types import NAMES, Typing
from features.genes.panels import AMBIENT_TRACERS
from features.measures.ambient import estimate_ambient

GENES = ("LYZ", "VCAN", "CD3D")


def sample(share: float, monocytes: int = 200, doublets: int = 0) -> tuple[CellCounts, Typing]:
    """Monocytes and 800 T cells with a known ambient share; doublets are half a monocyte."""
    rng = np.random.default_rng(1)
    rates_by_type = {
        "cd14_monocyte": [90.0, 10.0, 0.0],
        "cd4_t": [0.0, 0.0, 6.0],
        "doublet": [45.0, 5.0, 3.0],
    }
    names = ["cd14_monocyte"] * monocytes + ["cd4_t"] * 800 + ["doublet"] * doublets
    rates = np.array([rates_by_type[name] for name in names])
    total = rng.integers(1500, 4500, len(names))
    singles = np.array([name != "doublet" for name in names])
    profile = (rates * total[:, None])[singles].sum(axis=0) / total[singles].sum()
    panel = rng.poisson(total[:, None] / 1e4 * ((1 - share) * rates + share * profile))
    call = np.array([NAMES.index(name) for name in names], np.int8)
    counts = CellCounts(total, total, total * 0, panel.astype(np.int32), GENES)
    return counts, Typing(call, np.ones(len(names), np.float32))


@pytest.mark.parametrize("share", [0.0, 0.02, 0.1, 0.3])
def test_the_share_is_estimated(share: float) -> None:
    """The estimate is within three of its standard errors of the truth, doublets or not."""
    for doublets in (0, 60):
        fraction = estimate_ambient(*sample(share, doublets=doublets)).fraction()
        assert abs(fraction.value - share) <= 3 * fraction.se + 1e-12


def test_missing_without_monocytes_or_tracers() -> None:
    """Under 50 monocytes ambient RNA has no tracers: missing, not zero."""
    assert math.isnan(estimate_ambient(*sample(0.1, monocytes=49)).fraction().value)
    counts, typing = sample(0.1)
    blank = CellCounts(
        counts.total, counts.n_genes, counts.mito, counts.panel[:, 2:], ("CD3D",), ("LYZ", "VCAN")
    )
    fraction = estimate_ambient(blank, typing).fraction()
    assert math.isnan(fraction.value)
    assert math.isnan(fraction.se)


def six_tracers(share: float, odd: float = 1.0) -> tuple[CellCounts, Typing]:
    """Like `sample` with all six tracers at 20 in monocytes; ambient RNA holds LYZ `odd`-fold."""
    rng = np.random.default_rng(2)
    names = ["cd14_monocyte"] * 200 + ["cd4_t"] * 800
    total = rng.integers(1500, 4500, 1000)
    monocyte = np.arange(1000) < 200
    profile = np.full(6, 20.0 * total[monocyte].sum() / total.sum())
    profile[AMBIENT_TRACERS.index("LYZ")] *= odd
    rates = (1 - share) * 20.0 * monocyte[:, None] + share * profile
    panel = rng.poisson(total[:, None] / 1e4 * rates).astype(np.int32)
    call = np.array([NAMES.index(name) for name in names], np.int8)
    counts = CellCounts(total, total, total * 0, panel, AMBIENT_TRACERS)
    return counts, Typing(call, np.ones(1000, np.float32))


def test_one_odd_tracer_does_not_decide() -> None:
    """LYZ six-fold in ambient RNA doubles the summed share and hardly moves the median."""
    counts, typing = six_tracers(0.2, odd=6.0)
    lymphoid = typing.lineage_mask("t")
    tracer_sum = counts.summed_umis(AMBIENT_TRACERS)
    summed_share = (tracer_sum[lymphoid].sum() / counts.total[lymphoid].sum()) / (
        tracer_sum.sum() / counts.total.sum()
    )
    assert summed_share > 0.3
    assert estimate_ambient(counts, typing).rho == pytest.approx(0.2, abs=0.04)


def test_error_of_the_median_is_that_of_its_middle_tracers() -> None:
    """Where tracers agree it is that of two tracers: the bootstrap's or more, under 2.5-fold."""
    counts, typing = six_tracers(0.1)
    rng = np.random.default_rng(5)
    draws = [rng.integers(0, 1000, 1000) for _ in range(200)]
    boot = np.std([estimate_ambient(counts.select(i), typing.select(i)).rho for i in draws])
    se = estimate_ambient(counts, typing).fraction().se
    assert 0.85 * boot < se < 2.5 * boot


def test_influences_sum_to_nothing() -> None:
    """First-order influences of all cells cancel."""
    for estimate in (estimate_ambient(*sample(0.1)), estimate_ambient(*six_tracers(0.1))):
        assert abs(estimate.influence.sum()) < 1e-12
