"""Two-component negative binomial mixture with both rates held fixed: the share of one component.

Cells of one component (negative) show a gene at a low rate, those of the other (positive) at a
high one; both rates were calibrated on cells whose component was known. The estimated share pi of
negatives is the prevalence with the greatest likelihood of the observed counts:

    L(pi) = prod over cells of [pi f-(k, d) + (1 - pi) f+(k, d)],   f = NB(k; mean d r, size s)

Left free, the rates and pi are not identifiable from one sample. The estimator of Rogan & Gladen
(Am J Epidemiol 1978) is the simple form of this that only uses whether k = 0.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import lgamma
from statistics import NormalDist

import numpy as np

from features.arrays import Floats, Ints
from features.measures.standard_errors import linearised_se

GRID = np.linspace(0.0, 1.0, 101)
DEPTH_BINS = 12
N_NODES = (15, 9)  # equal-probability values of the positives' and of the negatives' rate error
# Cells whose evidence weights the rates. Of 0, 25, 50 and 100 in ECCITE-seq halves at 0.7 to 1.4
# times the rate, with NK cells as standard, all cover in 90 % or more; 25 and 50 leave a third
# fewer unresolved than 0, and 100 covers least.
EVIDENCE_CELLS = 50
# An end of the range, 0 or 1, belongs to the 90 % interval unless its density is under this share
# of the greatest: the likelihood-ratio interval, exp(-1.645^2 / 2). A quantile never reaches it.
END_DENSITY = 0.26


@dataclass(frozen=True)
class ComponentRate:
    """Rate per 10,000 UMIs, negative binomial size, and the relative error of that rate."""

    rate: float
    size: float
    log_rate_sd: float


RATE_STEP = 0.02  # of the log rate, for a numerical derivative


@dataclass(frozen=True)
class TwoComponentRates:
    """Both components, and the log-SD by which rates differ between samples.

    `spread` moves both rates together (chemistry, mapping); `negative_spread` the negatives' alone,
    which is ambient RNA and residual transcripts.
    """

    negative: ComponentRate
    positive: ComponentRate
    spread: float = 0.25
    negative_spread: float = 0.0


def scaled(rates: TwoComponentRates, factor: float) -> TwoComponentRates:
    """Both rates multiplied by a factor.

    >>> rates = TwoComponentRates(ComponentRate(1.0, 10.0, 0.4), ComponentRate(9.0, 4.0, 0.05))
    >>> scaled(rates, 2.0).positive.rate
    18.0
    """
    return replace(
        rates, negative=_times(rates.negative, factor), positive=_times(rates.positive, factor)
    )


def log_pmf(k: Ints, mean: Floats, size: float) -> Floats:
    """Log probability of counts under a negative binomial of given means and size.

    `k` and `mean` broadcast against each other.

    >>> float(np.exp(log_pmf(np.array([0]), np.array([1.0]), 1.0))[0])
    0.5
    """
    top = int(k.max(initial=0)) + 1
    constant = np.array([lgamma(j + size) - lgamma(size) - lgamma(j + 1) for j in range(top)])
    logs = size * np.log(size / (size + mean)) + k * np.log(mean / (size + mean))
    return np.asarray(constant[k] + logs)


def _density(k: Ints, depth: Floats, component: ComponentRate) -> Floats:
    return np.asarray(np.exp(log_pmf(k, depth * component.rate, component.size)))


def _densities(k: Ints, depth: Floats, rates: TwoComponentRates) -> tuple[Floats, Floats]:
    return _density(k, depth, rates.negative), _density(k, depth, rates.positive)


def mle_share(k: Ints, depth: Floats, rates: TwoComponentRates) -> tuple[float, float]:
    """Maximum likelihood share of negatives, and its standard error with the rates held fixed.

    `k` (n,) counts, `depth` (n,) in 10,000 UMIs. The derivative of log L falls with pi, so
    bisection finds its zero. Error: the inverse root of the curvature, sum u^2 with
    u = (f- - f+) / (pi f- + (1 - pi) f+), corrected for the spread of u between cells (sandwich).
    """
    f_negative, f_positive = _densities(k, depth, rates)
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
        f_negative, f_positive = _densities(counts, depths, scaled(rates, math.exp(step)))
        difference = f_negative - f_positive
        return np.asarray(difference / np.maximum(share * difference + f_positive, 1e-300))

    slope = float(np.square(scores(0.0)) @ sizes)
    change = float((scores(RATE_STEP) - scores(-RATE_STEP)) @ sizes)
    return change / (2 * RATE_STEP * slope)


def posteriors(k: Ints, depth: Floats, rates: TwoComponentRates, share: float) -> Floats:
    """Probability of each cell to be negative if the share and both rates were known, shape (n,).

    Where they are estimated, `posterior_interval` carries their errors into the probabilities.
    """
    f_negative, f_positive = _densities(k, depth, rates)
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


def _rate_nodes(rates: TwoComponentRates) -> Iterator[tuple[ComponentRate, list[ComponentRate]]]:
    """Equally likely rates, the given ones times factors: a positive rate and its negative rates.

    The spread between samples moves both rates together; the error of the positives' calibration
    adds to it. The error of the negatives' calibration and their own spread are independent of it.
    """
    normal = NormalDist()
    common_nodes, negative_nodes = (
        np.array([normal.inv_cdf((i + 0.5) / n) for i in range(n)]) for n in N_NODES
    )
    positive_errors = np.hypot(rates.spread, rates.positive.log_rate_sd) * common_nodes
    negative_errors = np.hypot(rates.negative_spread, rates.negative.log_rate_sd) * negative_nodes
    for shift, high in zip(common_nodes, positive_errors, strict=True):
        yield (
            _times(rates.positive, np.exp(high)),
            [_times(rates.negative, np.exp(rates.spread * shift + low)) for low in negative_errors],
        )


def _times(component: ComponentRate, factor: float) -> ComponentRate:
    return replace(component, rate=component.rate * factor)


def share_density(k: Ints, depth: Floats, rates: TwoComponentRates) -> tuple[Floats, Floats]:
    """Density of the share over `GRID`, and each cell's probability to be negative.

    For each of equally likely pairs of rates the likelihood over the grid (flat prior) is
    normalised, and these are averaged. How well a pair explains the counts weights it, as much as
    the evidence of 50 cells does however many there are (`EVIDENCE_CELLS`): it tells impossible
    rates, but with the whole evidence small departures from the negative binomial would choose
    them. A cell's probability, shape (n,), is the mean of pi f- / (pi f- + (1 - pi) f+) over shares
    and rates, taken at the mean depth of a twelfth of the cells.
    """
    counts, depths, sizes, group = group_cells(k, depth)
    densities, probabilities, evidence = [], [], []
    for positive, negatives in _rate_nodes(rates):
        f_positive = _density(counts, depths, positive)
        for negative in negatives:
            f_negative = _density(counts, depths, negative)
            mixture = np.maximum(f_positive + GRID[:, None] * (f_negative - f_positive), 1e-300)
            log_likelihood = np.log(mixture) @ sizes
            likelihood = np.exp(log_likelihood - log_likelihood.max())
            weights = likelihood / likelihood.sum()
            densities.append(weights)
            probabilities.append(f_negative * ((weights * GRID) @ (1 / mixture)))
            evidence.append(log_likelihood.max() + math.log(likelihood.sum()))
    node_weights = np.array(evidence) * min(1.0, EVIDENCE_CELLS / k.size)
    node_weights = np.exp(node_weights - node_weights.max())
    node_weights /= node_weights.sum()
    return node_weights @ np.array(densities), (node_weights @ np.array(probabilities))[group]


def posterior_interval(
    k: Ints, depth: Floats, rates: TwoComponentRates, level: float = 0.90
) -> tuple[tuple[float, float], Floats]:
    """Interval of the share, and each cell's probability to be negative, with all three errors.

    The errors are those of the mixture, of the calibration, and of rates that differ between
    samples (`share_density`). The interval's ends are quantiles of the density, but 0 and 1 where
    these are not improbable, and (0, 1) without cells.
    """
    if k.shape[0] == 0:
        return (0.0, 1.0), np.zeros(0)
    density, probability = share_density(k, depth, rates)
    return _ends(density, level), probability


def _ends(density: Floats, level: float) -> tuple[float, float]:
    """Quantiles of a density over the grid of shares; 0 or 1 where that end is not improbable.

    An end at 0 or 1 takes in the tail on its side, so the other end gives back half as much.

    >>> _ends(np.exp(-0.5 * ((1 - GRID) / 0.05) ** 2), 0.90)[1]  # greatest at 1
    1.0
    """
    cumulative = np.cumsum(density) / density.sum()
    tail, least = (1 - level) / 2, END_DENSITY * density.max()
    at_zero = density[0] >= least or cumulative[0] >= tail
    at_one = density[-1] >= least or 1 - cumulative[-2] >= tail
    quantiles = (tail * (1.5 if at_one else 1.0), 1 - tail * (1.5 if at_zero else 1.0))
    low, high = np.interp(quantiles, cumulative, GRID)
    return 0.0 if at_zero else float(low), 1.0 if at_one else float(high)


def calibrate(k: Ints, depth: Floats, sizes: Floats | None = None) -> ComponentRate:
    """Rate and size of one component from cells known to belong to it.

    The rate is sum k / sum d; the size is the likeliest of `sizes` (default 0.3 to 10) at that
    rate. The rate's relative error is its linearised standard error over cells, at least that of
    half a UMI.
    """
    sizes = np.geomspace(0.3, 10, 29) if sizes is None else sizes
    umis = float(k.sum()) + 0.5
    rate = umis / float(depth.sum())
    fits = [float(log_pmf(k, depth * rate, float(size)).sum()) for size in sizes]
    error = linearised_se(k - rate * depth) / umis
    return ComponentRate(rate, float(sizes[int(np.argmax(fits))]), max(error, 0.5 / umis))
