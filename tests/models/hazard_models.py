"""Random competing-hazards models and their risks in plain NumPy, to compare the kernels with."""

from typing import NamedTuple

import numpy as np

from features.arrays import Floats


class HazardModel(NamedTuple):
    """Intercepts (K, C) and effects (p, C)."""

    intercepts: Floats
    effects: Floats


def random_model(
    rng: np.random.Generator, p: int = 26, C: int = 3, *, K: int = 3, sd: float = 0.35
) -> HazardModel:
    """Interval hazards of 1-25 %, effects with this SD."""
    return HazardModel(rng.uniform(-4.5, -1.0, (K, C)), rng.normal(0.0, sd, (p, C)))


def random_cohort_model(rng: np.random.Generator, p: int = 26) -> HazardModel:
    """Base rates of relapse, fatal infection and other death over 0-90-180-365 days.

    Eight effects with SD 0.35, the others with 0.10: the largest that the prior expects.
    """
    intercepts = np.array([[-2.2, -4.3, -3.6], [-2.0, -4.3, -3.6], [-1.6, -4.0, -3.3]])
    sd = np.where(np.arange(p) < 8, 0.35, 0.10)[:, None]
    return HazardModel(intercepts, rng.normal(0.0, 1.0, (p, 3)) * sd)


def plain_risks(intercepts: Floats, predictors: Floats) -> Floats:
    """Cumulative risks (n, K, C) of patients with predictors (n, C), term by term."""
    exponential = np.exp(intercepts[None] + predictors[:, None, :])
    hazard = exponential / (1.0 + exponential.sum(axis=2, keepdims=True))
    risks = np.zeros_like(hazard)
    alive, risk = np.ones(len(predictors)), np.zeros(predictors.shape)
    for k in range(len(intercepts)):
        risk = risk + alive[:, None] * hazard[:, k]
        alive = alive * (1.0 - hazard[:, k].sum(axis=1))
        risks[:, k] = risk
    return risks
