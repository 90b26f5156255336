"""Pooled (pseudobulk) expression of a group of cells: ln(1 + counts per 10,000 of depth).

Because counts are pooled before the logarithm, the level does not depend on depth: thinning real
cells to a quarter moved means of per-cell log1p by about one between-sample SD, the pooled form by
0.05.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from features.arrays import Bools, Floats, Ints, Ints32
from features.measures.standard_errors import ERROR_OF_NONE, linearised_se

PER_10K = 1e4
MIN_CELLS = 50  # with fewer cells of a type its expression level is missing


@dataclass(frozen=True)
class Estimate:
    """A value and its standard error; both NaN when missing."""

    value: float
    se: float

    def columns(self, name: str) -> dict[str, float]:
        """As columns of the feature table: `name` and `name_se`."""
        return {name: self.value, f"{name}_se": self.se}


MISSING = Estimate(math.nan, math.nan)


def estimate_columns(estimates: Mapping[str, Estimate]) -> dict[str, float]:
    """Several estimates by name as columns of the feature table, in order.

    >>> estimate_columns({"t_fraction": Estimate(0.5, 0.1)})
    {'t_fraction': 0.5, 't_fraction_se': 0.1}
    """
    columns: dict[str, float] = {}
    for name, estimate in estimates.items():
        columns |= estimate.columns(name)
    return columns


def mean_log_expression(
    counts: Ints | Ints32, depth: Ints, weights: Floats | None = None
) -> Estimate:
    """Mean over genes of ln(1 + 10^4 R_g), R_g = sum w x_g / sum w t, with its standard error.

    `counts` (n, genes), `depth` t (n,) each cell's UMIs of the depth genes, `weights` (n,) the
    probability that the cell belongs to the group (1 when None). Missing when the weights sum to
    under 50 cells.
    Error: sqrt(n/(n-1) sum e^2) / sum w t, e = sum_g w u_g (x_g - R_g t) with
    u_g = 10^4 / (1 + 10^4 R_g) / genes. The weights are taken as known.

    >>> level = mean_log_expression(np.full((50, 1), 2), np.full(50, 1000))
    >>> round(level.value, 4), level.se  # ln(1 + 20)
    (3.0445, 0.0)
    """
    w = np.ones(depth.shape[0]) if weights is None else weights
    if w.sum() < MIN_CELLS:
        return MISSING
    in_group = w > 0
    w, t = w[in_group], depth[in_group].astype(np.float64)
    total, influences, logs = float((w * t).sum()), np.zeros(w.shape[0]), []
    # Gene by gene: a matrix product's rounding would depend on the machine's number of threads.
    for x in counts.T:
        umis = x[in_group].astype(np.float64)
        rate = float((w * umis).sum()) / total
        influences += (umis - rate * t) * (PER_10K / (1 + PER_10K * rate) / counts.shape[1])
        logs.append(math.log1p(PER_10K * rate))
    return Estimate(float(np.mean(logs)), linearised_se(w * influences) / total)


def rate(counts: Ints, depth: Ints) -> float:
    """Pooled UMIs per UMI of the depth genes over cells; NaN without UMIs.

    >>> rate(np.array([1, 3]), np.array([100, 100]))
    0.02
    """
    total = float(depth.sum())
    return float(counts.sum()) / total if total > 0 else math.nan


def rare_rate(umis: Ints, depth: Ints) -> Estimate:
    """UMIs per 10,000 UMIs of the depth genes, pooled over cells, of a gene that few cells show.

    The error is linearised over cells and adds 3 / 1.645 UMIs, so that a rate of 0 has the upper
    limit of the rule of three: no UMI leaves room for some. Missing without cells.

    >>> level = rare_rate(np.array([2, 0]), np.array([1000, 1000]))
    >>> level.value, round(level.se, 1)
    (10.0, 13.5)
    """
    total = float(depth.sum())
    if total <= 0:
        return MISSING
    every_cell = np.ones(depth.shape[0], bool)
    error = math.hypot(linearised_se(influence(umis, depth, every_cell)), ERROR_OF_NONE / total)
    return Estimate(PER_10K * rate(umis, depth), PER_10K * error)


def influence(counts: Ints, depth: Ints, cells: Bools) -> Floats:
    """First-order influence of every cell on the pooled rate over `cells`, shape (n,).

    (x - R t) / sum t inside the group and 0 outside, so that influences of several rates on the
    same sample can be added before taking `linearised_se`.
    """
    total = float(depth[cells].sum())
    residuals = counts - rate(counts[cells], depth[cells]) * depth
    return np.where(cells, residuals / total, 0.0)
