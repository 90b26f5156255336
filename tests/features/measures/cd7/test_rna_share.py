"""Rules around the CD7-negative share, and its figures on cells with protein."""

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks import cd7 as benchmark
from benchmarks._cd7_rates import after_loss, at_rates, by_rate, by_share
from benchmarks.cells import carpall as read_carpall
from benchmarks.cells import pbmc3k as read_pbmc3k
from benchmarks.make_cd7_calibration import t_cells
from features.cells.cell_counts import CellCounts
from features.celltypes.cell_types import NAMES, Typing, type_cells
from features.measures.cd7.component_rates import ComponentRate, TwoComponentRates
from features.measures.cd7.rna_share import (
    CALIBRATION,
    MAX_INTERVAL_WIDTH,
    MIN_MEDIAN_DEPTH,
    cd7_features,
    load_calibration,
    pooled_rate,
)

RATES = load_calibration()
NARROW_RATES = TwoComponentRates(
    ComponentRate(RATES.negative.rate, RATES.negative.size, 0.05),
    ComponentRate(RATES.positive.rate, RATES.positive.size, 0.05),
    0.05,
)


def sample(
    negative: int, positive: int, others: dict[str, int] | None = None, car: int | None = None
) -> tuple[CellCounts, Typing]:
    """T cells without and with CD7, then other types without; the first `car` show a CAR."""
    rng = np.random.default_rng(0)
    names = ["cd4_t"] * (negative + positive)
    for name, n in (others or {}).items():
        names += [name] * n
    n = len(names)
    total = np.full(n, 2000)
    k = np.zeros(n, np.int32)
    components = [RATES.negative] * negative + [RATES.positive] * positive
    for i, component in enumerate(components):
        k[i] = rng.negative_binomial(
            component.size, component.size / (component.size + 0.2 * component.rate)
        )
    shows = None if car is None else (np.arange(n) < car).astype(np.int32)
    counts = CellCounts(total, total, total * 0, k[:, None], ("CD7",), (), shows)
    call = np.array([NAMES.index(name) for name in names], np.int8)
    return counts, Typing(call, np.ones(n, np.float32))


def test_estimates_the_share_and_weights_the_cells() -> None:
    """The share is near the truth, posteriors too, higher in negative cells."""
    counts, typing = sample(300, 700)
    columns, posterior = cd7_features(counts, typing, "knockout")
    assert columns["cd7neg_t_fraction"] == pytest.approx(0.3, abs=0.08)
    assert columns["cd7neg_t_fraction_low"] < 0.3 < columns["cd7neg_t_fraction_high"]
    assert columns["cd7neg_unresolved"] == 0.0
    assert posterior.mean() == pytest.approx(columns["cd7neg_t_fraction"], abs=0.05)
    assert posterior[:300].mean() > 2 * posterior[300:].mean()


def test_other_cells_do_not_count() -> None:
    """Blast-like, NK and monocytes without CD7 change nothing and have posterior 0."""
    plain, _ = cd7_features(*sample(300, 700), None)
    more, posterior = cd7_features(
        *sample(300, 700, {"blast_like_t": 400, "nk": 100, "cd14_monocyte": 100}), None
    )
    assert more == plain
    assert posterior[1000:].sum() == 0


def test_blocked_is_unresolved_without_the_car() -> None:
    """CAR-T cells that keep CD7 mRNA hide: no number, no posterior, the flag set."""
    columns, posterior = cd7_features(*sample(300, 700), "blocked")
    assert np.isnan(columns["cd7neg_t_fraction"])
    assert np.isnan(columns["cd7neg_t_fraction_se"])
    assert columns["cd7neg_unresolved"] == 1.0
    assert np.isnan(posterior).all()


def test_blocked_with_the_car_sets_those_cells_aside() -> None:
    """With the CAR in the reference, cells showing it leave numerator and denominator."""
    columns, posterior = cd7_features(*sample(400, 600, car=200), "blocked")
    assert columns["cd7neg_t_fraction"] == pytest.approx(0.25, abs=0.08)
    assert (posterior[:200] == 0).all()


def test_wide_interval_is_unresolved() -> None:
    """Four T cells, or none, or no CD7 in the reference give no number but the flag."""
    few, _ = cd7_features(*sample(2, 2), None)
    assert few["cd7neg_t_fraction_high"] - few["cd7neg_t_fraction_low"] > MAX_INTERVAL_WIDTH
    none, _ = cd7_features(*sample(0, 0, {"nk": 50}), None)
    counts, typing = sample(300, 700)
    absent = CellCounts(counts.total, counts.n_genes, counts.mito, counts.panel, ("LYZ",), ("CD7",))
    missing, _ = cd7_features(absent, typing, None)
    for columns in (few, none, missing):
        assert columns["cd7neg_unresolved"] == 1.0
        assert np.isnan(columns["cd7neg_t_fraction"])


def test_shallow_cells_are_unresolved() -> None:
    """At a seventh of the depth, where 77 % of the positives read zero, nothing is claimed."""
    counts, typing = sample(300, 300)
    rng = np.random.default_rng(2)
    k = rng.binomial(counts.panel, 1 / 7).astype(np.int32)
    shallow = CellCounts(counts.total // 7, counts.n_genes, counts.mito, k, ("CD7",))
    columns = cd7_features(shallow, typing, None)[0]
    assert columns["cd7neg_unresolved"] == 1.0
    assert columns["cd7neg_t_fraction_high"] - columns["cd7neg_t_fraction_low"] > MAX_INTERVAL_WIDTH


def test_shallower_than_the_calibration_is_unresolved_unless_the_rates_are_its_own() -> None:
    """Under a median depth of 900 a narrow interval is not believed, but own rates are."""
    counts, typing = sample(0, 1500)
    for total, unresolved in ((MIN_MEDIAN_DEPTH, 0.0), (MIN_MEDIAN_DEPTH - 1, 1.0)):
        cells = CellCounts(
            np.full(1500, total), counts.n_genes, counts.mito, counts.panel, counts.genes
        )
        columns, _ = cd7_features(cells, typing, None)
        assert (
            columns["cd7neg_t_fraction_high"] - columns["cd7neg_t_fraction_low"]
            < MAX_INTERVAL_WIDTH
        )
        assert columns["cd7neg_unresolved"] == unresolved
        assert cd7_features(cells, typing, None, RATES)[0]["cd7neg_unresolved"] == 0.0


def test_healthy_t_cells_are_not_called_negative(pbmc3k: Path, carpall: Path) -> None:
    """CD19 CAR-T patients and a healthy donor keep CD7: low or unresolved, never most cells."""
    samples = [read_pbmc3k()[0]]
    samples += [read_carpall(f"CAR-T{n}")[0] for n in (10310323, 10484040, 10484042, 10593342)]
    for counts in samples:
        columns, _ = cd7_features(counts, type_cells(counts), None)
        assert columns["cd7neg_unresolved"] == 1.0 or columns["cd7neg_t_fraction"] < 0.3


def test_own_calibration_narrows_the_interval() -> None:
    """Rates known better, as from the patient's own first sample, give a narrower interval."""
    default, _ = cd7_features(*sample(300, 700), None)
    narrow, _ = cd7_features(*sample(300, 700), None, NARROW_RATES)
    width = [c["cd7neg_t_fraction_high"] - c["cd7neg_t_fraction_low"] for c in (default, narrow)]
    assert width[1] < 0.6 * width[0]


def test_the_rate_later_samples_are_anchored_on() -> None:
    """Pooled over the T cells used, by hand; with a number or unresolved, but not if CD7 is hidden.

    Its error is that of 200 bootstraps over cells.
    """
    counts, typing = sample(300, 700, {"nk": 100}, car=100)
    k, depth = counts.gene_umis("CD7")[:1000].astype(np.int64), counts.total[:1000] / 1e4
    plain, _ = cd7_features(counts, typing, None)
    assert plain["cd7_t_rate"] == pytest.approx(1e4 * k.sum() / counts.total[:1000].sum())
    rng = np.random.default_rng(0)
    again = [pooled_rate(k[i], depth[i]).value for i in rng.integers(0, 1000, (200, 1000))]
    assert plain["cd7_t_rate_se"] == pytest.approx(np.std(again), rel=0.15)
    without_car, _ = cd7_features(counts, typing, "blocked")
    rest = slice(100, 1000)
    assert without_car["cd7_t_rate"] == pytest.approx(k[rest].sum() / depth[rest].sum())
    hidden, _ = cd7_features(*sample(300, 700), "blocked")
    few, _ = cd7_features(*sample(9, 40), None)
    shallow = CellCounts(counts.total // 4, counts.n_genes, counts.mito, counts.panel, ("CD7",))
    for columns in (hidden, few, cd7_features(shallow, typing, None)[0]):
        assert np.isnan(columns["cd7_t_rate"])
        assert np.isnan(columns["cd7_t_rate_se"])


def test_calibration_names_its_cells() -> None:
    """The shipped rates say where they come from."""
    data = json.loads(CALIBRATION.read_text())
    assert "GSE126310" in data["origin"]
    assert data["negative"]["cells"] >= 20
    assert data["positive"]["cells"] >= 200


def test_figures_on_cells_with_protein(eccite: Path) -> None:
    """Calibrated on one half, tested on the other: bias, error and coverage hold their goals."""
    table = benchmark.summary(benchmark.mixtures(t_cells(), np.random.default_rng(7)))
    bias = table.loc["bias likelihood"]
    assert bias[[0.2, 0.5, 0.8]].abs().max() <= 5
    assert bias[[0.05, 0.95]].abs().max() <= 8
    assert table.loc["|error| likelihood", "all"] <= 10
    assert table.loc["|error| likelihood", "all"] < table.loc["|error| RNA = 0", "all"]
    assert table.loc["covers, interval %"].min() >= 85
    assert table.loc["covers, likelihood alone %", "all"] < 75


def test_figures_at_other_rates(eccite: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With NK cells: covered or unresolved in 90 % at 0.7 to 1.4 times the rate; formerly not."""
    monkeypatch.setattr(benchmark, "HALVES", 15)
    rng = np.random.default_rng(5)
    table = at_rates(benchmark.other_rates(t_cells(), rng), rng)
    rates = by_rate(table)["covers or unresolved %"]
    assert rates["with NK"][[0.7, 1.0, 1.4]].min() >= 90
    assert rates["former"][0.7] < 85
    shares = by_share(table)
    assert shares["covers %"].loc["with NK", [0.0, 1.0]].min() >= 85
    assert shares["unresolved %"].loc["with NK", "5-95"] <= 15


def test_figures_where_nk_cells_lost_cd7(eccite: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After infusion NK cells of which half lost CD7 never count; untouched ones mostly do."""
    monkeypatch.setattr(benchmark, "HALVES", 20)
    rng = np.random.default_rng(6)
    table = after_loss(benchmark.other_rates(t_cells(), rng), rng)
    assert table["guarded: counts %"][0.0] > 75
    assert table["guarded: counts %"][[0.5, 0.9]].max() == 0
    assert table["guarded: covers or unresolved %"].mean() >= 85
    assert table["trusted: log error"][0.5] < -0.4


def test_cells_probabilities_are_calibrated_on_protein(eccite: Path) -> None:
    """Of the cells with probability p of being negative, a share within 5 points of p is."""
    table = benchmark.reliability(t_cells(), np.random.default_rng(7))
    apart = (table["integrated", "estimated"] - table["integrated", "true"]).abs()
    assert apart[table["integrated", "cells"] >= 1000].max() < 0.05
