"""NK cells as internal standard of CD7 RNA: how high this sample's CD7 rates lie.

The CD7 rate of CD7-positive T cells differs between laboratories and people by a quarter (log-SD
0.25). NK cells hold CD7 too, and their rate moves with it: their rate over that of healthy NK cells
is the factor by which this sample's T cells are expected to lie off the calibration.

The assumption is that the NK cells still hold CD7. A CD7 CAR-T product kills those that do, and the
survivors, with less CD7, would make T cells without CD7 look usual: the share of CD7-negative T
cells would be too small. After infusion the NK cells therefore count only where their own UMIs say
that they hold CD7: a rate near the healthy one, and no group among them without it.
"""

import math
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from features.arrays import Floats, Ints
from features.measures.cd7.component_rates import ComponentRate, TwoComponentRates, log_pmf, scaled
from features.measures.cd7.mixture import group_cells
from features.measures.standard_errors import linearised_se

# Log-SD of T cells' CD7 rate over that of NK cells, between samples.
NK_LOG_SD = 0.18
MIN_NK_CELLS = 20
MIN_NK_UMIS = 30
# CD7 UMIs per 10,000 of the depth genes: under 0.4 of the healthy rate, further from it than three
# spreads between laboratories. Most of such cells are no NK cells, or have lost CD7.
MIN_NK_RATE = 8.0
# After infusion, 0.7 of the healthy rate and at most a fifth of the NK cells without CD7. In
# mixtures of real NK cells (`benchmarks.cd7`) 2 in 5 samples with a fifth negative, 1 in 20 with
# three in ten and none with half pass, and those that pass lie 20 % low at most on average.
MIN_NK_RATE_AFTER = 15.0
MAX_CD7_NEGATIVE = 0.20
SHARES = np.linspace(0.0, 0.95, 39)  # of NK cells without CD7 that are compared


class NkStandard(NamedTuple):
    """Factor by which a sample's CD7 rates lie off the calibration, with its relative errors.

    `sampling_sd` is what other NK cells of the same sample would change, `log_sd` all of it.
    """

    factor: float
    sampling_sd: float
    log_sd: float


def nk_standard(
    k: Ints,
    depth: Floats,
    healthy: ComponentRate,
    *,
    negative: ComponentRate,
    before_infusion: bool,
) -> NkStandard | None:
    """The standard from the NK cells of a sample, or None where they cannot be one.

    `k` (n,) CD7 UMIs, `depth` (n,) in 10,000 UMIs of the depth genes; `healthy` the rate of healthy
    NK cells, `negative` that of cells without CD7. The factor is the pooled rate over the healthy
    one, its relative error hypot(0.18, sampling, calibration), sampling at least 1 / sqrt(UMIs).
    None under 20 cells, 30 UMIs or 8 UMIs per 10,000; and where infusion may have taken place,
    under 15 per 10,000 or with over a fifth of the NK cells without CD7 (`cd7_negative_share`).

    >>> healthy, negative = ComponentRate(20.0, 4.0, 0.05), ComponentRate(0.9, 10.0, 0.4)
    >>> k, depth = np.full(50, 3), np.full(50, 0.1)
    >>> round(nk_standard(k, depth, healthy, negative=negative, before_infusion=True).factor, 3)
    1.5
    >>> nk_standard(k // 3, depth, healthy, negative=negative, before_infusion=False)  # survivors?
    """
    umis = int(k.sum())
    if k.size < MIN_NK_CELLS or umis < MIN_NK_UMIS:
        return None
    rate = umis / float(depth.sum())
    if rate < (MIN_NK_RATE if before_infusion else MIN_NK_RATE_AFTER):
        return None
    if (
        not before_infusion
        and cd7_negative_share(k, depth, healthy.size, negative) > MAX_CD7_NEGATIVE
    ):
        return None
    sampling_sd = max(linearised_se(k - rate * depth) / umis, 1 / math.sqrt(umis))
    log_sd = math.hypot(NK_LOG_SD, sampling_sd, healthy.log_rate_sd)
    return NkStandard(rate / healthy.rate, sampling_sd, log_sd)


def cd7_negative_share(k: Ints, depth: Floats, size: float, negative: ComponentRate) -> float:
    """Likeliest share of NK cells that show CD7 only at the rate of cells without it.

    The others share what remains of the pooled rate R: (R - m r) / (1 - m) at a share m, r the rate
    of `negative`, with the negative binomial `size` of healthy NK cells. So m follows from the
    spread between cells alone (a healthy NK cell shows 2 to 6 UMIs), whatever the sample's level.

    >>> negative = ComponentRate(0.9, 10.0, 0.4)
    >>> cd7_negative_share(np.repeat([0, 4], 50), np.full(100, 0.2), 4.0, negative) > 0.4
    True
    """
    counts, depths, sizes, _ = group_cells(k, depth)
    rate = float(k.sum()) / float(depth.sum())
    shares = SHARES[SHARES * negative.rate < rate][:, None]
    f_negative = np.exp(log_pmf(counts, depths * negative.rate, negative.size))
    positive_rate = (rate - shares * negative.rate) / (1 - shares)
    f_positive = np.exp(log_pmf(counts, depths * positive_rate, size))
    density = np.maximum(shares * f_negative + (1 - shares) * f_positive, 1e-300)
    return float(shares[int((np.log(density) @ sizes).argmax()), 0])


def standardised(rates: TwoComponentRates, standard: NkStandard) -> TwoComponentRates:
    """The calibrated rates moved to this sample's level; its error replaces the spread.

    >>> rates = TwoComponentRates(ComponentRate(1.0, 10.0, 0.4), ComponentRate(9.0, 4.0, 0.05))
    >>> moved = standardised(rates, NkStandard(0.7, 0.05, 0.19))
    >>> round(moved.positive.rate, 1), moved.spread
    (6.3, 0.19)
    """
    return replace(scaled(rates, standard.factor), spread=standard.log_sd)
