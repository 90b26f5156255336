"""CD7-negative share of T cells from RNA, corrected for dropout by calibrated rates.

28 % of T cells with CD7 protein show no CD7 RNA on a 10x whole transcriptome, so "RNA = 0" is not
CD7-negative. The share is estimated with rates calibrated once on cells in which CD7 protein and
RNA were measured together (`features.measures.cd7.component_rates`, `mixture`, `share_interval`).
"""

import json
import math
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from features.arrays import Bools, Floats, Ints
from features.genes.panels import CD7
from features.measures.cd7.chemistry import calibration_use, rates_for
from features.measures.cd7.component_rates import ComponentRate, TwoComponentRates
from features.measures.cd7.mixture import mle_share, share_change
from features.measures.cd7.nk_standard import NkStandard, nk_standard, standardised
from features.measures.cd7.share_interval import posterior_interval
from features.measures.pooled_expression import MIN_CELLS, MISSING, Estimate
from features.measures.standard_errors import linearised_se

# For types alone: `history`, which the service imports, needs the calibration and no file readers.
if TYPE_CHECKING:
    from features.cells.cell_counts import CellCounts
    from features.celltypes.cell_types import Typing

CALIBRATION = Path(__file__).with_name("cd7_calibration.json")
MAX_INTERVAL_WIDTH = 0.50  # a share with a wider 90 % interval is unresolved
# Median depth of T cells (UMIs of the depth genes, 0.6 of all UMIs in ten samples' T cells) below
# which the calibration (median 1,500) is not trusted: in three samples of 560 to 830, NK cells,
# which have CD7, show 0.3 to 0.7 of their rate elsewhere (four deeper samples agree within 20 %),
# and T cells fall along with them, reading as 40 to 70 % negative.
MIN_MEDIAN_DEPTH = 900


@cache
def load_calibration(path: Path = CALIBRATION) -> TwoComponentRates:
    """Rates of CD7 RNA in T cells without and with CD7 protein, shipped with their origin.

    >>> rates = load_calibration()
    >>> rates.negative.rate < rates.positive.rate
    True
    """
    data = json.loads(path.read_text())
    return TwoComponentRates(
        _component(data["negative"]),
        _component(data["positive"]),
        data["spread_between_samples"],
        data["negative_spread_between_samples"],
    )


@cache
def load_nk_rate(path: Path = CALIBRATION) -> ComponentRate:
    """Rate of CD7 RNA in healthy NK cells, shipped with its origin.

    >>> load_nk_rate().rate > load_calibration().positive.rate
    True
    """
    return _component(json.loads(path.read_text())["nk"])


def _component(entry: Mapping[str, float]) -> ComponentRate:
    return ComponentRate(entry["rate_per_10k"], entry["size"], entry["log_rate_sd"])


def sample_standard(
    counts: "CellCounts", typing: "Typing", *, before_infusion: bool
) -> NkStandard | None:
    """The CD7 rate of a sample's NK cells as its own standard, where they hold CD7, else None.

    `before_infusion`: no CD7 CAR-T cell has met them. Otherwise their UMIs must say so
    (`features.measures.cd7.nk_standard`).
    """
    cells = typing.lineage_mask("nk")
    if CD7 not in counts.genes or not counts.has_depth:
        return None
    k, depth = counts.gene_umis(CD7)[cells].astype(np.int64), counts.depth[cells] / 1e4
    return nk_standard(
        k,
        depth,
        load_nk_rate(),
        negative=load_calibration().negative,
        before_infusion=before_infusion,
    )


def informative_t_cells(
    counts: "CellCounts", typing: "Typing", strategy: str | None
) -> Bools | None:
    """T cells whose CD7 RNA reflects their CD7 protein; None when no cell's does."""
    t_cells = typing.lineage_mask("t")  # blast-like cells are a lineage of their own
    if strategy != "blocked":
        return t_cells
    return None if counts.car is None else t_cells & (counts.car == 0)


def cd7_features(
    counts: "CellCounts",
    typing: "Typing",
    strategy: str | None,
    rates: TwoComponentRates | None = None,
    *,
    chemistry: str | None = None,
    standard: NkStandard | None = None,
) -> tuple[dict[str, float], Floats]:
    """CD7-negative share of T cells by RNA, its error and interval, and each cell's posterior.

    `strategy` is the sample sheet's car_cd7_strategy. "blocked": CAR-T cells keep CD7 mRNA and
    hide the protein, so the share is unresolved, unless the CAR is in the reference
    (`counts.car`); then T cells that show it are set aside and the share is of the others.
    Unresolved (value missing, `cd7neg_unresolved` 1.0) also when the 90 % interval is wider than
    50 points, the cells' median is under 900 UMIs of the depth genes, the reference lacks CD7 or
    depth genes, or the rates are not calibrated for the `chemistry`
    (`features.measures.cd7.chemistry`). `standard` moves the rates to the level of this sample's NK
    cells (`sample_standard`). The standard error holds the rates fixed but for the sampling of
    these NK cells; the interval does not. `rates` replaces the shipped calibration and its least
    depth. `cd7_t_rate`, the pooled rate of the same T cells, is what later samples are anchored on
    (`features.measures.cd7.baseline_anchor`); missing under 50 of them, where they are too shallow
    and where the chemistry is not calibrated.

    The posterior, shape (n,), carries the errors of share and rates and therefore adds up to
    slightly more than a small share and slightly less than a large one. It is 0 outside the T
    cells used, NaN throughout when unresolved.
    """
    cells = informative_t_cells(counts, typing, strategy)
    no_posterior = np.full(counts.n_cells, math.nan)
    calibrated = calibration_use(chemistry) != "uncalibrated"
    is_measured = CD7 in counts.genes and counts.has_depth
    if cells is None or not is_measured or not calibrated:
        return _columns(MISSING, (math.nan, math.nan), True, MISSING), no_posterior
    k, depth = counts.gene_umis(CD7)[cells].astype(np.int64), counts.depth[cells] / 1e4
    shallow = rates is None and k.size > 0 and float(np.median(depth)) < MIN_MEDIAN_DEPTH / 1e4
    rates = rates_for(chemistry, load_calibration()) if rates is None else rates
    rates = rates if standard is None else standardised(rates, standard)
    rate = MISSING if shallow else pooled_rate(k, depth)
    interval, cell_posterior = posterior_interval(k, depth, rates)
    if shallow or interval[1] - interval[0] > MAX_INTERVAL_WIDTH:
        return _columns(MISSING, interval, True, rate), no_posterior
    posterior = np.zeros(counts.n_cells)
    posterior[cells] = cell_posterior
    share = _share(k, depth, rates, standard)
    low, high = min(interval[0], share.value), max(interval[1], share.value)
    return _columns(share, (low, high), False, rate), posterior


def _share(
    k: Ints, depth: Floats, rates: TwoComponentRates, standard: NkStandard | None
) -> Estimate:
    """The likeliest share; other NK cells of this sample would have moved it too."""
    share, se = mle_share(k, depth, rates)
    if standard is None:
        return Estimate(share, se)
    of_standard = share_change(k, depth, rates, share) * standard.sampling_sd
    return Estimate(share, math.hypot(se, of_standard))


def pooled_rate(k: Ints, depth: Floats) -> Estimate:
    """CD7 UMIs per 10,000 UMIs over cells, with its linearised error; missing under 50 cells.

    `k` (n,) counts, `depth` (n,) in 10,000 UMIs of the depth genes.

    >>> pooled_rate(np.full(50, 2), np.full(50, 0.5))
    Estimate(value=4.0, se=0.0)
    """
    if k.size < MIN_CELLS:
        return MISSING
    rate = float(k.sum()) / float(depth.sum())
    return Estimate(rate, linearised_se(k - rate * depth) / float(depth.sum()))


def _columns(
    share: Estimate, interval: tuple[float, float], unresolved: bool, rate: Estimate
) -> dict[str, float]:
    return {
        **rate.columns("cd7_t_rate"),
        **share.columns("cd7neg_t_fraction"),
        "cd7neg_t_fraction_low": interval[0],
        "cd7neg_t_fraction_high": interval[1],
        "cd7neg_unresolved": float(unresolved),
    }
