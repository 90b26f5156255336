"""CD7-negative share of T cells from a CD7 antibody counted in the same cells (CITE-seq).

A cell is CD7-negative when its antibody count lies within what cells without CD7 show: monocytes
and B cells of the same sample, which never hold CD7, stand for the isotype control of a flow
cytometer. The gate follows each cell, because a cell that caught more of all antibodies shows more
of this one too.
"""

import math
from typing import NamedTuple

import numpy as np

from features.arrays import Bools, Floats, Ints
from features.cells.cell_counts import CellCounts
from features.celltypes.cell_types import Typing
from features.genes.antibodies import COLUMNS, ISOTYPE
from features.genes.panels import CD7
from features.measures.cd7.component_rates import calibrate, log_pmf
from features.measures.cd7.share_interval import GRID
from features.measures.pooled_expression import Estimate

GATE = 0.95  # share of cells without CD7 that the gate takes for negative, as in flow cytometry
# Gates that another laboratory might have set; the interval averages over them.
GATES = (0.90, 0.925, 0.95, 0.975, 0.99)
RATE_NODES = (-1.28, -0.52, 0.0, 0.52, 1.28)  # 10, 30, 50, 70 and 90 % of a normal distribution
MIN_BACKGROUND = 20  # monocytes and B cells; with fewer the isotype control is the background
# Rate of the CD7 antibody on cells without CD7 over that of IgG2a on T cells, and its log-SD: 4.4
# in ECCITE-seq PBMC, 1.7 in the lymphoma of the same study (Mimitou et al., Nat Methods 2019).
ISOTYPE_FACTOR, ISOTYPE_LOG_SD = 2.7, 0.67
# Without other antibodies nothing tells how many a cell caught, and monocytes catch more than
# lymphocytes: 5 times as much CD7 antibody as B cells in ECCITE-seq PBMC, 1.5 in the lymphoma.
MIN_B_CELLS = 10
MONOCYTE_FACTOR, MONOCYTE_LOG_SD = 2.7, 0.60
MAX_CELLS = 5_000  # cells from which background and interval are computed, evenly spaced
# Doublets and mistyped cells among the background: over four times the rate of nine in ten.
TRIM_QUANTILE, TRIM_TIMES, TRIM_COUNTS = 0.9, 4.0, 3
SIZES = np.geomspace(0.5, 30, 30)


class AntibodyBackground(NamedTuple):
    """Counts of the CD7 antibody on cells without CD7: negative binomial, mean rate x capture.

    `capture` of a cell are its thousands of counts of other antibodies where that explains the
    background better (`by_capture`), else 1. `log_rate_sd` is the relative error of the rate.
    """

    rate: float
    size: float
    log_rate_sd: float
    by_capture: bool


class ProteinShare(NamedTuple):
    """Share of CD7-negative cells with its error, 90 % interval, and each cell's probability."""

    share: Estimate
    interval: tuple[float, float]
    posterior: Floats


def protein_share(counts: CellCounts, typing: Typing, t_cells: Bools) -> ProteinShare | None:
    """CD7-negative share of `t_cells` (mask) by the CD7 antibody; None without one.

    The interval is (0, 1) where the background cannot be told: under 20 monocytes and B cells, and
    no isotype control.
    """
    if CD7 not in counts.proteins:
        return None
    background = sample_background(counts, typing, t_cells)
    k, capture = counts.protein_counts(CD7)[t_cells].astype(np.int64), antibody_capture(counts)
    if background is None or not k.size:
        missing = Estimate(math.nan, math.nan)
        return ProteinShare(missing, (0.0, 1.0), np.full(k.size, math.nan))
    return gated_share(k, capture[t_cells], background)


def antibody_capture(counts: CellCounts) -> Floats:
    """Thousands of counts of all antibodies but CD7 in each cell, (n,); zeros without others."""
    others = [name for name in COLUMNS if name in counts.proteins and name != CD7]
    total = np.zeros(counts.n_cells)
    for name in others:
        total += counts.protein_counts(name)
    return total / 1e3


def sample_background(
    counts: CellCounts, typing: Typing, t_cells: Bools
) -> AntibodyBackground | None:
    """The background from this sample's monocytes and B cells, else from its isotype control.

    Without other antibodies beside CD7: from B cells, else from monocytes with what they catch more
    than lymphocytes taken off.
    """
    capture, k = antibody_capture(counts), counts.protein_counts(CD7).astype(np.int64)
    cells, b_cells = typing.lineage_mask("monocyte", "b"), typing.lineage_mask("b")
    if not capture.any() and b_cells.sum() >= MIN_B_CELLS:
        return _fit(k, capture, b_cells)
    if cells.sum() >= MIN_BACKGROUND:
        background = _fit(k, capture, cells)
        if capture.any():
            return background
        return _scaled(background, 1 / MONOCYTE_FACTOR, MONOCYTE_LOG_SD)
    if ISOTYPE not in counts.proteins or t_cells.sum() < MIN_BACKGROUND:
        return None
    control = _fit(counts.protein_counts(ISOTYPE).astype(np.int64), capture, t_cells)
    return _scaled(control, ISOTYPE_FACTOR, ISOTYPE_LOG_SD)


def marked_share(counts: CellCounts, typing: Typing, cells: Bools) -> float:
    """Share of `cells` (mask) that show more CD7 antibody than monocytes and B cells do.

    NaN where these are under 20: nothing then tells whether the antibody marks any cell.
    """
    others = typing.lineage_mask("monocyte", "b")
    if others.sum() < MIN_BACKGROUND or not cells.any():
        return math.nan
    k, capture = counts.protein_counts(CD7).astype(np.int64), antibody_capture(counts)
    background = _fit(k, capture, others)
    return 1 - gated_share(k[cells], capture[cells], background).share.value


def _fit(k: Ints, capture: Floats, cells: Bools) -> AntibodyBackground:
    return fit_background(*_spaced(k[cells], capture[cells]))


def _scaled(background: AntibodyBackground, factor: float, log_sd: float) -> AntibodyBackground:
    """The background at another rate, whose error is that of the factor too."""
    return background._replace(
        rate=factor * background.rate, log_rate_sd=math.hypot(background.log_rate_sd, log_sd)
    )


def _spaced(k: Ints, capture: Floats) -> tuple[Ints, Floats]:
    """At most 5,000 of the cells, evenly spaced in order of their counts, not of the file."""
    step = math.ceil(k.size / MAX_CELLS)
    if step <= 1:
        return k, capture
    order = np.lexsort((capture, k))[::step]
    return k[order], capture[order]


def fit_background(k: Ints, capture: Floats) -> AntibodyBackground:
    """Background from the CD7 counts `k` (n,) of cells without CD7, outliers left out.

    Whether the mean follows the cell's capture or is the same in all cells is chosen by the
    likelihood: antibodies that stick to all cells follow it, ambient antibodies do not.

    >>> fit_background(np.array([2, 4, 8, 16]), np.array([1.0, 2.0, 4.0, 8.0])).by_capture
    True
    """
    fits = []
    for by_capture in (False, True) if capture.any() else (False,):
        depth = _depth(capture, by_capture=by_capture)
        rate = k / depth
        usual = rate <= np.quantile(rate, TRIM_QUANTILE)
        limit = TRIM_TIMES * k[usual].sum() / depth[usual].sum()
        cells = k <= limit * depth + TRIM_COUNTS
        component = calibrate(k[cells], depth[cells], SIZES)
        logs = log_pmf(k, depth * component.rate, component.size)
        # Outliers are left out of the comparison too: the least likely tenth.
        likelihood = float(np.sort(logs)[k.size // 10 :].sum())
        background = AntibodyBackground(
            component.rate, component.size, component.log_rate_sd, by_capture=by_capture
        )
        fits.append((likelihood, background))
    return max(fits, key=lambda fit: fit[0])[1]


def _depth(capture: Floats, *, by_capture: bool) -> Floats:
    # A cell without any other antibody counts as one with a single count.
    return np.maximum(capture, 1e-3) if by_capture else np.ones_like(capture)


def gated_share(k: Ints, capture: Floats, background: AntibodyBackground) -> ProteinShare:
    """Share of cells without CD7 among cells with CD7 counts `k` (n,) and their capture.

    A cell is within the gate when its count is at most the 95 % quantile of its background; the
    share is that of cells within, over the gate's own share F of cells without CD7. Cells with CD7
    are taken to lie outside. Error: sqrt(p (1 - p) / n) / F, with the gate fixed. The interval
    averages the likelihoods of the share over gates from 90 to 99 % and over the error of the
    background's rate. A cell within has probability 1 to be negative; one outside shares in the
    negatives that the gate misses.
    """
    within, expected = _gate(k, capture, background, GATE)
    p = float(within.mean())
    share = min(p / expected, 1.0)
    missed_share = share * (1 - expected) / (1 - p) if p < 1 else 1.0
    posterior = np.where(within, 1.0, min(missed_share, 1.0))
    error = math.sqrt(p * (1 - p) / k.size) / expected
    interval = _interval(*_spaced(k, capture), background, k.size)
    return ProteinShare(Estimate(share, error), interval, posterior)


def _gate(
    k: Ints, capture: Floats, background: AntibodyBackground, quantile: float
) -> tuple[Bools, float]:
    """Which cells lie within the gate, and the share of cells without CD7 expected within."""
    from scipy.special import (  # type: ignore[import-untyped, unused-ignore]  # no stubs; slow
        betainc,
        nbdtrik,
    )

    size = background.size
    depth = _depth(capture, by_capture=background.by_capture)
    success = size / (size + background.rate * depth)
    limit = np.ceil(np.maximum(nbdtrik(quantile, size, success), 0.0) - 1e-9)
    return k <= limit, float(betainc(size, limit + 1, success).mean())


def _interval(
    k: Ints, capture: Floats, background: AntibodyBackground, n: int, *, level: float = 0.90
) -> tuple[float, float]:
    """Interval of the share among `n` cells, of which these are some."""
    total = np.zeros(GRID.size)
    for quantile in GATES:
        for node in RATE_NODES:
            rate = background.rate * math.exp(node * background.log_rate_sd)
            within, expected = _gate(k, capture, background._replace(rate=rate), quantile)
            p = np.clip(GRID * expected, 1e-12, 1 - 1e-12)
            observed = float(within.mean())
            logs = n * (observed * np.log(p) + (1 - observed) * np.log1p(-p))
            weights = np.exp(logs - logs.max())
            total += weights / weights.sum()
    cumulative = np.cumsum(total) / total.sum()
    tail = (1 - level) / 2
    low, high = np.interp([tail, 1 - tail], cumulative, GRID)
    return float(low), float(high)
