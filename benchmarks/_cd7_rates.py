"""CD7-negative share where a laboratory's rates lie off the calibration, for `benchmarks.cd7`.

NK cells are the sample's own standard. Where the T cells' rate is multiplied by a factor, the NK
cells' is too, but for a log-SD of 0.18 between the two: scaled alike the standard would be perfect
by construction. Beside it the former method: no standard, log-SD 0.5 for the negatives' rate, rates
not weighted by evidence, ends of the interval that are quantiles.
"""

import math
from collections.abc import Callable, Iterator
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
import pandas as pd

from benchmarks.cells import eccite
from features.arrays import Floats, Ints
from features.celltypes.cell_types import type_cells
from features.genes.panels import CD7
from features.measures.cd7.component_rates import TwoComponentRates, calibrate, log_pmf
from features.measures.cd7.mixture import group_cells, mle_share
from features.measures.cd7.nk_standard import NK_LOG_SD, NkStandard, nk_standard, standardised
from features.measures.cd7.rna_share import (
    MAX_INTERVAL_WIDTH,
)
from features.measures.cd7.share_interval import GRID, posterior_interval

FACTORS = (0.5, 0.7, 1.0, 1.4)
SHARES = (0.0, 0.05, 0.20, 0.50, 0.80, 0.95, 1.0)
LOST = (0.0, 0.1, 0.2, 0.3, 0.5, 0.9)
FORMER_NEGATIVE_SPREAD, FORMER_NODES = 0.5, (15, 7)
NK_CELLS = 60

Cells = tuple[Ints, Floats]  # CD7 UMIs, depth in 10,000 UMIs
Draw = Callable[[float], Cells]  # T cells of a given share of negatives
Interval = tuple[float, float]


class Half(NamedTuple):
    """One random half: rates calibrated on it, and a way to draw T cells from the other."""

    rates: TwoComponentRates
    draw: Draw


def former_interval(k: Ints, depth: Floats, rates: TwoComponentRates) -> Interval:
    """The interval as it was: likelihoods averaged over equally likely rates, quantiles as ends."""
    counts, depths, sizes, _ = group_cells(k, depth)
    normal, total = NormalDist(), np.zeros(GRID.size)
    common_nodes, own_nodes = (
        [normal.inv_cdf((i + 0.5) / n) for i in range(n)] for n in FORMER_NODES
    )
    positive, negative = rates.positive, rates.negative
    positive_sd = math.hypot(rates.spread, positive.log_rate_sd)
    negative_sd = math.hypot(FORMER_NEGATIVE_SPREAD, negative.log_rate_sd)
    for z in common_nodes:
        high = np.exp(
            log_pmf(counts, depths * positive.rate * math.exp(positive_sd * z), positive.size)
        )
        for y in own_nodes:
            factor = math.exp(rates.spread * z + negative_sd * y)
            low = np.exp(log_pmf(counts, depths * negative.rate * factor, negative.size))
            mixture = np.maximum(high + GRID[:, None] * (low - high), 1e-300)
            logs = np.log(mixture) @ sizes
            weights = np.exp(logs - logs.max())
            total += weights / weights.sum()
    low_end, high_end = np.interp([0.05, 0.95], np.cumsum(total) / total.sum(), GRID)
    return float(low_end), float(high_end)


def at_factor(cells: Cells, factor: float, rng: np.random.Generator) -> Cells:
    """The cells of a laboratory with another rate: counts thinned, or fewer UMIs of other genes."""
    k, depth = cells
    return (rng.binomial(k, factor), depth) if factor < 1 else (k, depth / factor)


def healthy_nk() -> Cells:
    """NK cells of ECCITE-seq PBMC."""
    counts, _ = eccite()
    nk = type_cells(counts).lineage_mask("nk")
    return counts.gene_umis(CD7)[nk].astype(np.int64), counts.depth[nk] / 1e4


def draw_nk(
    nk: Cells, factor: float, rng: np.random.Generator, lost: float = 0.0, lost_rate: float = 0.0
) -> Cells:
    """NK cells at a factor times log-SD 0.18; a share `lost` thinned to `lost_rate` per 10,000."""
    rows = rng.integers(0, nk[0].size, NK_CELLS)
    k, depth = at_factor(
        (nk[0][rows], nk[1][rows]), factor * math.exp(NK_LOG_SD * rng.normal()), rng
    )
    is_lost = rng.uniform(size=k.size) < lost
    keep = min(1.0, factor * lost_rate * float(depth.sum()) / float(k.sum()))
    return np.where(is_lost, rng.binomial(k, keep), k), depth


def _with_standard(cells: Cells, rates: TwoComponentRates, standard: NkStandard | None) -> Interval:
    sample_rates = rates if standard is None else standardised(rates, standard)
    share = mle_share(*cells, sample_rates)[0]
    low, high = posterior_interval(*cells, sample_rates)[0]
    return min(low, share), max(high, share)


def at_rates(halves: Iterator[Half], rng: np.random.Generator) -> pd.DataFrame:
    """One row per half, factor, true share and method: whether it covers, and the width."""
    nk = healthy_nk()
    healthy = calibrate(*nk)
    rows = []
    for rates, draw in halves:
        for factor in FACTORS:
            for true in SHARES:
                cells = at_factor(draw(true), factor, rng)
                standard = nk_standard(
                    *draw_nk(nk, factor, rng),
                    healthy,
                    negative=rates.negative,
                    before_infusion=True,
                )
                intervals = {
                    "former": former_interval(*cells, rates),
                    "without NK": _with_standard(cells, rates, None),
                    "with NK": _with_standard(cells, rates, standard),
                }
                rows += [
                    {"rate x": factor, "true": true, "method": name, **_coverage(interval, true)}
                    for name, interval in intervals.items()
                ]
    return pd.DataFrame(rows)


def _coverage(interval: Interval, true: float) -> dict[str, float]:
    low, high = interval
    covers, unresolved = low <= true <= high, high - low > MAX_INTERVAL_WIDTH
    return {
        "covers %": 100.0 * covers,
        "covers or unresolved %": 100.0 * (covers or unresolved),
        "width": 100 * (high - low),
        "unresolved %": 100.0 * unresolved,
    }


def by_rate(table: pd.DataFrame) -> pd.DataFrame:
    """Means over all true shares, by method and rate."""
    return table.drop(columns="true").groupby(["method", "rate x"], sort=False).mean()


def by_share(table: pd.DataFrame) -> pd.DataFrame:
    """Coverage and unresolved at the calibrated rate, by method and true share."""
    plain = table[table["rate x"] == 1].groupby(["method", "true"], sort=False)
    means = plain[["covers %", "unresolved %"]].mean().unstack()  # noqa: PD010
    inner = [share for share in SHARES if 0 < share < 1]
    means["unresolved %", "5-95"] = means["unresolved %"][inner].mean(axis=1)
    return means


def after_loss(halves: Iterator[Half], rng: np.random.Generator) -> pd.DataFrame:
    """NK cells that lost CD7 in part: how often they still count, and what that does.

    The laboratory's factor is drawn (log-SD 0.25), the true share too (5 to 95 %). "guarded": as
    after infusion; "trusted": as before it.
    """
    nk = healthy_nk()
    healthy = calibrate(*nk)
    rows = []
    for rates, draw in halves:
        for lost in LOST:
            factor, true = math.exp(rates.spread * rng.normal()), rng.uniform(0.05, 0.95)
            cells = at_factor(draw(true), factor, rng)
            nk_cells = draw_nk(nk, factor, rng, lost, rates.negative.rate)
            row = {"lost": lost}
            for name, before in (("guarded", False), ("trusted", True)):
                one = nk_standard(
                    *nk_cells, healthy, negative=rates.negative, before_infusion=before
                )
                coverage = _coverage(_with_standard(cells, rates, one), true)
                row |= {
                    f"{name}: counts %": 100.0 * (one is not None),
                    f"{name}: log error": math.log(one.factor / factor) if one else math.nan,
                    f"{name}: covers or unresolved %": coverage["covers or unresolved %"],
                    f"{name}: unresolved %": coverage["unresolved %"],
                }
            rows.append(row)
    return pd.DataFrame(rows).groupby("lost").mean()
