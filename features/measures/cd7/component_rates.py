"""Rates of a gene in two components of cells, CD7-negative and CD7-positive, and their likelihoods.

Counts of a component are negative binomial, with mean depth x rate.
"""

from dataclasses import dataclass, replace
from math import lgamma

import numpy as np

from features.arrays import Floats, Ints
from features.measures.standard_errors import linearised_se


@dataclass(frozen=True)
class ComponentRate:
    """Rate per 10,000 UMIs, negative binomial size, and the relative error of that rate."""

    rate: float
    size: float
    log_rate_sd: float


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
        rates,
        negative=scaled_component(rates.negative, factor),
        positive=scaled_component(rates.positive, factor),
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


def likelihood(k: Ints, depth: Floats, component: ComponentRate) -> Floats:
    """Probability of each count under one component; `depth` in 10,000 UMIs."""
    return np.asarray(np.exp(log_pmf(k, depth * component.rate, component.size)))


def likelihoods(k: Ints, depth: Floats, rates: TwoComponentRates) -> tuple[Floats, Floats]:
    """Probability of each count under the negative and under the positive component."""
    return likelihood(k, depth, rates.negative), likelihood(k, depth, rates.positive)


def scaled_component(component: ComponentRate, factor: float) -> ComponentRate:
    """One component's rate multiplied by a factor."""
    return replace(component, rate=component.rate * factor)


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
