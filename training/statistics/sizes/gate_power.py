"""Power of the gate's score test: how often a cohort of n patients would show a signal.

Simulated, since a permuted combination of three sets has no closed form. Two of 20 standard normal
features differ between patients with and without the event, each by d = invPhi(AUC) SDs, so that
their best combination has the AUC (binormal, equal spread). They make up the first set; the second
has six features, the third all. One site, one horizon, every outcome known.
"""

from typing import NamedTuple

import numpy as np
from scipy.stats import norm  # type: ignore[import-untyped, unused-ignore]  # no stubs

from training.statistics.significance.proportions import clopper_pearson
from training.statistics.significance.score_test import score_test

FEATURES, CORE, SIGNALS = 20, 6, 2
SETS = (tuple(range(SIGNALS)), tuple(range(CORE)), tuple(range(FEATURES)))
COHORTS = 200
PERMUTATIONS = 199  # p in steps of 0.005 is enough for a share of 200 cohorts


class GatePower(NamedTuple):
    """Share of cohorts whose p is at most the level, with its exact 95 % interval."""

    share: float
    low: float
    high: float


def gate_power(
    n: int, prevalence: float, auc: float, *, level: float, least_events: int, seed: int = 0
) -> GatePower:
    """Power at a level; a cohort with fewer events or others than `least_events` shows nothing.

    >>> gate_power(300, 0.3, 0.75, level=0.05, least_events=5).share > 0.9
    True
    """
    rng = np.random.default_rng(seed)
    significant = sum(
        _p_value(rng, n, prevalence, auc, least_events) <= level for _ in range(COHORTS)
    )
    return GatePower(significant / COHORTS, *clopper_pearson(significant, COHORTS))


def _p_value(
    rng: np.random.Generator, n: int, prevalence: float, auc: float, least_events: int
) -> float:
    label = (rng.random(n) < prevalence).astype(float)
    if min(label.sum(), n - label.sum()) < least_events:
        return 1.0
    design = rng.standard_normal((n, FEATURES))
    # The AUC of a sum of k features is Phi(d sqrt(k / 2)).
    design[:, :SIGNALS] += label[:, None] * norm.ppf(auc) * np.sqrt(2 / SIGNALS)
    test = score_test(
        design, label[:, None], np.ones((n, 1)),
        site=np.zeros(n, np.int64), sets=SETS, permutations=PERMUTATIONS,
    )  # fmt: skip
    return test.p
