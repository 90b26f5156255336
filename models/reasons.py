"""Reasons for a risk: Shapley values (SHAP) by antithetic permutations, and "were it average".

On the log-odds of the risk shown, features join the average patient one by one in random orders;
a feature contributes its mean gain. Each order is walked both ways (Mitchell et al. 2022, J Mach
Learn Res 23:43), which makes interactions of two features exact, so that few orders suffice where
interactions are weak, as they are in an accumulated risk. Every walk ends at the patient, so
contributions add up to the difference of log-odds without a remainder. Path integrals
(Aumann-Shapley) differ from SHAP values by up to 0.05 in log-odds.

A missing feature contributes what the measured ones tell of it.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from features.arrays import Floats, Ints
from models.hazard_kernel import endpoint_log_odds, log_odds_without, permutation_gains
from models.log_odds import risk_of

ORDERS = 8
"""Orders, each walked both ways."""


@dataclass(frozen=True)
class Reasons:
    """Reasons of one patient for one endpoint at K horizons.

    `baseline` (K,): log-odds of the average patient's risk; `contributions` (K, p) add up to the
    patient's log-odds less the baseline; `risk_if_average` (K, p): the risk were one feature
    average and all others as they are.
    """

    baseline: Floats
    contributions: Floats
    risk_if_average: Floats


def reasons(intercepts: Floats, terms: Floats, in_endpoint: Floats) -> Reasons:
    """Reasons of a patient from the features' `terms` (p, C) of the predictors.

    `intercepts` (K, C) are the average patient's log-odds of each event in each interval;
    `in_endpoint` (C,) is 1 for the events that the endpoint consists of.

    With one event and one interval the model is logistic, and a reason is its term:

    >>> one = reasons(np.array([[-1.0]]), np.array([[1.0], [-0.25]]), np.ones(1))
    >>> one.contributions.round(9).tolist(), one.risk_if_average.round(3).tolist()
    ([[1.0, -0.25]], [[0.223, 0.5]])
    """
    odds = np.exp(intercepts)
    average = np.zeros(terms.shape[1])
    return Reasons(
        baseline=endpoint_log_odds(odds, average, in_endpoint),
        contributions=permutation_gains(odds, terms, in_endpoint, _orders(len(terms))),
        risk_if_average=risk_of(log_odds_without(odds, terms, in_endpoint)),
    )


@lru_cache(maxsize=8)
def _orders(p: int) -> Ints:
    """ORDERS random orders of p features, always the same."""
    rng = np.random.default_rng(0)
    orders: Ints = np.array([rng.permutation(p) for _ in range(ORDERS)], dtype=np.int64)
    return orders
