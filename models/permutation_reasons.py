"""Reasons for a risk: Shapley values from antithetic permutations, beside the path integrals.

Features join the average patient one by one in random orders; a feature contributes its mean gain
in log-odds. Each order is walked both ways (Mitchell et al. 2022, J Mach Learn Res 23:43), which
makes interactions of two features exact, so few orders suffice where interactions are weak. Every
walk ends at the patient, so contributions add up without a remainder.

Missing inputs: the patients are the possible ones of `models.missing_inputs`, and the gain is in
the log-odds of their mean risk, as in `models.path_reasons`.
"""

from functools import lru_cache

import numpy as np

from features.arrays import Floats, Ints
from models.hazard_kernel import permutation_gains
from models.missing_inputs import complete_inputs

ORDERS = 8
"""Orders, each walked both ways."""


def permutation_reasons(
    z: Floats, intercepts: Floats, effects: Floats, *, in_endpoint: Floats, covariance: Floats
) -> Floats:
    """Contributions (K, p) in log-odds, which add up to the patient's minus the average patient's.

    Arguments as in `models.path_reasons.path_reasons`. The orders are the same for all patients.

    >>> permutation_reasons(np.array([2.0, -1.0]), np.array([[-1.0]]), np.array([[0.5], [0.25]]),
    ...                     in_endpoint=np.ones(1), covariance=np.eye(2)).round(9).tolist()
    [[1.0, -0.25]]
    """
    patient = complete_inputs(z, effects, covariance)
    possible = patient.values[:, None] + patient.loadings @ patient.nodes.T  # (p, H)
    terms = possible[:, :, None] * effects[:, None, :]
    gains: Floats = permutation_gains(
        np.exp(intercepts), terms, patient.weights, in_endpoint, _orders(len(z))
    )
    return gains


@lru_cache(maxsize=8)
def _orders(p: int) -> Ints:
    """ORDERS random orders of p features, always the same."""
    rng = np.random.default_rng(0)
    orders: Ints = np.array([rng.permutation(p) for _ in range(ORDERS)], dtype=np.int64)
    return orders
