"""Interval of the CD7-negative share, and each cell's probability: over shares and rates together.

The rates are known only with an error, and differ between samples; the density of the share is
averaged over rates that are equally likely beforehand.
"""

import math
from collections.abc import Iterator
from statistics import NormalDist

import numpy as np

from features.arrays import Floats, Ints
from features.measures.cd7.component_rates import (
    ComponentRate,
    TwoComponentRates,
    likelihood,
    scaled_component,
)
from features.measures.cd7.mixture import group_cells

GRID = np.linspace(0.0, 1.0, 101)
N_NODES = (15, 9)  # equal-probability values of the positives' and of the negatives' rate error
# Cells whose evidence weights the rates. Of 0, 25, 50 and 100 in ECCITE-seq halves at 0.7 to 1.4
# times the rate, with NK cells as standard, all cover in 90 % or more; 25 and 50 leave a third
# fewer unresolved than 0, and 100 covers least.
EVIDENCE_CELLS = 50
# An end of the range, 0 or 1, belongs to the 90 % interval unless its density is under this share
# of the greatest: the likelihood-ratio interval, exp(-1.645^2 / 2). A quantile never reaches it.
END_DENSITY = 0.26


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
            scaled_component(rates.positive, np.exp(high)),
            [
                scaled_component(rates.negative, np.exp(rates.spread * shift + low))
                for low in negative_errors
            ],
        )


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
        f_positive = likelihood(counts, depths, positive)
        for negative in negatives:
            f_negative = likelihood(counts, depths, negative)
            mixture = np.maximum(f_positive + GRID[:, None] * (f_negative - f_positive), 1e-300)
            log_likelihood = np.log(mixture) @ sizes
            relative = np.exp(log_likelihood - log_likelihood.max())
            weights = relative / relative.sum()
            densities.append(weights)
            probabilities.append(f_negative * ((weights * GRID) @ (1 / mixture)))
            evidence.append(log_likelihood.max() + math.log(relative.sum()))
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
