"""NK cells as the sample's own CD7 standard: when they may be one, and what it mends."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.cells import eccite as read_eccite
from benchmarks.cells import pbmc3k as read_pbmc3k
from features.cells.cell_counts import CellCounts
from features.celltypes.cell_types import NAMES, Typing, type_cells
from features.measures.cd7.component_rates import ComponentRate
from features.measures.cd7.nk_standard import (
    MAX_CD7_NEGATIVE,
    MIN_NK_CELLS,
    MIN_NK_UMIS,
    NK_LOG_SD,
    NkStandard,
    cd7_negative_share,
    nk_standard,
    standardised,
)
from features.measures.cd7.rna_share import (
    cd7_features,
    load_calibration,
    load_nk_rate,
    sample_standard,
)
from features.measures.cd7.source import is_before_infusion, measure_cd7

RATES, HEALTHY = load_calibration(), load_nk_rate()
CHEMISTRY = "10x 5'"


def nk_cells(n: int, factor: float = 1.0, lost: float = 0.0, seed: int = 0) -> tuple:  # type: ignore[type-arg]
    """CD7 counts and depths of NK cells at a multiple of the healthy rate, some without CD7."""
    rng = np.random.default_rng(seed)
    depth = rng.lognormal(np.log(0.15), 0.4, n)
    is_lost = np.arange(n) < lost * n
    mean = depth * np.where(is_lost, RATES.negative.rate, HEALTHY.rate * factor)
    size = np.where(is_lost, RATES.negative.size, HEALTHY.size)
    return rng.negative_binomial(size, size / (size + mean)), depth


def standard(k: np.ndarray, depth: np.ndarray, *, before: bool) -> NkStandard | None:
    """The standard at the shipped rates."""
    return nk_standard(k, depth, HEALTHY, negative=RATES.negative, before_infusion=before)


@pytest.mark.parametrize("factor", [0.5, 0.7, 1.0, 1.4])
def test_the_factor_comes_back_with_its_error(factor: float) -> None:
    """Over samples of 100 NK cells the factor is unbiased and spreads as its error says."""
    results = [standard(*nk_cells(100, factor, seed=seed), before=True) for seed in range(200)]
    logs = [math.log(result.factor) for result in results if result is not None]
    assert len(logs) == 200
    assert np.mean(logs) == pytest.approx(math.log(factor), abs=0.04)
    told = np.mean([result.sampling_sd for result in results if result is not None])
    assert told == pytest.approx(np.std(logs), rel=0.2)
    assert all(result.log_sd > max(NK_LOG_SD, result.sampling_sd) for result in results if result)


def test_too_few_cells_or_umis_or_no_cd7_are_no_standard() -> None:
    """Each limit alone refuses, before infusion too; just over it the standard is there."""
    depth = np.full(MIN_NK_CELLS, 0.15)
    k = np.full(MIN_NK_CELLS, 3)
    assert standard(k, depth, before=True) is not None
    assert standard(k[1:], depth[1:], before=True) is None
    few = np.zeros(200, np.int64)
    few[: MIN_NK_UMIS - 1] = 1
    assert standard(few, np.full(200, 0.01), before=True) is None
    few[MIN_NK_UMIS - 1] = 1
    assert standard(few, np.full(200, 0.01), before=True) is not None
    assert standard(few, np.full(200, 0.15), before=True) is None  # 1 UMI per 10,000


@pytest.mark.parametrize(
    ("factor", "lost", "before", "after"),
    [(1.0, 0.0, True, True), (1.0, 0.5, True, False), (1.0, 0.95, False, False),
     (0.3, 0.0, False, False), (0.55, 0.0, True, False), (1.4, 0.4, True, False)],
)  # fmt: skip
def test_survivors_of_the_product_are_no_standard(
    factor: float, lost: float, before: bool, after: bool
) -> None:
    """NK cells low in CD7, or half without it, count before infusion alone, if at all."""
    for is_before, expected in ((True, before), (False, after)):
        results = [
            standard(*nk_cells(200, factor, lost, seed), before=is_before) for seed in range(20)
        ]
        share = np.mean([result is not None for result in results])
        assert share >= 0.9 if expected else share <= 0.1


def naive_lost_share(k: np.ndarray, depth: np.ndarray) -> float:
    """Slow: cell by cell with scipy over shares, none of them grouped."""
    from scipy.stats import nbinom

    rate = k.sum() / depth.sum()
    logs, shares = [], np.arange(0, 0.90, 0.025)
    for share in shares:
        mean = depth * (rate - share * RATES.negative.rate) / (1 - share)
        lost_mean = depth * RATES.negative.rate
        size, lost_size = HEALTHY.size, RATES.negative.size
        f = (1 - share) * nbinom.pmf(k, size, size / (size + mean))
        f += share * nbinom.pmf(k, lost_size, lost_size / (lost_size + lost_mean))
        logs.append(np.log(f).sum())
    return float(shares[int(np.argmax(logs))])


@pytest.mark.parametrize("lost", [0.0, 0.2, 0.5, 0.8])
def test_cd7_negative_share_is_the_slow_ones_and_the_truth(lost: float) -> None:
    """Within 0.05 of a slow likelihood of every cell, and of the truth on average."""
    estimates = []
    for seed in range(10):
        k, depth = nk_cells(200, 1.0, lost, seed)
        estimates.append(cd7_negative_share(k, depth, HEALTHY.size, RATES.negative))
        assert estimates[-1] == pytest.approx(naive_lost_share(k, depth), abs=0.051)
    assert np.mean(estimates) == pytest.approx(lost, abs=0.05)


def test_rates_move_together() -> None:
    """Both rates times the factor; the standard's error in place of the spread between samples."""
    moved = standardised(RATES, NkStandard(0.7, 0.05, 0.19))
    assert moved.negative.rate == pytest.approx(0.7 * RATES.negative.rate)
    assert moved.positive.rate == pytest.approx(0.7 * RATES.positive.rate)
    assert (moved.spread, moved.negative_spread) == (0.19, RATES.negative_spread)


@pytest.mark.parametrize(
    ("day", "enrichment", "before"),
    [(-1, "none", True), (-1, "product", False), (0, "none", False), (28, "none", False),
     (None, None, False), (-9, None, True)],
)  # fmt: skip
def test_days_before_infusion(day: int | None, enrichment: str | None, before: bool) -> None:
    """Negative days alone, and never a product; day 0 is also a file without a stated day."""
    assert is_before_infusion(day, enrichment) is before


def sample(factor: float, lost: float = 0.0) -> tuple[CellCounts, Typing]:
    """700 T cells with CD7 and 300 without, and 150 NK cells, all rates off by a factor."""
    rng = np.random.default_rng(4)
    names = ["cd4_t"] * 1000 + ["nk"] * 150
    components: list[ComponentRate] = [RATES.negative] * 300 + [RATES.positive] * 700
    components += [RATES.negative] * round(150 * lost)
    components += [HEALTHY] * (len(names) - len(components))
    size = np.array([component.size for component in components])
    mean = 0.2 * factor * np.array([component.rate for component in components])
    k = rng.negative_binomial(size, size / (size + mean)).astype(np.int32)
    total = np.full(len(names), 2000)
    counts = CellCounts(total, total, total * 0, k[:, None], ("CD7",))
    call = np.array([NAMES.index(name) for name in names], np.int8)
    return counts, Typing(call, np.ones(len(names), np.float32))


@pytest.mark.parametrize("factor", [0.6, 0.75, 1.4])
def test_a_laboratorys_rate_drops_out(factor: float) -> None:
    """Rates off by a factor bias the plain estimate; with NK cells the share comes back."""
    counts, typing = sample(factor)
    plain = measure_cd7(counts, typing, None, "protocol 7")  # no standard for an unknown chemistry
    assert "cd7_nk_standard" not in plain.warnings
    measured = measure_cd7(counts, typing, None, CHEMISTRY, before_infusion=True)
    assert measured.columns["cd7neg_t_fraction"] == pytest.approx(0.3, abs=0.1)
    assert measured.columns["cd7neg_t_fraction_low"] < 0.3
    assert measured.columns["cd7neg_t_fraction_high"] > 0.3
    assert measured.warnings == ("cd7_nk_standard",)
    fixed, _ = cd7_features(counts, typing, None)
    assert abs(fixed["cd7neg_t_fraction"] - 0.3) > 0.1 or fixed["cd7neg_unresolved"] == 1.0


def test_nk_cells_without_cd7_leave_the_calibration_in_place() -> None:
    """After infusion, where two in three NK cells have lost CD7, the columns are the plain ones."""
    counts, typing = sample(1.0, lost=2 / 3)
    measured = measure_cd7(counts, typing, "knockout", CHEMISTRY)
    plain, _ = cd7_features(counts, typing, "knockout")
    assert measured.warnings == ()
    assert {name: measured.columns[name] for name in plain} == pytest.approx(plain, nan_ok=True)


def test_the_error_carries_the_sampling_of_the_nk_cells() -> None:
    """A standard of few UMIs makes the share's error greater, the interval wider."""
    counts, typing = sample(1.0)
    full = sample_standard(counts, typing, before_infusion=True)
    assert full is not None
    rough = full._replace(sampling_sd=0.2, log_sd=math.hypot(0.2, NK_LOG_SD))
    sure, unsure = (cd7_features(counts, typing, None, standard=one)[0] for one in (full, rough))
    name = "cd7neg_t_fraction"
    assert unsure[name] == sure[name]
    assert unsure[f"{name}_se"] > 1.5 * sure[f"{name}_se"]
    widths = [c[f"{name}_high"] - c[f"{name}_low"] for c in (sure, unsure)]
    assert widths[1] > widths[0]


def test_the_error_is_that_of_redrawn_cells() -> None:
    """Over samples drawn again, T cells and NK cells alike, the share varies as its error says."""
    counts, typing = sample(1.0)
    rng = np.random.default_rng(6)
    shares, errors = [], []
    for _ in range(120):
        rows = rng.integers(0, counts.n_cells, counts.n_cells)
        again, types = counts.select(rows), typing.select(rows)
        one = sample_standard(again, types, before_infusion=True)
        columns, _ = cd7_features(again, types, None, standard=one)
        shares.append(columns["cd7neg_t_fraction"])
        errors.append(columns["cd7neg_t_fraction_se"])
    assert np.nanmean(errors) == pytest.approx(np.nanstd(shares), rel=0.25)


def test_healthy_donors_are_a_standard(eccite: Path, pbmc3k: Path) -> None:
    """NK cells of real blood pass as after infusion, near the healthy rate, hardly one lost."""
    for counts in (read_eccite()[0], read_pbmc3k()[0]):
        typing = type_cells(counts)
        result = sample_standard(counts, typing, before_infusion=False)
        assert result is not None
        assert result.factor == pytest.approx(1.0, abs=0.2)
        nk = typing.lineage_mask("nk")
        k, depth = counts.gene_umis("CD7")[nk].astype(np.int64), counts.depth[nk] / 1e4
        assert cd7_negative_share(k, depth, HEALTHY.size, RATES.negative) < MAX_CD7_NEGATIVE / 2


def test_without_cd7_or_depth_genes_there_is_none() -> None:
    """A reference that lacks CD7 has no standard."""
    counts, typing = sample(1.0)
    assert sample_standard(replace(counts, genes=("LYZ",)), typing, before_infusion=True) is None
