"""Minimum sample size of a risk model (Riley's criteria, as in pmsampsize)."""

import math
from dataclasses import asdict, dataclass

import numpy as np
from scipy.optimize import brentq  # type: ignore[import-untyped, unused-ignore]  # no stubs
from scipy.stats import norm  # type: ignore[import-untyped, unused-ignore]  # no stubs

SHRINKAGE = 0.9  # criterion 1: a predictor effect may shrink by a tenth
OPTIMISM = 0.05  # criterion 2: apparent and adjusted Nagelkerke R2 differ by at most this
MARGIN = 0.05  # criterion 3: overall risk known to this margin


@dataclass(frozen=True)
class SampleSize:
    """Patients required by each criterion and by all; `events` follow from the prevalence."""

    shrinkage: int
    optimism: int
    overall_risk: int
    patients: int
    events: int
    cox_snell_r2: float

    def as_dict(self) -> dict[str, float]:
        """The same as plain numbers."""
        return asdict(self)


def cox_snell_from_c(c: float, prevalence: float) -> float:
    """Cox-Snell R2 that corresponds to a c statistic, if log-odds are normal with equal spread.

    Events' linear predictor is N(mu, 1), others' N(0, 1), mu = sqrt(2) probit(c); the logistic
    model is then exact, and R2 = 1 - exp(-2 (mean log-likelihood - null)) by quadrature instead
    of pmsampsize's simulation of a million patients. Reference: Riley et al., Stat Med
    2021;40:859.

    >>> round(cox_snell_from_c(0.89, 0.174), 3)
    0.291
    """
    mu = math.sqrt(2) * float(norm.ppf(c))
    x = np.linspace(-9.0, mu + 9.0, 40_001)
    eta = math.log(prevalence / (1 - prevalence)) - mu**2 / 2 + mu * x
    events = prevalence * norm.pdf(x, mu) * -np.logaddexp(0.0, -eta)
    others = (1 - prevalence) * norm.pdf(x) * -np.logaddexp(0.0, eta)
    likelihood = float(np.sum(events + others) * (x[1] - x[0]))
    return 1 - math.exp(-2 * (likelihood - _null(prevalence)))


def required_sample_size(parameters: int, prevalence: float, c: float) -> SampleSize:
    """Minimum sample size for a binary outcome; the largest of three criteria.

    `parameters` counts every candidate parameter, missing-value indicators included.
    Reference: Riley et al., BMJ 2020;368:m441.

    >>> size = required_sample_size(24, 0.174, 0.89)
    >>> size.patients, size.events
    (660, 115)
    """
    r2 = cox_snell_from_c(c, prevalence)
    ceiling = 1 - math.exp(2 * _null(prevalence))
    s_optimism = r2 / (r2 + OPTIMISM * ceiling)
    first = math.ceil(_patients(parameters, r2, SHRINKAGE))
    second = math.ceil(_patients(parameters, r2, s_optimism))
    third = math.ceil((1.96 / MARGIN) ** 2 * prevalence * (1 - prevalence))
    n = max(first, second, third)
    return SampleSize(first, second, third, n, math.ceil(n * prevalence), r2)


def expected_shrinkage(n: int, parameters: int, prevalence: float, c: float) -> float:
    """Uniform shrinkage that a model of this size would need: the S with _patients(S) = n.

    0 when the cohort is so small that the effects would shrink to nothing.

    >>> round(expected_shrinkage(323, 3, 0.30, 0.70), 2)
    0.92
    """
    r2 = cox_snell_from_c(c, prevalence)
    low, high = r2 + 1e-9, 1 - 1e-9  # between them, patients rise from about 0 to infinity
    if _patients(parameters, r2, low) > n:
        return 0.0
    return float(brentq(lambda s: _patients(parameters, r2, s) - n, low, high))


def _null(prevalence: float) -> float:
    return prevalence * math.log(prevalence) + (1 - prevalence) * math.log(1 - prevalence)


def _patients(parameters: int, r2: float, shrinkage: float) -> float:
    return parameters / ((shrinkage - 1) * math.log(1 - r2 / shrinkage))
