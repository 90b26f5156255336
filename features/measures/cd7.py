"""CD7-negative T cells from RNA, although most zeros are dropout.

28 % of T cells with CD7 protein show no CD7 RNA on a 10x whole transcriptome, so "RNA = 0" is not
CD7-negative. The share of negatives is estimated with calibrated rates
(`features.measures.mixture`).
"""

import math

import numpy as np

from features.arrays import Bools, Floats, Ints
from features.cells.cell_counts import CellCounts
from features.celltypes.cell_types import Typing
from features.genes.panels import CD7
from features.measures.cd7_rates import WIDEST, load_calibration
from features.measures.mixture import Kinds, integrated, likeliest_share
from features.measures.pooled_expression import MIN_CELLS, MISSING, Level
from features.measures.standard_errors import spread_of_sums

# Median UMIs of T cells below which the calibration (median 3,000) is not trusted: in three samples
# of 900 to 1,400, NK cells, which have CD7, show 0.3 to 0.7 of their rate elsewhere (four deeper
# samples agree within 20 %), and T cells fall along with them, reading as 40 to 70 % negative.
SHALLOWEST = 1500


def _eligible(counts: CellCounts, typing: Typing, strategy: str | None) -> Bools | None:
    """T cells whose CD7 RNA speaks of their CD7; None when none can be told."""
    if CD7 not in counts.genes:
        return None
    t_cells = typing.lineage("t")  # blast-like cells are a lineage of their own: not among them
    if strategy != "blocked":
        return t_cells
    return None if counts.car is None else t_cells & (counts.car == 0)


def cd7_features(
    counts: CellCounts, typing: Typing, strategy: str | None, kinds: Kinds | None = None
) -> tuple[dict[str, float], Floats]:
    """CD7-negative share of T cells, its error and interval, and each cell's posterior.

    `strategy` is the sample sheet's car_cd7_strategy. "blocked": CAR-T cells keep CD7 mRNA and
    hide the protein, so the share is unresolved, unless the CAR is in the reference
    (`counts.car`); then T cells that show it are set aside and the share is of the others.
    Unresolved (value missing, `cd7neg_unresolved` 1.0) also when the 90 % interval is wider than
    50 points, the cells' median is under 1,500 UMIs or CD7 is not in the reference. The standard
    error holds the rates fixed; the interval does not. `kinds` replaces the shipped calibration
    and its least depth. `cd7_t_rate`, the pooled rate of the same T cells, is what later samples
    are anchored on (`features.measures.baseline_anchor`); missing under 50 of them and where they
    are too shallow.

    The posterior, shape (n,), carries the errors of share and rates and therefore adds up to a
    little more than a small share, a little less than a great one. It is 0 outside the T cells
    used, NaN throughout when unresolved.
    """
    cells = _eligible(counts, typing, strategy)
    nothing = np.full(counts.n_cells, math.nan)
    if cells is None:
        return _columns(MISSING, (math.nan, math.nan), True, MISSING), nothing
    k, depth = counts.of(CD7)[cells].astype(np.int64), counts.total[cells] / 1e4
    shallow = kinds is None and k.size > 0 and float(np.median(depth)) < SHALLOWEST / 1e4
    kinds = load_calibration() if kinds is None else kinds
    rate = MISSING if shallow else pooled_rate(k, depth)
    ends, probability = integrated(k, depth, kinds)
    if shallow or ends[1] - ends[0] > WIDEST:
        return _columns(MISSING, ends, True, rate), nothing
    share, se = likeliest_share(k, depth, kinds)
    posterior = np.zeros(counts.n_cells)
    posterior[cells] = probability
    return _columns(Level(share, se), ends, False, rate), posterior


def pooled_rate(k: Ints, depth: Floats) -> Level:
    """CD7 UMIs per 10,000 UMIs over cells, with its linearised error; missing under 50 cells.

    `k` (n,) counts, `depth` (n,) in 10,000 UMIs.

    >>> pooled_rate(np.full(50, 2), np.full(50, 0.5))
    Level(value=4.0, se=0.0)
    """
    if k.size < MIN_CELLS:
        return MISSING
    rate = float(k.sum()) / float(depth.sum())
    return Level(rate, spread_of_sums(k - rate * depth) / float(depth.sum()))


def _columns(
    level: Level, ends: tuple[float, float], unresolved: bool, rate: Level
) -> dict[str, float]:
    return {
        **rate.columns("cd7_t_rate"),
        **level.columns("cd7neg_t_fraction"),
        "cd7neg_t_fraction_low": ends[0],
        "cd7neg_t_fraction_high": ends[1],
        "cd7neg_unresolved": float(unresolved),
    }
