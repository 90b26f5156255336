"""CD7-negative share of a simulated sample without count files: estimate, error and interval.

The cell path scales the calibrated rates by the sample's NK cells where these can be a standard.
Their number and depth then set a part of the error, which is simulated here. All constants
describe what count files read: chosen on the simulated cohorts of seeds 101 (150 patients, 500
cells) and 103 (60 patients, 1,500 cells); `benchmarks/simulator.py` compares both ways on others.
"""

from typing import NamedTuple

import numpy as np

from features.arrays import Bools, Floats, Ints
from features.measures.cd7.nk_standard import MIN_NK_CELLS, MIN_NK_UMIS, NK_LOG_SD
from features.measures.cd7.rna_share import MAX_INTERVAL_WIDTH, load_calibration, load_nk_rate
from features.measures.standard_errors import Z_90
from training.simulation.cells.cell_counts import DEPTH_LOG_SD
from training.simulation.cells.expression_profiles import kinds
from training.simulation.cells.negative_binomial import SIZE
from training.simulation.cells.reference_genes import SimulatedGenome
from training.simulation.measurement.pooled_sums import PooledSums, t_kinds

BLUR = 0.75  # SD of the share x sqrt(T cells), from dropout, at share 0; BLUR - 0.3 at 1
SHIFT = 0.06  # without a standard: how much too high at share 0, as (1 - share)^2
# With one, too low, at most in the middle: CD7-negative T cells and ambient RNA among the NK cells.
STANDARD_SHIFT, STANDARD_SHIFT_MIDDLE = -0.014, -0.27
# CD7-negative T cells among those called NK vary: their noise exceeds that of sampling.
NK_NOISE = 1.3
# After infusion, one standard in twelve fails by its spread or level though CD7 is there.
FAILING_STANDARD = -1.4  # standard normal quantile
WIDTH_LOG_SD = 0.15  # of an interval's half width between samples alike


class CD7Estimate(NamedTuple):
    """Estimated share of CD7-negative T cells, (n, k) each.

    `cells` is the estimate by the T cells alone, without the standard.
    """

    value: Floats
    se: Floats
    low: Floats
    high: Floats
    cells: Floats


def cd7_columns(
    sums: PooledSums, day: Ints, blocked: Bools, genome: SimulatedGenome
) -> dict[str, Floats]:
    """The CD7 columns, (n, k) each, of samples on `day` (n, k).

    Unresolved where `blocked`, which broadcasts, marks a product that keeps CD7 mRNA, and where the
    interval is wider than 50 points.
    """
    estimate = cd7_estimate(sums, day, genome)
    unresolved = blocked | (estimate.high - estimate.low > MAX_INTERVAL_WIDTH)
    calibration = load_calibration()
    difference = calibration.positive.rate - calibration.negative.rate
    rate = calibration.positive.rate - estimate.cells * difference
    rate_se = _rate_se(estimate.cells, sums, genome)
    value, se = (np.where(unresolved, np.nan, part) for part in (estimate.value, estimate.se))
    return {
        "cd7_t_rate": np.where(blocked, np.nan, rate),
        "cd7_t_rate_se": np.where(blocked, np.nan, rate_se),
        "cd7neg_t_fraction": value,
        "cd7neg_t_fraction_se": se,
        "cd7neg_t_fraction_rna": value,
        "cd7neg_t_fraction_rna_se": se,
        "cd7neg_t_fraction_low": np.where(blocked, np.nan, estimate.low),
        "cd7neg_t_fraction_high": np.where(blocked, np.nan, estimate.high),
        "cd7neg_unresolved": unresolved.astype(np.float64),
    }


def cd7_estimate(sums: PooledSums, day: Ints, genome: SimulatedGenome) -> CD7Estimate:
    """Share with its error and 90 % interval as count files would give them.

    The share of the T cells drawn, moved by dropout (SD `BLUR` / sqrt(T cells)), by a shift and,
    where NK cells are the standard, by (0.5 - 0.4 share^2) times their rate's relative error: how
    far the likeliest share moves with the log rate (`features.measures.cd7.mixture.share_change`).
    """
    positive, negative = t_kinds(genome)
    n = np.maximum(sums.cells[..., positive].sum(-1) + sums.cells[..., negative].sum(-1), 1.0)
    share = sums.cells[..., negative].sum(axis=-1) / n
    sampling_sd, has_standard = nk_error(sums, day, genome)
    blur = (BLUR - 0.3 * share) / np.sqrt(n)
    of_standard = np.where(has_standard, (0.5 - 0.4 * share**2) * sampling_sd, 0.0)
    with_standard = (STANDARD_SHIFT + STANDARD_SHIFT_MIDDLE * share) * (1 - share)
    without = SHIFT * (1 - share) ** 2
    cells = share + without + blur * sums.noise[..., 2]
    value = cells + np.where(
        has_standard, with_standard - without + NK_NOISE * of_standard * sums.noise[..., 4], 0.0
    )
    value = np.clip(value, 0.0, 1.0)
    se = np.sqrt(share * (1 - share) / n + blur**2 + of_standard**2)
    low, high = _ends(value, se, _log_sd(sampling_sd, has_standard), sums.noise[..., 3])
    return CD7Estimate(value, se, low, high, np.clip(cells, 0.0, 1.0))


def _rate_se(share: Floats, sums: PooledSums, genome: SimulatedGenome) -> Floats:
    """Error of the T cells' pooled CD7 rate: gamma-Poisson counts of a mixture of two rates."""
    t_cells = np.concatenate(t_kinds(genome))
    n = np.maximum(sums.cells[..., t_cells].sum(axis=-1), 1.0)
    depth = np.maximum(sums.depth[..., t_cells].sum(axis=-1), 1.0) / 1e4
    calibration = load_calibration()
    low, high = calibration.negative.rate, calibration.positive.rate
    rate = share * low + (1 - share) * high
    square = share * low**2 + (1 - share) * high**2
    between = (square * (1 + 1 / SIZE) - rate**2) * np.exp(DEPTH_LOG_SD**2)
    return np.asarray(np.sqrt(rate / depth + between / n))


def nk_error(sums: PooledSums, day: Ints, genome: SimulatedGenome) -> tuple[Floats, Bools]:
    """Relative sampling error of the NK cells' CD7 rate, and where they are a standard.

    Of gamma-Poisson counts the variance is 1 / UMIs + E[d^2] / E[d]^2 / (SIZE cells), d the depth.
    """
    at = [i for i, (name, _) in enumerate(kinds(genome)) if name == "nk"]
    cells = sums.cells[..., at].sum(axis=-1)
    umis = sums.depth[..., at].sum(axis=-1) / 1e4 * load_nk_rate().rate
    spread = np.exp(DEPTH_LOG_SD**2) / SIZE
    sampling_sd = np.sqrt(1 / np.maximum(umis, 1.0) + spread / np.maximum(cells, 1.0))
    passes = (day < 0) | (sums.noise[..., 5] > FAILING_STANDARD)
    return sampling_sd, (cells >= MIN_NK_CELLS) & (umis >= MIN_NK_UMIS) & passes


def _log_sd(sampling_sd: Floats, has_standard: Bools) -> Floats:
    """Log-SD of the sample's rates, with a standard and without."""
    nk, calibration = load_nk_rate().log_rate_sd, load_calibration()
    with_standard = np.sqrt(NK_LOG_SD**2 + nk**2 + sampling_sd**2)
    without = np.hypot(calibration.spread, calibration.positive.log_rate_sd)
    return np.where(has_standard, with_standard, without)


def _ends(value: Floats, se: Floats, log_sd: Floats, noise: Floats) -> tuple[Floats, Floats]:
    """Ends of the 90 % interval; the rates' error moves the lower less where negatives are few, the
    upper less where they are many.
    """
    width = Z_90 * np.exp(WIDTH_LOG_SD * noise)
    below = width * np.hypot(se, 0.38 * np.minimum(2 * value, 1.0) * log_sd)
    above = width * np.hypot(se, 0.60 * (1 - value**2) * log_sd)
    return np.clip(value - below, 0.0, 1.0), np.clip(value + above, 0.0, 1.0)
