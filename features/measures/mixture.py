"""Share of one of two kinds of cells from a count they both show, with both rates held fixed.

Cells of the first kind (negative) show a gene at a low rate, those of the second (positive) at a
high one; both rates were calibrated on cells whose kind was known. The share pi of negatives is
the prevalence under which the observed counts are likeliest:

    L(pi) = prod over cells of [pi f-(k, d) + (1 - pi) f+(k, d)],   f = NB(k; mean d r, size s)

Left free, the rates and pi cannot be told apart in one sample. Rogan & Gladen (Am J Epidemiol
1978) is the form of this that only asks whether k = 0.
"""

from dataclasses import dataclass, replace
from math import lgamma
from statistics import NormalDist

import numpy as np

from features.arrays import Floats, Ints
from features.measures.standard_errors import spread_of_sums

GRID = np.linspace(0.0, 1.0, 101)
DEPTH_BINS = 12
NODES = (15, 7)  # equal-probability values of the positives' and of the negatives' rate error


@dataclass(frozen=True)
class Kind:
    """Rate per 10,000 UMIs, negative binomial size, and the relative error of that rate."""

    rate: float
    size: float
    log_rate_sd: float


@dataclass(frozen=True)
class Kinds:
    """Both kinds of cells, and the log-SD by which rates differ between samples.

    `spread` moves both rates together (chemistry, mapping); `negative_spread` the negatives' alone,
    which is soup and leftovers.
    """

    negative: Kind
    positive: Kind
    spread: float = 0.25
    negative_spread: float = 0.0


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


def _densities(k: Ints, depth: Floats, kinds: Kinds) -> tuple[Floats, Floats]:
    negative, positive = kinds.negative, kinds.positive
    f_negative = np.exp(log_pmf(k, depth * negative.rate, negative.size))
    f_positive = np.exp(log_pmf(k, depth * positive.rate, positive.size))
    return f_negative, f_positive


def likeliest_share(k: Ints, depth: Floats, kinds: Kinds) -> tuple[float, float]:
    """Share of negatives that maximises L, and its standard error with the rates held fixed.

    `k` (n,) counts, `depth` (n,) in 10,000 UMIs. The derivative of log L falls with pi, so
    bisection finds its zero. Error: the inverse root of the curvature, sum u^2 with
    u = (f- - f+) / (pi f- + (1 - pi) f+), corrected for the spread of u between cells (sandwich).
    """
    f_negative, f_positive = _densities(k, depth, kinds)
    difference = f_negative - f_positive

    def slopes(share: float) -> Floats:
        return np.asarray(difference / (share * difference + f_positive))

    low, high = 0.0, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if slopes(middle).sum() > 0 else (low, middle)
    share = (low + high) / 2
    u = slopes(share)
    return share, spread_of_sums(u) / float(np.square(u).sum())


def posteriors(k: Ints, depth: Floats, kinds: Kinds, share: float) -> Floats:
    """Probability of each cell to be negative if the share and both rates were known, shape (n,).

    Where they are estimated, `integrated` carries their errors into the probabilities.
    """
    f_negative, f_positive = _densities(k, depth, kinds)
    return np.asarray(share * f_negative / (share * f_negative + (1 - share) * f_positive))


def _grouped(k: Ints, depth: Floats) -> tuple[Ints, Floats, Ints, Ints]:
    """Cells gathered by count and depth bin: count, mean depth, number; and each cell's group."""
    edges = np.quantile(depth, np.linspace(0, 1, DEPTH_BINS + 1)[1:-1])
    depth_bin = np.searchsorted(edges, depth)
    groups, inverse, sizes = np.unique(
        k * DEPTH_BINS + depth_bin, return_inverse=True, return_counts=True
    )
    mean_depth = np.bincount(inverse, weights=depth) / sizes
    return groups // DEPTH_BINS, mean_depth, sizes, inverse


def _rate_errors(kinds: Kinds) -> list[Kinds]:
    """Equally likely kinds: the given ones with both rates multiplied by factors.

    The spread between samples moves both rates together; the error of the positives' calibration
    adds to it. The error of the negatives' calibration and their own spread are independent of it.
    """
    normal = NormalDist()
    common, own = (np.array([normal.inv_cdf((i + 0.5) / n) for i in range(n)]) for n in NODES)
    of_positive = np.hypot(kinds.spread, kinds.positive.log_rate_sd) * common
    of_negative = np.hypot(kinds.negative_spread, kinds.negative.log_rate_sd) * own
    return [
        Kinds(
            replace(kinds.negative, rate=kinds.negative.rate * np.exp(kinds.spread * shift + low)),
            replace(kinds.positive, rate=kinds.positive.rate * np.exp(high)),
        )
        for shift, high in zip(common, of_positive, strict=True)
        for low in of_negative
    ]


def integrated(
    k: Ints, depth: Floats, kinds: Kinds, level: float = 0.90
) -> tuple[tuple[float, float], Floats]:
    """Interval of the share, and each cell's probability to be negative, with all three errors.

    Mixture, calibration cells, and spread of rates between samples: for each of equally likely
    pairs of rates the likelihood over a grid of shares (flat prior) is normalised; these are
    averaged, so that the sample's own counts do not get to choose the rates (they cannot identify
    them). The interval's ends are quantiles of the average, (0, 1) without cells; a cell's
    probability, shape (n,), is the mean of pi f- / (pi f- + (1 - pi) f+) over shares and rates,
    taken at the mean depth of a twelfth of the cells.
    """
    if k.shape[0] == 0:
        return (0.0, 1.0), np.zeros(0)
    counts, depths, sizes, group = _grouped(k, depth)
    pairs = _rate_errors(kinds)
    total, probability = np.zeros(GRID.shape[0]), np.zeros(counts.shape[0])
    for pair in pairs:
        f_negative, f_positive = _densities(counts, depths, pair)
        mixed = np.maximum(f_positive + GRID[:, None] * (f_negative - f_positive), 1e-300)
        log_likelihood = np.log(mixed) @ sizes
        weights = np.exp(log_likelihood - log_likelihood.max())
        weights /= weights.sum()
        total += weights
        probability += f_negative * ((weights * GRID) @ (1 / mixed))
    cumulative = np.cumsum(total) / total.sum()
    tail = (1 - level) / 2
    low, high = np.interp([tail, 1 - tail], cumulative, GRID)
    return (float(low), float(high)), (probability / len(pairs))[group]


def calibrate(k: Ints, depth: Floats, sizes: Floats | None = None) -> Kind:
    """Rate and size of one kind from cells known to be of it.

    The rate is sum k / sum d; the size is the likeliest of `sizes` (default 0.3 to 10) at that
    rate. The rate's relative error is its linearised standard error over cells, at least that of
    half a UMI's worth of doubt.
    """
    sizes = np.geomspace(0.3, 10, 29) if sizes is None else sizes
    rate = (float(k.sum()) + 0.5) / float(depth.sum())
    fits = [float(log_pmf(k, depth * rate, float(size)).sum()) for size in sizes]
    error = spread_of_sums(k - rate * depth) / (float(k.sum()) + 0.5)
    return Kind(rate, float(sizes[int(np.argmax(fits))]), max(error, 0.5 / (float(k.sum()) + 0.5)))
