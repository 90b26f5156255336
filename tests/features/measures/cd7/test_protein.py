"""CD7-negative share by antibody: simulated antibodies of known share, and cells with protein."""

import math
from dataclasses import replace

import numpy as np
import pytest

from benchmarks import cd7_protein as benchmark
from features.arrays import Floats, Ints
from features.cells.cell_counts import CellCounts
from features.celltypes.cell_types import NAMES, Typing
from features.measures.cd7.protein import (
    MIN_BACKGROUND,
    antibody_capture,
    fit_background,
    gated_share,
    marked_share,
    protein_share,
)
from features.settings import data_dir

RATE, SIZE = 2.0, 6.0  # CD7 antibodies on a cell without CD7, per thousand others


def antibodies(
    rng: np.random.Generator, negative: int, positive: int, others: dict[str, int]
) -> tuple[CellCounts, Typing]:
    """T cells without and with CD7, then other types without; counts follow each cell's capture."""
    names = ["cd4_t"] * (negative + positive)
    for name, n in others.items():
        names += [name] * n
    n = len(names)
    capture = rng.lognormal(0.5, 0.5, n)
    mean = RATE * capture
    mean[negative : negative + positive] *= rng.lognormal(3.2, 0.5, positive)
    k = rng.negative_binomial(SIZE, SIZE / (SIZE + mean))
    proteins = np.stack([k, rng.poisson(0.4 * capture), rng.poisson(1e3 * capture)], axis=1)
    total = np.full(n, 4000)
    counts = CellCounts(
        total, total, total * 0, proteins.astype(np.int32), (),
        proteins=("CD7", "isotype", "other_antibodies"),
    )  # fmt: skip
    call = np.array([NAMES.index(name) for name in names], np.int8)
    return counts, Typing(call, np.ones(n, np.float32))


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 1.0])
def test_share_interval_and_posteriors(share: float) -> None:
    """Over 20 samples: the share within 3 points, the interval covers, posteriors add up to it."""
    covered = []
    for seed in range(20):
        n = round(400 * share)
        counts, typing = antibodies(
            np.random.default_rng(seed), n, 400 - n, {"cd14_monocyte": 60, "b": 30}
        )
        result = protein_share(counts, typing, typing.lineage_mask("t"))
        assert result is not None
        assert result.share.value == pytest.approx(share, abs=0.06)
        assert result.posterior.sum() / 400 == pytest.approx(result.share.value, abs=1e-9)
        low, high = result.interval
        covered.append(low - 0.01 <= share <= high + 0.01)
    assert sum(covered) >= 18


def test_the_error_is_that_of_other_cells() -> None:
    """The standard error is the SD over samples of the same blood, the gate fixed."""
    rng = np.random.default_rng(5)
    counts, _ = antibodies(rng, 4000, 12_000, {"b": 500})
    k, capture = counts.protein_counts("CD7").astype(np.int64), antibody_capture(counts)
    background = fit_background(k[16_000:], capture[16_000:])
    shares, errors = [], []
    for _ in range(300):
        cells = rng.choice(16_000, 300, replace=False)
        estimate = gated_share(k[cells], capture[cells], background).share
        shares.append(estimate.value)
        errors.append(estimate.se)
    assert np.mean(errors) == pytest.approx(np.std(shares), rel=0.15)


def test_a_gate_by_hand() -> None:
    """Poisson-like background of mean 3: the 95 % gate is 6, which holds 97 % of it."""
    k: Ints = np.array([0, 3, 6, 7, 50, 60, 70, 80], np.int64)
    background = fit_background(np.random.default_rng(0).poisson(3, 2000), np.zeros(2000))
    result = gated_share(k, np.zeros(8), background)
    assert result.posterior[:3].tolist() == [1, 1, 1]
    assert result.share.value == pytest.approx(3 / 8 / 0.966, abs=0.005)


@pytest.mark.parametrize("by_capture", [True, False])
def test_capture_is_used_where_it_explains(by_capture: bool) -> None:
    """Antibodies that follow the cell's capture are told from those that do not."""
    rng = np.random.default_rng(2)
    capture: Floats = rng.lognormal(0.5, 0.6, 200)
    k = rng.poisson(4 * capture if by_capture else np.full(200, 8.0))
    assert fit_background(k, capture).by_capture is by_capture


def test_outliers_do_not_move_the_background() -> None:
    """One doublet with a thousand counts among 30 cells is left out."""
    k = np.random.default_rng(1).poisson(3, 30)
    spoilt = k.copy()
    spoilt[0] = 1300
    assert fit_background(spoilt, np.zeros(30)).rate == pytest.approx(
        fit_background(k, np.zeros(30)).rate, rel=0.1
    )


def test_the_isotype_control_stands_in() -> None:
    """Without monocytes and B cells the control sets the gate; without it nothing does."""
    counts, typing = antibodies(np.random.default_rng(0), 200, 200, {"b": MIN_BACKGROUND - 1})
    t_cells = typing.lineage_mask("t")
    by_control = protein_share(counts, typing, t_cells)
    assert by_control is not None
    assert by_control.interval[0] < 0.5 < by_control.interval[1]
    bare = benchmark.without(counts, "isotype")
    nothing = protein_share(bare, typing, t_cells)
    assert nothing is not None
    assert nothing.interval == (0.0, 1.0)
    assert math.isnan(nothing.share.value)
    assert protein_share(benchmark.without(counts, "CD7"), typing, t_cells) is None


def test_a_lone_antibody_is_gated_on_b_cells() -> None:
    """Without other antibodies, monocytes that catch five times as many do not set the gate."""
    counts, typing = antibodies(np.random.default_rng(0), 200, 200, {"cd14_monocyte": 100, "b": 12})
    proteins = np.array(counts.low)
    proteins[typing.lineage_mask("monocyte"), 0] *= 5
    alone = benchmark.without(replace(counts, low=proteins), "isotype", "other_antibodies")
    result = protein_share(alone, typing, typing.lineage_mask("t"))
    assert result is not None
    assert result.share.value == pytest.approx(0.5, abs=0.08)


def test_the_order_of_cells_does_not_matter() -> None:
    """Over 5,000 T cells, of which some alone enter the interval, in any order."""
    counts, typing = antibodies(np.random.default_rng(0), 3000, 9000, {"b": 100})
    order = np.random.default_rng(1).permutation(counts.n_cells)
    results = [
        protein_share(some, types, types.lineage_mask("t"))
        for some, types in ((counts, typing), (counts.select(order), typing.select(order)))
    ]
    assert results[0] is not None
    assert results[1] is not None
    assert results[0].interval == pytest.approx(results[1].interval, abs=1e-12)
    assert results[0].share.value == pytest.approx(results[1].share.value, abs=1e-12)


def test_an_antibody_without_signal_marks_nothing() -> None:
    """The same counts in every cell mark no more than the gate's own twentieth."""
    counts, typing = antibodies(np.random.default_rng(0), 0, 300, {"cd14_monocyte": 100})
    marked = marked_share(counts, typing, typing.lineage_mask("t"))
    assert marked > 0.9
    noise = np.array(counts.low)
    noise[:, 0] = np.random.default_rng(1).poisson(50, counts.n_cells)
    noise[:, 2] = 1000
    assert marked_share(replace(counts, low=noise), typing, typing.lineage_mask("t")) < 0.05


def require_cells() -> None:
    """Skip where the cells with protein are not there."""
    for name, path in benchmark.FILES.items():
        if not (data_dir() / path).exists():
            pytest.skip(f"the data set {name} is not there; set CD7WATCH_DATA to the data's folder")


def test_mixtures_of_real_cells() -> None:
    """Mean error at most 3 points in both donors, RNA three times as far; the interval covers."""
    require_cells()
    table = benchmark.mixture_table()
    assert (table["|error| protein"] <= 3).all()
    assert (table["|error| RNA"] > 2 * table["|error| protein"]).all()
    assert table["|error| RNA"].mean() == pytest.approx(12, abs=2)
    assert (table["interval covers %"] >= 90).all()


def test_whole_samples_of_real_cells() -> None:
    """ECCITE's PBMC are 9 to 15 % CD7-negative by protein, whatever tells the background."""
    require_cells()
    table = benchmark.whole_samples()
    assert 9 <= table.loc[("ECCITE", "monocytes and B cells"), "share"] <= 15
    eccite = table.loc["ECCITE"]
    assert (eccite["low"] < 9.8).all()
    assert (eccite["high"] > 9.8).all()
