"""Two-component negative binomial mixture with both rates held fixed: the share of one component.

Cells of one component (negative) show a gene at a low rate, those of the other (positive) at a
high one; both rates were calibrated on cells whose component was known. The estimated share pi of
negatives is the prevalence with the greatest likelihood of the observed counts:

    L(pi) = prod over cells of [pi f-(k, d) + (1 - pi) f+(k, d)],   f = NB(k; mean d r, size s)

Left free, the rates and pi are not identifiable from one sample. The estimator of Rogan & Gladen
(Am J Epidemiol 1978) is the simple form of this that only uses whether k = 0.
"""

import math

import numpy as np

from features.arrays import Floats, Ints
from features.measures.cd7.component_rates import TwoComponentRates, likelihoods, scaled
from features.measures.standard_errors import linearised_se

DEPTH_BINS = 12
RATE_STEP = 0.02  # of the log rate, for a numerical derivative


def mle_share(k: Ints, depth: Floats, rates: TwoComponentRates) -> tuple[float, float]:
    """Maximum likelihood share of negatives, and its standard error with the rates held fixed.

    `k` (n,) counts, `depth` (n,) in 10,000 UMIs. The derivative of log L falls with pi, so
    bisection finds its zero. Error: the inverse root of the curvature, sum u^2 with
    u = (f- - f+) / (pi f- + (1 - pi) f+), corrected for the spread of u between cells (sandwich).
    """
    f_negative, f_positive = likelihoods(k, depth, rates)
    difference = f_negative - f_positive
    buffer = np.empty_like(difference)

    def scores(share: float) -> Floats:
        np.multiply(difference, share, out=buffer)
        np.add(buffer, f_positive, out=buffer)
        return np.divide(difference, buffer, out=buffer)

    low, high = 0.0, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if scores(middle).sum() > 0 else (low, middle)
    share = (low + high) / 2
    u = scores(share)
    return share, linearised_se(u) / float(np.square(u).sum())


def share_change(k: Ints, depth: Floats, rates: TwoComponentRates, share: float) -> float:
    """By how much the likeliest share moves when the log of both rates does, d share / d ln rate.

    By the implicit function theorem the change of the score, sum u, over its slope, sum u^2, at
    the likeliest `share`, u as in `mle_share`; cells grouped by count and depth.
    """
    counts, depths, sizes, _ = group_cells(k, depth)

    def scores(step: float) -> Floats:
        f_negative, f_positive = likelihoods(counts, depths, scaled(rates, math.exp(step)))
        difference = f_negative - f_positive
        return np.asarray(difference / np.maximum(share * difference + f_positive, 1e-300))

    slope = float(np.square(scores(0.0)) @ sizes)
    change = float((scores(RATE_STEP) - scores(-RATE_STEP)) @ sizes)
    return change / (2 * RATE_STEP * slope)


def posteriors(k: Ints, depth: Floats, rates: TwoComponentRates, share: float) -> Floats:
    """Probability of each cell to be negative if the share and both rates were known, shape (n,).

    Where they are estimated, `share_interval.posterior_interval` carries their errors into it.
    """
    f_negative, f_positive = likelihoods(k, depth, rates)
    return np.asarray(share * f_negative / (share * f_negative + (1 - share) * f_positive))


def group_cells(k: Ints, depth: Floats) -> tuple[Ints, Floats, Ints, Ints]:
    """Cells grouped by count and depth bin: count, mean depth, number; and each cell's group."""
    edges = np.quantile(depth, np.linspace(0, 1, DEPTH_BINS + 1)[1:-1])
    depth_bin = np.searchsorted(edges, depth)
    code = k * DEPTH_BINS + depth_bin
    sizes = np.bincount(code)  # faster than sorting: CD7 counts are small
    groups = np.flatnonzero(sizes)
    mean_depth = np.bincount(code, weights=depth)[groups] / sizes[groups]
    group_of_code = np.cumsum(sizes > 0) - 1
    return groups // DEPTH_BINS, mean_depth, sizes[groups], group_of_code[code]
