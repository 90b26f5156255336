"""Sample size of external validation (Riley 2021): standard errors of O/E, slope and AUC.

Assumes that the model is calibrated (O/E 1, slope 1) and that log-odds are normal with equal
spread in events and others, as in `training.statistics.sizes.sample_size`.
Reference: Riley et al., Stat Med 2021;40:4230, as in the R package pmvalsampsize.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm  # type: ignore[import-untyped, unused-ignore]  # no stubs

from features.arrays import Floats

Z = 1.96
OE_WIDTH = 0.2
SLOPE_WIDTH = 0.2
AUC_WIDTH = 0.1
LARGEST = 1 << 40  # more patients than there are: where the search for a size ends


@dataclass(frozen=True)
class ValidationSize:
    """Patients required for O/E, calibration slope and AUC, and for all; events among them."""

    oe: int
    slope: int
    auc: int
    patients: int
    events: int


def oe_error(prevalence: float, n: int) -> float:
    """Standard error of log(O/E): sqrt((1 - prevalence) / (n prevalence)); risks are known.

    >>> round(oe_error(0.1, 3460), 3)
    0.051
    """
    return math.sqrt((1 - prevalence) / (prevalence * n))


def oe_interval(prevalence: float, n: int) -> tuple[float, float]:
    """Expected 95 % interval of O/E when it is 1.

    >>> [round(limit, 2) for limit in oe_interval(0.3, 120)]
    [0.76, 1.31]
    """
    factor = math.exp(Z * oe_error(prevalence, n))
    return 1 / factor, factor


def oe_size(prevalence: float, limit: float, chance: float) -> int:
    """Patients at which the 95 % interval of O/E lies inside (1 / limit, limit) with this chance.

    The true O/E is 1. The interval lies inside when the estimate is no further from 1 than
    log(limit) - 1.96 SE, so at the size where 1.96 SE = log(limit) it practically never does.

    >>> oe_size(0.3, 1.25, 0.8)
    493
    """
    error = math.log(limit) / (Z + float(norm.ppf((1 + chance) / 2)))
    return _patients(oe_error(prevalence, 1), error)


def auc_error(auc: float, prevalence: float, n: int) -> float:
    """Standard error of the AUC (c statistic).

    Hanley and McNeil (Radiology 1982;143:29) for exponential scores, with half of the patients in
    place of events and others in the two pair terms (Newcombe, Stat Med 2006;25:559, method 4).

    >>> round(auc_error(0.8, 0.018, 4252), 4)
    0.0255
    """
    half = n / 2 - 1
    pairs = 1 + half * (1 - auc) / (2 - auc) + half * auc / (1 + auc)
    return math.sqrt(auc * (1 - auc) * pairs / (n**2 * prevalence * (1 - prevalence)))


def auc_interval(auc: float, prevalence: float, n: int) -> tuple[float, float]:
    """Expected 95 % interval of the AUC, on its logit so that it stays between 0 and 1.

    >>> [round(limit, 2) for limit in auc_interval(0.7, 0.3, 120)]
    [0.59, 0.79]
    """
    centre = math.log(auc / (1 - auc))
    margin = Z * auc_error(auc, prevalence, n) / (auc * (1 - auc))
    return _expit(centre - margin), _expit(centre + margin)


def slope_error(auc: float, prevalence: float, n: int) -> float:
    """Standard error of the calibration slope, when intercept 0 and slope 1 are true.

    Inverse Fisher information of a logistic model whose only predictor is the log-odds.
    """
    log_odds, density = log_odds_density(auc, prevalence)
    return slope_error_given(log_odds, density, n)


def slope_error_given(log_odds: Floats, density: Floats, n: int) -> float:
    """Standard error of the calibration slope for given log-odds (m,) with weights (m,).

    >>> x = np.linspace(-17.5, 7.5, 5001)  # normal, mean -5, SD 2.5: pmvalsampsize's example
    >>> round(slope_error_given(x, norm.pdf(x, -5, 2.5), 4544), 3)
    0.051
    """
    share = density / density.sum()
    information = share / (4 * np.cosh(log_odds / 2) ** 2)  # p (1 - p)
    i00, i01, i11 = (float(np.sum(information * log_odds**power)) for power in range(3))
    return math.sqrt(i00 / (n * (i00 * i11 - i01**2)))


def log_odds_density(auc: float, prevalence: float) -> tuple[Floats, Floats]:
    """Grid of log-odds and their density in a population of this prevalence and AUC.

    Log-odds are N(m, v) in others and N(m + v, v) in events, v = 2 probit(auc)^2,
    m = logit(prevalence) - v / 2: the risks are then exactly calibrated. Shapes (m,), (m,).
    Raises ValueError at an AUC of 0.5, where all risks are equal and no slope exists.
    """
    if not 0.5 < auc < 1:
        raise ValueError(f"a slope needs an AUC above 0.5 and below 1; got {auc}")
    variance = 2 * float(norm.ppf(auc)) ** 2
    spread = math.sqrt(variance)
    mean = math.log(prevalence / (1 - prevalence)) - variance / 2
    x = np.linspace(mean - 9 * spread, mean + variance + 9 * spread, 20_001)
    events = prevalence * norm.pdf(x, mean + variance, spread)
    return x, events + (1 - prevalence) * norm.pdf(x, mean, spread)


def validation_size(
    prevalence: float,
    auc: float,
    *,
    oe_width: float = OE_WIDTH,
    slope_width: float = SLOPE_WIDTH,
    auc_width: float = AUC_WIDTH,
) -> ValidationSize:
    """Patients at which the 95 % intervals of O/E, slope and AUC are no wider than this.

    The intervals are Riley's: O/E on the log scale, the others symmetric.

    >>> size = validation_size(0.3, 0.75)
    >>> size.oe, size.slope, size.auc, size.patients, size.events
    (900, 2853, 433, 2853, 856)
    """
    oe = _patients(oe_error(prevalence, 1), math.asinh(oe_width / 2) / Z)
    slope = _patients(slope_error(auc, prevalence, 1), slope_width / (2 * Z))
    area = _first_size(auc, prevalence, auc_width / (2 * Z))
    n = max(oe, slope, area)
    return ValidationSize(oe, slope, area, n, math.ceil(n * prevalence))


def _patients(error_of_one: float, error: float) -> int:
    """Smallest n with error_of_one / sqrt(n) at most `error`."""
    return math.ceil((error_of_one / error) ** 2)


def _first_size(auc: float, prevalence: float, error: float) -> int:
    """Smallest n at which the AUC's standard error is at most `error`, by bisection."""
    low, high = 1, LARGEST
    while low < high:
        middle = (low + high) // 2
        if auc_error(auc, prevalence, middle) <= error:
            high = middle
        else:
            low = middle + 1
    return low


def _expit(x: float) -> float:
    return (1 + math.tanh(x / 2)) / 2  # no overflow
