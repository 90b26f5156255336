"""The four S100A8/A9 numbers under known changes, and on healthy lymphocytes."""

import math
from pathlib import Path

import numpy as np
import pytest

from benchmarks.cells import pbmc3k as read_pbmc3k
from features.cells.cell_counts import CellCounts
from features.celltypes.cell_types import type_cells
from features.genes.expression_rates import load_rates
from features.measures.empty_droplets import EmptyDroplets, ambient_from_droplets
from features.measures.s100 import STANDARD_COMPOSITION, s100_features
from features.measures.signed_log import MAX_WIDTH
from features.pipeline.cell_features import cell_features

TABLE = load_rates()
GENES = (*TABLE.genes, "S100A8", "S100A9")
S100_OF = {"cd14_monocyte": 90.0, "cd16_monocyte": 6.0}
NAMES = ("s100a8a9_leukocyte", "s100a8a9_monocyte", "s100a8a9_nonmyeloid", "s100a8a9_standardised")


def blood(
    monocytes: int,
    ambient: float = 0.0,
    level: float = 1.0,
    *,
    seed: int = 0,
    richness: float = 1.0,
) -> CellCounts:
    """1,500 cells, typed genes at the table's rates, S100 in monocytes only, plus ambient RNA.

    `richness` is how much S100 the ambient RNA holds, relative to the pooled profile.
    """
    rng = np.random.default_rng(seed)
    shares = {
        "cd14_monocyte": monocytes,
        "cd4_t": 900 - monocytes,
        "cd8_t": 300,
        "nk": 150,
        "b": 150,
    }
    types = np.repeat(list(shares), list(shares.values()))
    rates = np.array([[*TABLE.type_rates(t), *[level * S100_OF.get(t, 0.0)] * 2] for t in types])
    total = rng.integers(2000, 5000, len(types))
    profile = (rates * total[:, None]).sum(axis=0) / total.sum()
    profile[-2:] *= richness
    mean = total[:, None] / 1e4 * ((1 - ambient) * rates + ambient * profile)
    panel = rng.poisson(mean * rng.gamma(4.0, 0.25, rates.shape)).astype(np.int32)
    return CellCounts(total, np.full(len(types), 900), total * 0, panel, GENES)


def features_of(counts: CellCounts) -> dict[str, float]:
    """The S100 columns, cells typed by us."""
    return s100_features(counts, type_cells(counts))


def linear(columns: dict[str, float], name: str) -> tuple[float, float]:
    """Middle and standard error on the linear scale, UMIs per 10,000, from the interval's ends."""
    low, high = (
        math.copysign(math.expm1(abs(end)), end)
        for end in (columns[f"{name}_low"], columns[f"{name}_high"])
    )
    return (low + high) / 2, (high - low) / 2 / 1.645


def change_in_errors(before: dict[str, float], after: dict[str, float], name: str) -> float:
    """Change in units of its standard error."""
    error = math.hypot(before[f"{name}_se"], after[f"{name}_se"])
    return (after[name] - before[name]) / error


def test_more_monocytes_move_the_leukocyte_value_alone() -> None:
    """Twice the monocytes at constant S100 each: only the first number moves."""
    before, after = features_of(blood(150, 0.03)), features_of(blood(300, 0.03, seed=1))
    assert change_in_errors(before, after, NAMES[0]) > 4
    for name in NAMES[1:]:
        assert abs(change_in_errors(before, after, name)) < 2, name


@pytest.mark.parametrize("richness", [1.0, 2.0])
def test_more_ambient_rna_leaves_the_corrected_values(richness: float) -> None:
    """Ambient RNA rises to a fifth, as rich in S100A8/A9 or twice: the ends hold the truth.

    Lymphocytes make none; the standardised truth is a fifth of the monocytes' pooled level.
    """
    columns = features_of(blood(200, 0.20, seed=1, richness=richness))
    truth = {NAMES[2]: 0.0, NAMES[3]: math.log1p(0.2 * 180.0)}
    for name, level in truth.items():
        assert columns[f"{name}_low"] <= level <= columns[f"{name}_high"], name


def test_an_interval_too_wide_leaves_no_value() -> None:
    """At a fifth of ambient RNA the value near zero is withheld; the ends stay."""
    columns = features_of(blood(200, 0.20))
    name = "s100a8a9_nonmyeloid"
    assert columns[f"{name}_high"] - columns[f"{name}_low"] > MAX_WIDTH
    assert math.isnan(columns[name])
    assert math.isnan(columns[f"{name}_se"])


def test_a_real_change_in_monocytes_is_measured() -> None:
    """Monocytes with twice the S100 raise leukocyte, monocyte and standardised values by ln 2."""
    before, after = features_of(blood(300)), features_of(blood(300, level=2.0, seed=1))
    for name in (NAMES[0], NAMES[1], NAMES[3]):
        assert after[name] - before[name] == pytest.approx(math.log(2), abs=0.15), name


def test_s100_of_lymphocytes_is_measured() -> None:
    """S100 made by T cells themselves shows in the corrected value, many errors above zero."""
    counts = blood(200)
    panel = counts.panel.copy()
    rng = np.random.default_rng(4)
    panel[:, -2] += rng.poisson(counts.total * 20 / 1e4).astype(np.int32)
    with_s100 = CellCounts(counts.total, counts.n_genes, counts.mito, panel, GENES)
    columns = features_of(with_s100)
    assert columns["s100a8a9_nonmyeloid"] == pytest.approx(math.log(21), abs=0.2)
    assert columns["s100a8a9_nonmyeloid"] > 4 * columns["s100a8a9_nonmyeloid_se"]


def test_few_monocytes_are_missing_and_flagged() -> None:
    """Under 50 monocytes the monocyte, corrected and standardised values are missing, flagged."""
    columns = features_of(blood(30))
    assert columns["no_monocytes"] == 1.0
    assert not math.isnan(columns["s100a8a9_leukocyte"])
    for name in NAMES[1:]:
        assert math.isnan(columns[name]), name
        assert math.isnan(columns[f"{name}_se"]), name
    assert features_of(blood(100))["no_monocytes"] == 0.0


def test_one_gene_alone_is_missing() -> None:
    """The sum of both genes is meant: without one of them all four are missing."""
    counts = blood(200)
    single = CellCounts(
        counts.total, counts.n_genes, counts.mito, counts.panel[:, :-1], GENES[:-1], ("S100A9",)
    )
    columns = features_of(single)
    assert all(math.isnan(columns[name]) for name in NAMES)


def test_the_fixed_composition_is_whole() -> None:
    """Its shares add up to one."""
    assert sum(STANDARD_COMPOSITION.values()) == pytest.approx(1)


def test_over_correction_keeps_zero_inside() -> None:
    """Ambient RNA poor in S100 is over-corrected, but the interval does not shrink away from 0."""
    columns = features_of(blood(200, 0.2, richness=0.4))
    assert columns["s100a8a9_nonmyeloid_low"] < -1
    assert columns["s100a8a9_nonmyeloid_high"] > 0


AMBIENT_RATES = {"LYZ": 30.0, "FCN1": 5.0, "MNDA": 3.0, "VCAN": 6.0, "CD14": 4.0, "CSTA": 3.0}
SHEET: dict[str, str | None] = {"enrichment": "none", "car_cd7_strategy": None}


def raw_matrix(monocytes: int, seed: int = 0) -> tuple[CellCounts, EmptyDroplets]:
    """Blood with a tenth of ambient RNA from monocytes rich in S100, and its empty droplets."""
    clean, rng = blood(monocytes, seed=seed), np.random.default_rng(seed + 90)
    per_10k = np.array([AMBIENT_RATES.get(gene, 0.0) for gene in GENES[:-2]] + [150.0, 150.0])
    ambient_umis = rng.poisson(clean.total[:, None] / 1e4 / 9 * per_10k)
    total = clean.total + clean.total // 9
    counts = CellCounts(total, clean.n_genes, clean.mito, clean.panel + ambient_umis, GENES)
    return counts, EmptyDroplets(rng.poisson(per_10k * 10).astype(np.int64), 100_000, 5000)


def test_ambient_rna_of_empty_droplets_is_subtracted() -> None:
    """Ambient S100 unlike the cells': the interval covers 0 with droplets, not without.

    Lymphocytes make none here; the error of the pooled profile's correction is greater too.
    """
    counts, droplets = raw_matrix(200)
    typing = type_cells(counts)
    raw, filtered = (cell_features(counts, typing, SHEET, d) for d in (droplets, None))
    name = "s100a8a9_nonmyeloid"
    assert raw["ambient_fraction"] == pytest.approx(0.13, abs=0.03)  # T rates hold some too
    (middle, se), (filtered_middle, filtered_se) = (linear(row, name) for row in (raw, filtered))
    assert abs(middle) < 1.645 * se
    assert abs(middle) < 0.5 * abs(filtered_middle)
    assert se < 0.7 * filtered_se


def test_empty_droplets_serve_blood_without_monocytes() -> None:
    """With ten monocytes the cells cannot give the ambient share, but droplets can."""
    counts, droplets = raw_matrix(10)
    typing = type_cells(counts)
    assert math.isnan(cell_features(counts, typing, SHEET)["s100a8a9_nonmyeloid"])
    columns = cell_features(counts, typing, SHEET, droplets)
    assert columns["no_monocytes"] == 1.0
    assert columns["s100a8a9_nonmyeloid_low"] < 0 < columns["s100a8a9_nonmyeloid_high"]
    assert math.isnan(columns["s100a8a9_standardised_low"])


def test_errors_with_empty_droplets_are_the_bootstraps_and_the_ambient_error() -> None:
    """What 200 bootstraps give, and the tracers' disagreement over the subtracted amount."""
    counts, droplets = raw_matrix(200)
    typing = type_cells(counts)
    rng = np.random.default_rng(3)
    name, draws = "s100a8a9_nonmyeloid", []
    for _ in range(200):
        i = rng.integers(0, counts.n_cells, counts.n_cells)
        row = cell_features(counts.select(i), typing.select(i), SHEET, droplets)
        draws.append(linear(row, name)[0])
    columns = cell_features(counts, typing, SHEET, droplets)
    rho = columns["ambient_fraction"]
    ambient_level = 1e4 * droplets.panel[-2:].sum() / droplets.depth * rho / (1 - rho)
    relative_sd = ambient_from_droplets(counts, typing, droplets).relative_sd  # type: ignore[union-attr]  # droplets are shown
    assert 0.1 <= relative_sd <= 0.5  # type: ignore[operator]  # given with droplets
    error = math.hypot(float(np.std(draws)), relative_sd * ambient_level)  # type: ignore[operator]  # as above
    assert linear(columns, name)[1] == pytest.approx(error, rel=0.15)


def test_healthy_lymphocytes_cover_zero(pbmc3k: Path) -> None:
    """On real healthy lymphocytes the corrected rate is within one error of 0."""
    middle, se = linear(features_of(read_pbmc3k()[0]), "s100a8a9_nonmyeloid")
    assert abs(middle) < se
