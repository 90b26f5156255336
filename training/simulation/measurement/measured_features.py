"""Features of a simulated cohort from pooled sums, without count files, for large experiments.

Each feature is computed from pooled sums by the formula that the cell path uses. The additional
error of reading cells (doublets counted as cells, CD7 dropout, the ambient estimate) is a small
random error of the size seen in simulated count files (`benchmarks/simulator.py` prints both).

Missing here, while count files of the same patients have them: `cd34_rate`, shares of T-cell
subsets and plasmablasts, cells per microlitre, HLA-DR of monocytes, and both checks of T-cell
genes. Count files withhold features of T cells where T-lineage blasts are called
(`features.measures.missed_blasts`); here they stay, and there is no warning of blasts.
"""

from collections.abc import Mapping

import numpy as np

from features import schema
from features.arrays import Bools, Floats
from features.further_columns import CLR_PARTS
from features.genes.panels import SCORE_PANELS
from features.measures.ambient_correction import AMBIENT_RELATIVE_SD
from features.measures.composition import FRACTIONS, MONOCYTES
from features.measures.log_ratios import PART_TYPES, centred_log_ratios
from features.measures.pooled_expression import MIN_CELLS, PER_10K
from features.measures.signed_log import MAX_WIDTH
from features.measures.standard_errors import Z_90
from training.simulation.blood.latent_state import BloodState
from training.simulation.cells.expression_profiles import kinds
from training.simulation.cells.negative_binomial import SIZE
from training.simulation.cells.reference_genes import SimulatedGenome
from training.simulation.measurement.measured_cd7 import cd7_columns
from training.simulation.measurement.pooled_sums import PooledSums, t_kinds

LYMPHOCYTES = ("cd4_t", "cd8_t", "other_t", "nk", "b")
NOT_LEUKOCYTES = ("platelet", "erythroid")
STANDARD_MONOCYTES = 0.20
AMBIENT_BIAS, AMBIENT_ERROR = 0.008, 0.010
DOUBLETS_SEEN = 0.015


def feature_columns(
    sums: PooledSums, state: BloodState, blocked: Bools, genome: SimulatedGenome
) -> dict[str, Floats]:
    """Every number of `schema.SAMPLE_NUMBERS`, (n, k) each, NaN where missing.

    `blocked` (n,) marks products that keep CD7 mRNA: their CD7 features are unresolved.
    """
    columns = {name: np.full(state.day.shape, np.nan) for name in schema.SAMPLE_NUMBERS}
    columns |= _quality(sums, state, genome)
    columns |= _composition(sums, genome)
    columns |= _log_ratios(sums, genome)
    columns |= _s100(sums, state, genome)
    columns |= cd7_columns(sums, state.day, blocked[:, None], genome)
    columns |= _scores(sums, columns, genome)
    return {name: columns[name] for name in schema.SAMPLE_NUMBERS}


def _of_types(values: Floats, genome: SimulatedGenome, *types: str) -> Floats:
    """Sum over the kinds of cell that belong to the types."""
    at = [i for i, (t, _) in enumerate(kinds(genome)) if t in types]
    total: Floats = values[..., at].sum(axis=-1)
    return total


def _quality(sums: PooledSums, state: BloodState, genome: SimulatedGenome) -> dict[str, Floats]:
    n = sums.cells.sum(axis=-1)
    doublets = np.clip(DOUBLETS_SEEN + 0.006 * sums.noise[..., 0], 0, 1)
    t_cells = np.concatenate(t_kinds(genome))
    stress, stress_se = _log_level(
        sums.stress, sums.depth[..., t_cells].sum(-1), sums.cells[..., t_cells].sum(-1)
    )
    return {
        "n_cells": n,
        "median_umi": np.rint(0.92 * sums.umis.sum(axis=-1) / n),
        "median_genes": np.rint(950 * (state.depth / 3000) ** 0.55),
        "mito_fraction": state.mito * (1 - state.ambient),
        "mito_fraction_se": 0.4 * state.mito / np.sqrt(n),
        "unknown_fraction": np.zeros_like(n),
        "unknown_fraction_se": np.zeros_like(n),
        "doublet_fraction": doublets,
        "doublet_fraction_se": np.sqrt(doublets * (1 - doublets) / n),
        "handling_stress": stress,
        "handling_stress_se": stress_se,
    }


def _log_level(counts: Floats, depth: Floats, cells: Floats) -> tuple[Floats, Floats]:
    """Mean over genes of ln(1 + 10^4 R_g) and its standard error; NaN without cells.

    `counts` (..., genes), `depth` and `cells` (...). Error: each gene's pooled rate has variance
    R / depth + R^2 / (SIZE cells), as simulated.
    """
    enough = cells > 0
    safe_depth = np.where(enough, depth, 1.0)[..., None]
    safe_cells = np.where(enough, cells, 1.0)[..., None]
    rate = counts / safe_depth
    variance = rate / safe_depth + rate**2 / (SIZE * safe_cells)
    slope = PER_10K / (1 + PER_10K * rate) / counts.shape[-1]
    value = np.log1p(PER_10K * rate).mean(axis=-1)
    error = np.sqrt((slope**2 * variance).sum(axis=-1))
    return np.where(enough, value, np.nan), np.where(enough, error, np.nan)


def _mixed_level(counts: Floats, depth: Floats, cells: Floats) -> tuple[Floats, Floats]:
    """ln(1 + 10^4 R) of one gene over several kinds of cell (last axis), and its standard error.

    Sum of e^2 over cells, e = x - R t: per kind the squared mean plus the spread within, as
    simulated.
    """
    enough = cells.sum(axis=-1) >= MIN_CELLS
    total = np.where(enough, depth.sum(axis=-1), 1.0)
    rate = counts.sum(axis=-1) / total
    n = np.maximum(cells, 1.0)
    squares = (counts - rate[..., None] * depth) ** 2 / n + counts + counts**2 / (SIZE * n)
    error = PER_10K / (1 + PER_10K * rate) * np.sqrt(squares.sum(axis=-1)) / total
    return np.where(enough, np.log1p(PER_10K * rate), np.nan), np.where(enough, error, np.nan)


def _composition(sums: PooledSums, genome: SimulatedGenome) -> dict[str, Floats]:
    leukocytes = sums.cells.sum(axis=-1) - _of_types(sums.cells, genome, *NOT_LEUKOCYTES)
    columns = {}
    for name, types in FRACTIONS.items():
        share = _of_types(sums.cells, genome, *types) / leukocytes
        columns[name] = share
        columns[f"{name}_se"] = np.sqrt(share * (1 - share) / leukocytes)
    monocytes = _of_types(sums.cells, genome, *MONOCYTES) + 0.5
    lymphocytes = _of_types(sums.cells, genome, *LYMPHOCYTES) + 0.5
    columns["log_monocyte_lymphocyte_ratio"] = np.log(monocytes / lymphocytes)
    columns["log_monocyte_lymphocyte_ratio_se"] = np.sqrt(1 / monocytes + 1 / lymphocytes)
    return columns


def _log_ratios(sums: PooledSums, genome: SimulatedGenome) -> dict[str, Floats]:
    parts = [_of_types(sums.cells, genome, *PART_TYPES.get(name, (name,))) for name, _ in CLR_PARTS]
    values, errors = centred_log_ratios(np.stack(parts, axis=-1))
    columns: dict[str, Floats] = {}
    for i, (name, _) in enumerate(CLR_PARTS):
        columns |= {f"clr_{name}": values[..., i], f"clr_{name}_se": errors[..., i]}
    return columns


def _s100(sums: PooledSums, state: BloodState, genome: SimulatedGenome) -> dict[str, Floats]:
    levels = _s100_levels(sums, genome)
    few = _of_types(sums.cells, genome, *MONOCYTES) < MIN_CELLS
    rho = np.clip(state.ambient + AMBIENT_BIAS + AMBIENT_ERROR * sums.noise[..., 1], 0.0, 1.0)
    rho = np.where(few, np.nan, rho)
    columns = {"no_monocytes": few.astype(np.float64), "ambient_fraction": rho,
               "ambient_fraction_se": np.where(few, np.nan, AMBIENT_ERROR)}  # fmt: skip
    for group in ("leukocyte", "monocyte"):
        columns[f"s100a8a9_{group}"], columns[f"s100a8a9_{group}_se"] = levels[group]
    pooled_rate = PER_10K * sums.s100.sum(axis=-1) / sums.depth.sum(axis=-1)
    monocyte, other = (np.expm1(levels[group][0]) for group in ("monocyte", "nonmyeloid"))
    return columns | _ambient_corrected(monocyte, other, rho, pooled_rate)


def _s100_levels(sums: PooledSums, genome: SimulatedGenome) -> dict[str, tuple[Floats, Floats]]:
    """Level of S100A8/A9 and its standard error in three groups of cells."""

    def level(*types: str) -> tuple[Floats, Floats]:
        at = [i for i, (t, _) in enumerate(kinds(genome)) if t in types]
        return _mixed_level(sums.s100[..., at], sums.depth[..., at], sums.cells[..., at])

    leukocytes = tuple(t for t in genome.types if t not in NOT_LEUKOCYTES)
    groups = {"leukocyte": leukocytes, "monocyte": MONOCYTES, "nonmyeloid": LYMPHOCYTES}
    return {group: level(*types) for group, types in groups.items()}


def _ambient_corrected(
    monocyte: Floats, other: Floats, rho: Floats, pooled_rate: Floats
) -> dict[str, Floats]:
    """Non-myeloid and standardised levels without the ambient share, with their intervals."""
    linear = {
        "nonmyeloid": other - rho * pooled_rate,
        "standardised": STANDARD_MONOCYTES * monocyte
        + (1 - STANDARD_MONOCYTES) * other
        - rho * pooled_rate,
    }
    error = AMBIENT_RELATIVE_SD * rho * pooled_rate + AMBIENT_ERROR * pooled_rate
    columns: dict[str, Floats] = {}
    for group, value in linear.items():
        columns |= _interval_columns(f"s100a8a9_{group}", value, error)
    return columns


def _interval_columns(name: str, value: Floats, error: Floats) -> dict[str, Floats]:
    """The signed logarithm with its ends, as `features.measures.signed_log` forms them."""
    middle, low, high = (
        np.sign(level) * np.log1p(np.abs(level))
        for level in (value, value - Z_90 * error, value + Z_90 * error)
    )
    too_wide = high - low > MAX_WIDTH
    return {
        name: np.where(too_wide, np.nan, middle),
        f"{name}_se": np.where(too_wide, np.nan, (high - low) / 2 / Z_90),
        f"{name}_low": low,
        f"{name}_high": high,
    }


def _scores(
    sums: PooledSums, cd7: Mapping[str, Floats], genome: SimulatedGenome
) -> dict[str, Floats]:
    """Scores of the T cells called CD7-negative; missing where CD7 is, or under 50 such cells.

    The posteriors of the cell path carry the rates' errors: they add up to about the T cells times
    the mean of the estimated share and its interval's middle (97 % of 90 samples of seed 11).
    """
    t_cells = sums.cells[..., np.concatenate(t_kinds(genome))].sum(-1)
    middle = (cd7["cd7neg_t_fraction_low"] + cd7["cd7neg_t_fraction_high"]) / 2
    too_few = ~((cd7["cd7neg_t_fraction"] + middle) / 2 * t_cells >= MIN_CELLS)
    columns, start = {}, 0
    for name, panel in SCORE_PANELS.items():
        genes = slice(start, start + len(panel))
        value, se = _log_level(sums.scored[..., genes], sums.scored_depth, sums.scored_cells)
        columns[name] = np.where(too_few, np.nan, value)
        columns[f"{name}_se"] = np.where(too_few, np.nan, se)
        start += len(panel)
    return columns
